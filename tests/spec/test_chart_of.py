"""The chart of the product: what it adds to XmR (skipped weeks, late icons, limits from counts)."""

import numpy as np
import pandas as pd
import pytest

from analysis import spc
from analysis.spc import chart_of, xmr

STEADY = [17, 16, 18, 17, 15, 18, 16, 17, 19, 16, 17, 18, 16, 17, 15, 18]


def test_on_steady_counts_it_is_the_compatible_chart():
    chart = chart_of(STEADY, [20] * 16, target=0.5)
    theirs = xmr(np.divide(STEADY, 20), target=0.5)
    pd.testing.assert_frame_equal(chart.points.drop(columns="fallback"), theirs.points)
    assert (chart.variation, chart.assurance) == (theirs.variation, theirs.assurance)
    assert not chart.fallback


@pytest.mark.parametrize(("points", "icons"), [(12, (None, None)), (13, ("common_cause", "consistent_pass"))])
def test_icons_are_given_from_thirteen_points(points, icons):
    chart = chart_of(STEADY[:points], [20] * points, target=0.3)
    assert (chart.variation, chart.assurance) == icons
    assert chart.short_segment == (points < 13)


def test_missing_weeks_do_not_count_towards_the_thirteen():
    assert chart_of([*STEADY[:12], 0, 0], [20] * 12 + [0, 0]).variation is None


def test_the_thirteen_are_those_of_the_latest_segment():
    assert chart_of(STEADY * 2, [20] * 32, rebase=[20]).variation is None
    assert chart_of(STEADY * 2, [20] * 32, rebase=[19]).variation == "common_cause"


def test_missing_weeks_are_skipped_and_keep_their_rows():
    gaps = [3, 4, 9]
    numerator, denominator = np.insert(STEADY, gaps, 0), np.insert([20] * 16, gaps, 0)
    points, whole = chart_of(numerator, denominator).points, chart_of(STEADY, [20] * 16).points
    observed = points[denominator > 0].reset_index(drop=True)
    pd.testing.assert_frame_equal(observed, whole)
    assert points.loc[denominator == 0, "value"].isna().all()
    assert points["upper"].nunique(dropna=False) == 1


def test_the_latest_point_is_the_latest_that_is_not_missing():
    assert chart_of([*STEADY, 3, 0], [20] * 17 + [0]).variation == "concern_low"


def test_one_dip_in_a_run_of_everybody_flags_the_dip_alone():
    chart = chart_of([20] * 15 + [16] + [20] * 4, [20] * 20)
    assert chart.fallback
    assert chart.points.index[chart.points["special_cause"]].tolist() == [15]
    assert chart.points["rule"][15] == "outside_below"


@pytest.mark.parametrize("count", [0, 17, 20])
def test_equal_weeks_have_limits_and_no_special_cause(count):
    chart = chart_of([count] * 20, [20] * 20, target=0.5)
    assert chart.fallback
    assert chart.points["upper"].gt(chart.points["lower"]).all()
    assert not chart.points["special_cause"].any()
    assert chart.assurance == ("consistent_fail" if count == 0 else "consistent_pass")


def test_a_true_step_between_equal_weeks_is_a_shift():
    rules = chart_of([20] * 12 + [18] * 8, [20] * 20).points["rule"]
    assert rules.tolist() == [""] * 12 + ["shift_below"] * 8


def test_limits_from_counts_are_p_limits_around_a_centre_that_is_never_one():
    denominator = [20, 30, 25, 40] * 4
    points = chart_of(denominator, denominator).points
    centre = (sum(denominator) + 0.5) / (sum(denominator) + 1)
    error = np.sqrt(centre * (1 - centre) / np.array(denominator))
    assert points["mean"].tolist() == [centre] * 16
    np.testing.assert_allclose(points["lower"], centre - 3 * error)
    np.testing.assert_allclose(points["near_lower"], centre - 2 * error)
    assert (points["upper"] == 1).all()


def test_only_the_segment_without_moving_ranges_falls_back():
    chart = chart_of([*STEADY, *[20] * 14], [20] * 30, rebase=[16])
    assert chart.points["fallback"].tolist() == [False] * 16 + [True] * 14


def test_a_gap_under_the_fallback_has_a_mean_and_no_limits():
    gap = chart_of([20] * 5 + [0] + [20] * 9, [20] * 5 + [0] + [20] * 9).points.loc[5]
    assert gap["fallback"]
    assert not np.isnan(gap["mean"])
    assert np.isnan(gap["upper"])


def test_a_segment_of_missing_weeks_has_rows_without_lines():
    chart = chart_of([*STEADY, 0, 0], [20] * 16 + [0, 0], rebase=[16])
    assert chart.points["segment"].tolist() == [0] * 16 + [1] * 2
    assert chart.points["mean"][16:].isna().all()
    assert chart.variation is None


@pytest.mark.parametrize("length", [0, 1, 20])
def test_a_chart_of_nobody_has_its_rows_and_no_icons(length):
    chart = chart_of([0] * length, [0] * length, target=0.8)
    assert len(chart.points) == length
    assert (chart.variation, chart.assurance, chart.fallback) == (None, None, False)
    assert chart.points.dtypes.equals(chart_of(STEADY, [20] * 16).points.dtypes)


def test_a_withheld_numerator_is_a_missing_week():
    assert np.isnan(chart_of([3, None, 4], [5, 12, 5]).points["value"][1])


def test_odd_counts_and_targets_are_refused_by_name():
    with pytest.raises(ValueError, match="85"):
        chart_of([1], [2], target=85)
    with pytest.raises(ValueError, match="above its denominator"):
        chart_of([3], [2])
    with pytest.raises(ValueError, match="'better'"):
        chart_of([1], [2], improvement="better")
    with pytest.raises(ValueError, match="11"):
        chart_of([1], [2], fix_after=11)


def test_p_prime_limits_are_those_of_the_p_prime_chart():
    rng = np.random.default_rng(5)
    n = rng.integers(200, 900, 40)
    y = rng.binomial(n, 0.85)
    ours, theirs = spc.p_prime_chart_of(y, n).points, spc.p_chart(y, n).points
    assert ours["mean"].to_numpy() == pytest.approx(theirs["centre"].to_numpy(), abs=1e-4)
    assert ours["lower"].to_numpy() == pytest.approx(theirs["lower"].to_numpy(), abs=1e-3)
    assert ours["upper"].to_numpy() == pytest.approx(theirs["upper"].to_numpy(), abs=1e-3)


def test_a_small_week_is_judged_by_its_own_wider_limits():
    n = np.array([400] * 20 + [12])
    y = np.array([340, 344] * 10 + [7])
    assert spc.chart_of(y, n).points["rule"].iloc[-1] == "outside_below"
    assert spc.p_prime_chart_of(y, n).points["rule"].iloc[-1] == ""


def test_seven_weeks_below_the_p_prime_mean_are_a_shift():
    n = np.full(30, 100)
    y = np.array([88, 90] * 11 + [85] * 8)
    assert spc.p_prime_chart_of(y, n).variation == "concern_low"
