"""Direct standardisation by one attribute: published rates, its interval, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from analysis.comparison import newcombe, wilson
from analysis.weighting import standardised

# Cases of Down's syndrome by age of the mother, fifth children and later, Michigan 1950-1964; all births
# are the standard population: Fay and Feuer (1997), Statistics in Medicine 16, 791-801, table II.
CASES = [0, 8, 63, 112, 262, 295]
BIRTHS = [327, 30666, 123419, 149919, 104088, 34392]
ALL_BIRTHS = [319933, 931318, 786511, 488235, 237863, 61313]


def test_the_published_rate_of_down_s_syndrome_is_found():
    row = standardised(CASES, BIRTHS, ALL_BIRTHS).rows.iloc[0]
    assert row["rate"] * 1e5 == pytest.approx(75.52901, abs=5e-6)  # R's dsrTest 1.0.0 on the same table
    # Of rare events the gamma interval is 67.70 to 188.30: both see how little the 327 youngest can tell.
    assert row["low"] * 1e5 == pytest.approx(67.70, abs=3)
    assert row["high"] * 1e5 == pytest.approx(188.30, abs=25)


def test_a_proportion_worked_by_hand():
    # Young: 60 of 100; old: 45 of 50. The population is half and half: 0.75, where 105 of 150 answered well.
    row = standardised([60, 45], [100, 50], [3000, 3000]).rows.iloc[0]
    assert (row["rate"], row["crude"], row["n"]) == pytest.approx((0.75, 0.7, 150))
    assert row["effective_n"] == pytest.approx(1 / (0.25 / 100 + 0.25 / 50))  # (Σw)²/Σw², w = 0.5/100, 0.5/50
    (l_1, h_1), (l_2, h_2) = wilson(60, 100), wilson(45, 50)
    assert row["low"] == pytest.approx(0.75 - 0.5 * np.hypot(0.6 - l_1, 0.9 - l_2))
    assert row["high"] == pytest.approx(0.75 + 0.5 * np.hypot(h_1 - 0.6, h_2 - 0.9))


def test_one_group_has_wilson_s_interval():
    row = standardised([17], [20], [1]).rows.iloc[0]
    assert row[["low", "high"]].tolist() == pytest.approx([float(end) for end in wilson(17, 20)])
    assert row["effective_n"] == 20


def test_half_of_newcombe_s_distances_are_those_of_two_equal_groups():
    # A sum with weights a half has, of a mirrored second group, the difference's interval: Newcombe's table.
    row = standardised([56, 80 - 48], [70, 80], [1, 1]).rows.iloc[0]
    low, high = newcombe((48, 80), (56, 70))
    assert (2 * row[["low", "high"]] - 1).tolist() == pytest.approx([low, high])


def test_answers_made_up_like_the_population_keep_their_proportion_and_number():
    row = standardised([60, 45], [100, 50], [2, 1]).rows.iloc[0]
    assert (row["rate"], row["effective_n"]) == pytest.approx((0.7, 150))


def test_groups_under_ten_are_never_used_and_named():
    found = standardised([[60, 9, 45], [60, 9, 45]], [[100, 9, 50], [100, 10, 50]], [50, 5, 45])
    assert found.left_out == ((1,), ())
    assert found.used.tolist() == [[True, False, True], [True, True, True]]
    assert found.rows["coverage"].tolist() == pytest.approx([0.95, 1.0])
    assert found.rows.loc[0, "rate"] == pytest.approx((50 * 0.6 + 45 * 0.9) / 95)
    assert found.rows.loc[0, "n"] == 150
    assert not found.rows["refused"].any()


def test_too_little_of_the_population_is_refused():
    found = standardised([60, 9, 45], [100, 9, 50], [50, 20, 30])
    row = found.rows.iloc[0]
    assert row["refused"]
    assert row["coverage"] == pytest.approx(0.8)
    assert row[["rate", "low", "high", "effective_n"]].isna().all()
    assert found.left_out == ((1,),)
    kept = standardised([60, 9, 45], [100, 9, 50], [50, 20, 30], least_coverage=0.8).rows.iloc[0]
    assert not kept["refused"]


def test_coverage_just_as_asked_is_not_refused_for_rounding():
    row = standardised([60, 45, 1], [100, 50, 1], [0.1, 0.4, 0.5 / 9]).rows.iloc[0]
    assert row["coverage"] < 0.9  # nine tenths, but for rounding
    assert not row["refused"]


def test_dispersion_acts_as_that_many_times_fewer_answers():
    wide = standardised([240, 180], [400, 200], [1, 1], dispersion=4).rows.iloc[0]
    fewer = standardised([60, 45], [100, 50], [1, 1]).rows.iloc[0]
    assert wide[["rate", "low", "high"]].tolist() == pytest.approx(fewer[["rate", "low", "high"]].tolist())


@pytest.mark.parametrize("counts", [([0, 0], [0, 0]), ([9, 9], [9, 9]), ([np.nan, np.nan], [20, 20])])
def test_a_series_without_a_usable_group_is_refused_whatever_coverage_is_asked(counts):
    row = standardised(*counts, [1, 1], least_coverage=0).rows.iloc[0]
    assert row["refused"]
    assert row[["rate", "low", "high", "crude"]].isna().all()


def test_a_group_that_the_population_does_not_have_counts_nothing():
    found = standardised([60, 45, 9], [100, 50, 40], [1, 1, 0])
    alone = standardised([60, 45], [100, 50], [1, 1])
    assert found.rows.iloc[0].tolist() == alone.rows.iloc[0].tolist()
    assert found.left_out == ((),)


def test_noise_widens_by_its_variance_in_each_group():
    plain, noisy = (standardised([340, 340], [400, 400], [1, 1], noise_sd=sd).rows.iloc[0] for sd in (0, 8))
    added = (noisy["rate"] - noisy["low"]) ** 2 - (plain["rate"] - plain["low"]) ** 2
    each = (8 / 400) ** 2 * (0.15**2 + 2 * 0.85**2)
    assert added == pytest.approx(1.959964**2 * each / 2, rel=1e-6)
    assert noisy["rate"] == plain["rate"]


def test_the_interval_covers_what_it_says():
    # All pairs of counts of 30 and 15 answers at 0.9 and 0.7, each with its probability.
    a, b = (table.ravel() for table in np.meshgrid(np.arange(31), np.arange(16), indexing="ij"))
    rows = standardised(np.stack([a, b], axis=1), [30, 15], [2, 3]).rows
    chance = binom.pmf(a, 30, 0.9) * binom.pmf(b, 15, 0.7)
    inside = (rows["low"] <= 0.78) & (rows["high"] >= 0.78)
    assert (chance * inside).sum() == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        (([5], [4], [1]), {}, "position 0: 5 favourable of 4"),
        (([1.5], [4], [1]), {}, "position 0: 1.5 favourable"),
        (([1, 2], [4, 4], [1, -1]), {}, "population, position 1: -1"),
        (([1, 2], [4, 4], [1, np.nan]), {}, "population, position 1: nan"),
        (([1, 2], [4, 4], [0, 0]), {}, "at least one group"),
        (([1, 2], [4, 4], [1, 1, 1]), {}, r"shape \(3,\)"),
        (([1, 2], [4, 4], 1), {}, r"shape \(\)"),
        (([[[1]]], [[[4]]], [1]), {}, r"\(1, 1, 1\)"),
        (([1], [4], [1]), {"noise_sd": -8}, "noise_sd, position 0: -8"),
        (([1], [4], [1]), {"least_coverage": 90}, "least_coverage, position 0: 90"),
        (([1], [4], [1]), {"dispersion": 0}, "dispersion, position 0: 0"),
        (([1], [4], [1]), {"confidence": 2}, "not 2"),
    ],
)
def test_odd_input_is_refused_by_value_and_place(given, options, message):
    with pytest.raises(ValueError, match=message):
        standardised(*given, **options)
