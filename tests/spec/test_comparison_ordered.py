"""Ordered answers: Mann–Whitney from counts of categories against scipy, and its effect size."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from analysis.comparison import compare_ordered, newcombe
from analysis.ordered import placements

# Pain after surgery of 14 patients under treatment Y and 11 under N, scores 1 to 5: Brunner and Munzel
# (2000), Biometrical J. 42, 17-25.
Y, N = [11, 2, 0, 1, 0], [3, 1, 4, 2, 1]


def test_the_published_pain_scores_have_their_effect_size():
    # R's lawstat 3.6 (after Neubert and Brunner 2007) and statsmodels 0.15.0: 0.788961, with an interval
    # by Student's t of 17.683 degrees of freedom, 0.5952169 to 0.9827052: a standard error of 0.092100.
    superiority, variance = placements(np.array([Y], dtype=float), np.array([N], dtype=float))
    assert superiority == pytest.approx([0.788961], abs=5e-7)
    assert np.sqrt(variance) == pytest.approx([(0.9827052 - 0.5952169) / 2 / 2.103632], abs=1e-6)
    row = compare_ordered(Y, N).rows.iloc[0]
    assert row["superiority"] == pytest.approx(0.788961, abs=5e-7)
    assert row["low"] == pytest.approx(
        0.558363, abs=1e-6
    )  # on the logit scale: further from 1, never above it
    assert row["high"] == pytest.approx(0.917043, abs=1e-6)


def test_cliff_s_delta_is_the_same_told_from_minus_1_to_1():
    row = compare_ordered(Y, N).rows.iloc[0]
    expected = 2 * row[["superiority", "low", "high"]].to_numpy() - 1
    assert row[["delta", "delta_low", "delta_high"]].to_numpy() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("before", "after"),
    [(Y, N), ([1, 2, 3, 4, 5], [5, 4, 3, 2, 1]), ([0, 0, 40], [1, 0, 60]), ([3, 9], [8, 2])],
)
def test_p_is_scipy_s_on_the_answers_one_by_one(before, after):
    scale = np.arange(len(before))
    theirs = mannwhitneyu(np.repeat(scale, after), np.repeat(scale, before), method="asymptotic")
    row = compare_ordered(before, after).rows.iloc[0]
    assert row["p"] == pytest.approx(theirs.pvalue, rel=1e-10)
    assert row["superiority"] == pytest.approx(theirs.statistic / (sum(before) * sum(after)), rel=1e-12)


def test_two_categories_are_two_proportions():
    # Superiority is then a half and half the difference; its interval is near half of Newcombe's.
    row = compare_ordered([20, 80], [10, 90]).rows.iloc[0]
    low, high = newcombe((80, 100), (90, 100))
    assert row["delta"] == pytest.approx(0.1)
    assert row[["delta_low", "delta_high"]].tolist() == pytest.approx([low, high], abs=0.01)


@pytest.mark.parametrize(
    ("before", "after", "superiority"),
    [([0, 0, 12], [0, 0, 15], 0.5), ([12, 0, 0], [0, 0, 15], 1.0), ([0, 0, 1], [1, 0, 0], 0.0)],
)
def test_answers_that_do_not_vary_still_leave_doubt(before, after, superiority):
    row = compare_ordered(before, after).rows.iloc[0]
    assert row["superiority"] == superiority
    assert 0 <= row["low"] <= superiority <= row["high"] <= 1
    assert row["high"] - row["low"] > 0.1


def test_the_interval_covers_what_it_says_for_skewed_answers():
    rng = np.random.default_rng(5)
    before, after = [0.03, 0.05, 0.1, 0.3, 0.52], [0.05, 0.07, 0.13, 0.3, 0.45]
    below = np.cumsum(before) - np.array(before) / 2
    rows = compare_ordered(rng.multinomial(60, before, 20_000), rng.multinomial(40, after, 20_000)).rows
    assert rows["low"].le(below @ after).mul(rows["high"].ge(below @ after)).mean() == pytest.approx(
        0.95, abs=0.01
    )


def test_dispersion_widens_and_weakens():
    plain, wide = (compare_ordered(Y, N, dispersion=by).rows.iloc[0] for by in (1, 2))
    assert wide["low"] < plain["low"] < plain["high"] < wide["high"]
    assert wide["p"] > plain["p"]


def test_nobody_on_one_side_is_no_comparison():
    rows = compare_ordered([[0, 0], [np.nan, 3]], [[1, 2], [0, 0]]).rows
    assert rows.isna().all(axis=None)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ([1, -2], [1, 2], "before, position 1: -2"),
        ([1, 2], [1, 2.5], "after, position 1: 2.5"),
        ([1, 2], [1, 2, 3], r"\(1, 2\) and \(1, 3\)"),
        ([], [], "k at least 1"),
        (3, 4, r"shape \(\)"),
    ],
)
def test_odd_input_is_refused_by_value_and_place(before, after, message):
    with pytest.raises(ValueError, match=message):
        compare_ordered(before, after)
