"""Intervals, tests of two periods and q values against published worked figures, scipy and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from analysis.comparison import benjamini_hochberg, compare_periods, newcombe, wilson

counts = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts)
def test_wilson_agrees_with_scipy(count):
    theirs = binomtest(*count).proportion_ci(method="wilson")
    assert np.array(wilson(*count)) == pytest.approx([theirs.low, theirs.high], abs=1e-12)


# Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10; given as p1 − p2.
@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_newcombe_gives_his_published_figures(first, second, low, high):
    assert np.array(newcombe(second, first)) == pytest.approx([low, high], abs=5e-5)


def test_no_answers_have_no_interval():
    assert np.isnan(wilson(0, 0)).all()


def test_more_favourable_than_eligible_answers_are_refused():
    with pytest.raises(ValueError, match="position 1: 5 favourable of 4"):
        wilson([1, 5], [4, 4])


# Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
@pytest.mark.parametrize(
    ("count", "low", "high"),
    [
        ((81, 263), 0.2553, 0.3662),
        ((15, 148), 0.0624, 0.1605),
        ((0, 20), 0, 0.1611),
        ((1, 29), 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_figures(count, low, high):
    assert np.array(wilson(*count)) == pytest.approx([low, high], abs=5e-5)


@pytest.mark.parametrize("count", [(0, 7), (7, 7), (0, 10**6), (10**6, 10**6)])
def test_wilson_of_none_or_all_ends_there(count):
    low, high = wilson(*count)
    assert (low == 0) if count[0] == 0 else (high == 1)


# statsmodels 0.15.0: test_proportions_2indep(method="score", correction=False) and
# confint_proportions_2indep(method="newcomb").
@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ((85, 100), (78, 120), (0.000748073217156564, -0.30547638621459805, -0.08520032246657817)),
        ((940, 1000), (955, 1000), (0.13261778192927226, -0.0046796381621715295, 0.03491851474940283)),
        ((41, 60), (50, 60), (0.054962827829483876, -0.0037882203438775464, 0.2956041970651271)),
    ],
)
def test_two_periods_have_the_p_and_interval_of_statsmodels(before, after, found):
    row = compare_periods(before, after).rows.iloc[0]
    assert tuple(row[["p", "low", "high"]]) == pytest.approx(found, rel=1e-10)
    assert row["difference"] == pytest.approx(after[0] / after[1] - before[0] / before[1])
    assert not row["exact"]


def test_fisher_s_lady_tasting_tea_has_his_p():
    # Fisher (1935), The Design of Experiments, ch. 2: three of four right; two-sided 34/70.
    row = compare_periods((3, 4), (1, 4)).rows.iloc[0]
    assert row["p"] == pytest.approx(34 / 70, rel=1e-12)
    assert row["exact"]


def test_tables_as_likely_as_that_seen_count_however_they_round():
    # Of the C(12, 6) = 924 ways to choose the favourable, 28, 224, 420, 224 and 28 leave 0 to 4 of them to
    # the first period: as likely as the 1 seen, or less so, are 504.
    assert compare_periods((1, 4), (5, 8)).rows["p"][0] == pytest.approx(504 / 924, rel=1e-9)


@pytest.mark.parametrize(("answers", "exact"), [(10, False), (9, True)])
def test_a_cell_expected_to_hold_fewer_than_five_answers_makes_a_test_exact(answers, exact):
    assert (
        compare_periods((answers // 2, answers), (answers - answers // 2, answers)).rows["exact"][0] == exact
    )


def test_the_choice_of_test_does_not_hang_on_the_observed_cell():
    # 3 unfavourable answers seen, 20 expected.
    assert not compare_periods((97, 100), (63, 100)).rows["exact"][0]


def test_dispersion_acts_as_that_many_times_fewer_answers():
    wide = compare_periods((800, 1000), (840, 1000), dispersion=4).rows
    fewer = compare_periods((200, 250), (210, 250)).rows
    assert wide.iloc[0].tolist() == pytest.approx(fewer.iloc[0].tolist(), rel=1e-12)


def test_with_dispersion_a_small_cell_has_the_larger_p():
    plain = compare_periods((10, 10), (4, 10)).rows["p"][0]
    little, much = (compare_periods((10, 10), (4, 10), dispersion=by).rows["p"][0] for by in (1.01, 30))
    assert plain == little < much


def test_a_period_without_answers_is_compared_with_nothing():
    rows = compare_periods(([5, 0, np.nan], [9, 0, 4]), ([0, 3, 3], [0, 9, 9])).rows
    assert rows[["difference", "low", "high", "p", "q"]].isna().all(axis=None)
    assert not rows["exact"].any()


def test_everybody_of_one_mind_in_both_periods_is_no_difference_of_some_width():
    row = compare_periods((30, 30), (40, 40)).rows.iloc[0]
    assert (row["difference"], row["p"]) == (0, 1)
    assert row["low"] < 0 < row["high"]


# Benjamini and Hochberg (1995), J. R. Stat. Soc. B 57, 289-300, section 4.1: 15 p values of a trial in
# myocardial infarction; at 5 % four are called real, by Bonferroni's rule three.
TRIAL = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000),
]


def test_four_of_the_fifteen_published_p_values_are_real():
    q = benjamini_hochberg(TRIAL)
    assert (q <= 0.05).sum() == 4
    assert q[:4] == pytest.approx([0.0015, 0.003, 0.0095, 0.035625])


def test_a_missing_p_value_is_no_test():
    q = benjamini_hochberg([np.nan, *TRIAL[::-1], np.nan])
    assert np.isnan(q[[0, -1]]).all()
    assert q[1:-1].tolist() == benjamini_hochberg(TRIAL)[::-1].tolist()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: wilson([1, np.inf], [4, np.inf]), "position 1: inf"),
        (lambda: wilson(1, 2, confidence=1), "not 1"),
        (lambda: wilson([1, 2], [1, 2, 3]), "do not go with"),
        (lambda: newcombe((1, 2), ("x", 2)), "not numbers: 'x'"),
        (lambda: compare_periods(([1, 2.5], [4, 4]), (1, 4)), "position 1: 2.5 favourable of 4"),
        (lambda: compare_periods((1, 4), (5, 4)), "position 0: 5 favourable of 4"),
        (lambda: compare_periods(([1, 1], 4), ([1, 1, 1], 4)), r"\(2,\) and \(3,\)"),
        (lambda: compare_periods(([[1]], 4), (1, 4)), r"shape \(1, 1\)"),
        (lambda: compare_periods((1, 4), (1, 4), dispersion=0.5), "dispersion, position 0: 0.5"),
        (lambda: compare_periods((1, 4), (1, 4), dispersion=[1, 1]), "dispersions of shape"),
        (lambda: compare_periods((1, 4), (1, 4), confidence=95), "not 95"),
        (lambda: benjamini_hochberg([0.1, 1.2]), "p, position 1: 1.2"),
    ],
)
def test_odd_input_is_refused_by_value_and_place(call, message):
    with pytest.raises(ValueError, match=message):
        call()
