"""Groups of an attribute: each against the rest, the inequality gap, and what noise does to both."""

from __future__ import annotations

from itertools import product
from math import comb

import numpy as np
import pytest
from scipy.stats import chi2_contingency, norm

from analysis.comparison import compare_groups, compare_periods, gap, newcombe


def test_each_group_is_compared_with_all_others_together():
    rows = compare_groups([80, 90, 45], [100, 100, 60]).rows
    theirs = compare_periods(([135, 125, 170], [160, 160, 200]), ([80, 90, 45], [100, 100, 60])).rows
    assert rows.index.tolist() == [(0, 0), (0, 1), (0, 2)]
    np.testing.assert_allclose(rows.drop(columns="exact"), theirs.drop(columns="exact"), rtol=1e-12)


def test_q_values_are_over_the_whole_table():
    both = compare_groups([[80, 60], [50, 50]], [[100, 100], [100, 100]]).rows
    alone = compare_groups([80, 60], [100, 100]).rows
    assert both["q"].loc[0].tolist() == pytest.approx(alone["p"] * 2)


def test_a_withheld_group_leaves_the_others_compared():
    rows = compare_groups([80, np.nan, 45], [100, np.nan, 60]).rows
    theirs = compare_groups([80, 45], [100, 60]).rows
    np.testing.assert_array_equal(rows.iloc[[0, 2]].to_numpy(), theirs.to_numpy())
    assert rows.iloc[1][["value", "difference", "p"]].isna().all()


def test_noise_of_8_adds_the_2_4_points_of_the_decision_to_a_group_of_400():
    # docs/decisions/0014: the share of an option of 400 is known to ±2.4 points beside its ±1.8 of chance
    # (one standard deviation, 85 % favourable). Against a rest of millions the group's own variance is left.
    y, n = [340, 8_500_000], [400, 10_000_000]
    rows = [compare_groups(y, n, noise_sd=sd, confidence=0.6827).rows.iloc[0] for sd in (0, 8)]
    reach = norm.ppf((1 + 0.6827) / 2)
    added = [(row["high"] - row["difference"]) ** 2 for row in rows]
    assert np.sqrt(added[1] - added[0]) / reach == pytest.approx(0.0242, abs=1e-4)
    assert np.sqrt(0.85 * 0.15 / 400) == pytest.approx(0.018, abs=2e-4)


def test_noise_s_variance_is_that_of_simulated_counts():
    rng = np.random.default_rng(3)
    groups = np.array([340.0, 35.0, 25.0]) + np.round(rng.normal(0, 8, (200_000, 3)))
    found = (groups[:, 0] / groups.sum(axis=1)).std()
    assert found == pytest.approx(8 * np.sqrt((1 - 0.85) ** 2 + 2 * 0.85**2) / 400, rel=0.01)


def test_noise_weakens_the_test_of_a_group_against_a_rest_of_several():
    row = compare_groups([340, 300, 310], [400, 400, 400], noise_sd=8).rows.iloc[0]
    share = 950 / 1200
    each = 64 * ((1 - share) ** 2 + 2 * share**2)  # the rest has the noise of two groups
    variance = share * (1 - share) * (1 / 400 + 1 / 800) + each / 400**2 + 2 * each / 800**2
    assert row["p"] == pytest.approx(2 * norm.sf((0.85 - 610 / 800) / np.sqrt(variance)), rel=1e-10)


def test_noise_takes_no_limit_off_the_scale():
    rows = compare_groups([20, 0], [20, 20], noise_sd=50).rows
    assert rows[["low", "high"]].abs().max(axis=None) <= 1


def test_with_noise_or_dispersion_a_gap_in_small_cells_has_the_larger_p():
    y, n = [10, 4, 9], [10, 10, 10]
    plain = gap(y, n).rows["p"][0]
    assert gap(y, n, dispersion=1.01).rows["p"][0] == plain
    assert gap(y, n, dispersion=30).rows["p"][0] > 0.5 > plain


def test_the_gap_of_two_groups_has_newcombe_s_interval_and_the_test_of_two_periods():
    found, theirs = gap([80, 90], [100, 100]).rows.iloc[0], compare_periods((80, 100), (90, 100)).rows.iloc[0]
    assert found[["low", "high"]].tolist() == pytest.approx(
        [float(end) for end in newcombe((80, 100), (90, 100))], abs=1e-9
    )
    assert (found["gap"], found["highest"], found["lowest"]) == (pytest.approx(0.1), 1, 0)
    assert found["p"] == pytest.approx(theirs["p"], rel=1e-10)


def test_the_gap_s_interval_is_as_wide_as_all_pairs_need():
    # Upper 5 % point of the studentised range for three means is 3.314 (Pearson and Hartley, table 29): each
    # limit is Newcombe's at a reach of 3.314/√2 = 2.343, a confidence of 0.98089.
    found = gap([80, 85, 90], [100, 100, 100]).rows.iloc[0]
    theirs = newcombe((80, 100), (90, 100), confidence=float(2 * norm.cdf(3.3145 / np.sqrt(2)) - 1))
    assert found[["low", "high"]].tolist() == pytest.approx([float(end) for end in theirs], abs=2e-5)


def test_the_whole_attribute_is_tested_by_pearson_s_chi_square():
    y, n = np.array([85, 78, 90]), np.array([100, 120, 110])
    row = gap(y, n).rows.iloc[0]
    assert row["p"] == pytest.approx(
        0.0006607504077675152, rel=1e-10
    )  # statsmodels 0.15.0 proportions_chisquare
    assert row["p"] == pytest.approx(chi2_contingency([y, n - y]).pvalue, rel=1e-10)


@pytest.mark.parametrize(
    ("y", "n"),
    [([2, 1, 0], [2, 3, 4]), ([3, 5, 1], [5, 8, 3]), ([4, 0, 2], [6, 2, 6])],  # the latter tie with others
)
def test_a_small_table_has_the_exact_p_of_all_its_tables(y, n):
    # All tables of the same margins are dealt out here; the product draws 9,999 of them.
    y, n = np.array(y), np.array(n)
    ways = far = 0
    for a, b in product(range(n[0] + 1), range(n[1] + 1)):
        table = np.array([a, b, y.sum() - a - b])
        if 0 <= table[2] <= n[2]:
            here = np.prod([comb(*cell) for cell in zip(n, table, strict=True)])
            ways, far = ways + here, far + here * (chi(table, n) >= chi(y, n) - 1e-9)
    row = gap(y, n).rows.iloc[0]
    assert ways == comb(n.sum(), y.sum())
    assert row["exact"]
    assert row["p"] == pytest.approx(far / ways, abs=0.015)


def chi(y, n):
    share = y.sum() / n.sum()
    return ((y - n * share) ** 2 / (n * share * (1 - share))).sum()


def test_a_drawn_p_is_the_same_whenever_and_in_whatever_order_it_is_asked():
    y, n = np.array([9, 7, 3, 8]), np.array([10, 10, 10, 9])
    ps = {gap(y[order], n[order]).rows["p"][0] for order in ([0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0])}
    assert len(ps) == 1


@pytest.mark.parametrize("noise", [0, 8])
def test_the_largest_less_the_smallest_of_equal_groups_seldom_cries_wolf(noise):
    rng = np.random.default_rng(11)
    series, groups, size = 4000, 6, 400
    cells = rng.multinomial(size, [0.85, 0.08, 0.07], (series, groups)) + np.round(
        rng.normal(0, noise, (series, groups, 3))
    )
    cells = np.maximum(cells, 0)
    rows = gap(cells[..., 0], cells.sum(axis=-1), noise_sd=noise).rows
    # Binomial chance of 4,000 tries at 5 %: ±0.7 points. Uncorrected, the two ends differ in over 30 %.
    assert (rows["p"] < 0.05).mean() < 0.058
    assert (rows["low"] > 0).mean() < 0.058
    assert (rows["p"] < 0.05).mean() > 0.035
    if noise:  # taken as exact, noisy counts show gaps that are not there
        assert (gap(cells[..., 0], cells.sum(axis=-1)).rows["p"] < 0.05).mean() > 0.3


def test_under_two_groups_there_is_no_gap():
    rows = gap([[5, 0], [0, 0]], [[9, 0], [0, 0]]).rows
    assert rows[["gap", "low", "high", "p", "q"]].isna().all(axis=None)
    assert rows[["highest", "lowest"]].eq(-1).all(axis=None)
    assert rows["groups"].tolist() == [1, 0]


@pytest.mark.parametrize("compare", [compare_groups, gap])
@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        (([[1, 2], [3, 9]], [[4, 4], [4, 4]]), {}, "position 1, 1: 9 favourable of 4"),
        (([1, 0.5], [4, 4]), {}, "position 1: 0.5 favourable of 4"),
        ((1, 2), {}, r"shape \(\)"),
        (([1, 2], [4, 4]), {"noise_sd": -1}, "noise_sd, position 0: -1"),
        (([1, 2], [4, 4]), {"noise_sd": [1, 2]}, "noise_sd is one number"),
        (([1, 2], [4, 4]), {"dispersion": np.nan}, "dispersion, position 0: nan"),
        (([1, 2], [4, 4]), {"confidence": 0}, "not 0"),
    ],
)
def test_odd_input_is_refused_by_value_and_place(compare, given, options, message):
    with pytest.raises(ValueError, match=message):
        compare(*given, **options)
