"""The newest quarter against the same weeks a year before: Newcombe's figures, spread, states, odd input."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.comparison import newcombe
from analysis.season import same_season


def two_years(now=0.8, before=0.8, *, scatter=0.0, answers=100, rows=1, seed=1):
    """Counts of 104 weeks, a row a series, whose last half year is at `now`."""
    rng = np.random.default_rng(seed)
    n = rng.poisson(answers, (rows, 104))
    level = np.where(np.arange(104) >= 78, now, before) + rng.normal(0, scatter, n.shape)
    return rng.binomial(n, np.clip(level, 0, 1)), n


def test_it_compares_the_newest_thirteen_weeks_with_those_a_year_before():
    y, n = two_years()
    found = same_season(y, n)
    assert (found.newest, found.year_before) == (slice(91, 104), slice(39, 52))
    assert found.weeks_apart == 52
    row = found.series.iloc[0]
    assert row["now"] == y[0, 91:].sum() / n[0, 91:].sum()
    assert row["before"] == y[0, 39:52].sum() / n[0, 39:52].sum()
    assert row["change"] == row["now"] - row["before"]


def test_newcombes_published_interval_is_what_a_steady_series_comes_near():
    # Newcombe (1998), Statistics in Medicine 17, 873-890, table II (a): 56/70 − 48/80 is .0524 to .3339.
    # Here each is spread over 13 weeks in equal shares, so that dispersion is 1 and only t widens.
    y, n = np.zeros((1, 65)), np.zeros((1, 65))
    y[0, :13], n[0, :13] = 48 / 13, 80 / 13
    y[0, 52:], n[0, 52:] = 56 / 13, 70 / 13
    row = same_season(y, n).series.iloc[0]
    assert row["dispersion"] == 1
    narrower = newcombe((48, 80), (56, 70))
    assert (row["low"], row["high"]) == (pytest.approx(0.0524, abs=0.01), pytest.approx(0.3339, abs=0.01))
    assert row["low"] < narrower[0] < narrower[1] < row["high"]


def test_scatter_makes_the_interval_wider():
    even, uneven = (
        same_season(*two_years(scatter=scatter, seed=4)).series.iloc[0] for scatter in (0.0, 0.06)
    )
    assert uneven["dispersion"] > 1.5 * even["dispersion"]
    assert uneven["high"] - uneven["low"] > 1.15 * (even["high"] - even["low"])


def test_a_season_is_no_change_and_no_scatter():
    weeks = np.arange(104)
    n = np.full((1, 104), 200)
    y = np.round(n * (0.8 + 0.06 * np.sin(2 * np.pi * weeks / 52)))
    row = same_season(y, n).series.iloc[0]
    assert row["state"] == "no_clear_change"
    assert row["change"] == pytest.approx(0, abs=1e-12)
    assert row["dispersion"] == 1


@pytest.mark.parametrize(("now", "state"), [(0.9, "better"), (0.7, "worse"), (0.8, "no_clear_change")])
def test_the_state_says_on_which_side_of_none_the_interval_lies(now, state):
    assert same_season(*two_years(now)).series["state"].tolist() == [state]


def test_without_the_whole_quarter_a_year_before_there_is_no_history():
    y, n = two_years()
    assert same_season(y[:, -64:], n[:, -64:]).series["state"].tolist() == ["no_history"]
    assert same_season(y[:, -65:], n[:, -65:]).series["state"].tolist() == ["no_clear_change"]


def test_under_a_hundred_answers_in_a_quarter_are_too_few():
    y, n = two_years(0.99, 0.3, answers=2000)
    y[0, 91:], n[0, 91:] = 7, 7
    assert same_season(y, n).series["state"].tolist() == ["too_few"]
    y[0, 91], n[0, 91] = 16, 16
    assert same_season(y, n).series["state"].tolist() == ["better"]


@pytest.mark.parametrize(
    ("weeks", "steps", "apart"), [(1, 13, 52), (2, 6, 52), (4, 3, 52), (6, 2, 54), (12, 1, 48)]
)
def test_longer_steps_make_the_nearest_whole_quarter_and_year(weeks, steps, apart):
    found = same_season(*two_years(), weeks=weeks)
    assert found.newest.stop - found.newest.start == steps
    assert found.year_before.stop - found.year_before.start == steps
    assert found.weeks_apart == apart


def test_all_satisfied_and_nobody_at_all_are_defined():
    n = np.full((3, 104), 20)
    n[1] = 0
    n[2, :78] = 0
    found = same_season(n, n).series
    assert found["state"].tolist() == ["no_clear_change", "no_history", "no_history"]
    assert found.loc[0, "low"] < 0 < found.loc[0, "high"]
    assert found.loc[1, ["low", "high", "change"]].isna().all()


@pytest.mark.parametrize("scatter", [0.0, 0.035])
def test_intervals_cover_where_nothing_changed(scatter):
    found = same_season(*two_years(scatter=scatter, rows=2000)).series
    assert ((found["low"] <= 0) & (found["high"] >= 0)).mean() >= 0.94
    if scatter:
        sums = [
            (y[:, 91:].sum(axis=1), y[:, 39:52].sum(axis=1)) for y in two_years(scatter=scatter, rows=2000)
        ]
        low, high = newcombe((sums[0][1], sums[1][1]), (sums[0][0], sums[1][0]))
        assert ((low <= 0) & (high >= 0)).mean() < 0.9  # as if answers were independent


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"weeks": 0}, "this lasts 0"),
        ({"weeks": 40}, "52 weeks is too short for steps of 40"),
        ({"weeks_a_year": 12}, "26 weeks or more; this has 12"),
        ({"confidence": 0}, "between 0 and 1, not 0"),
        ({"positives": np.full((1, 104), 9999)}, "numerator 9999 is above its denominator"),
        ({"answers": np.zeros((2, 104))}, r"\(1, 104\) do not go with answers of \(2, 104\)"),
        ({"answers": np.zeros(104)}, "need 2 dimension"),
    ],
)
def test_what_cannot_be_is_refused_by_its_value(given, says):
    y, n = two_years()
    with pytest.raises(ValueError, match=says):
        same_season(given.pop("positives", y), given.pop("answers", n), **given)
