"""What the effect of an action claims, by simulation: coverage, false claims, power, bad months."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.effect import effect

STABLE = {}
SCATTERED = {"scatter": 0.035}
ALIKE = {"scatter": 0.035, "alike": 0.3}
DRIFTING = {"drift": 0.04, "scatter": 0.035}
BEFORE, AFTER = 26, 13


def course(rng, length, *, scatter=0.0, alike=0.0, drift=0.0, level=0.8, answers=100):
    """Weekly counts; scatter of the level, SD, is AR(1) with `alike`; drift is a year's."""
    shocks = rng.normal(0, scatter, length)
    noise = np.zeros(length)
    for week in range(length):
        last = noise[week - 1] if week else shocks[week]
        noise[week] = alike * last + np.sqrt(1 - alike**2) * shocks[week]
    n = rng.poisson(answers, length)
    return rng.binomial(n, np.clip(level + drift / 52 * np.arange(length) + noise, 0, 1)), n


def measured(runs, *, rise=0.0, before=BEFORE, seed=1, trend=0.25, **kind):
    """Shares of intervals that cover `rise`, of 'better' and of 'worse'."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(runs):
        y, n = course(rng, before + AFTER, **kind)
        better = rng.binomial(n - y, rise / (1 - kind.get("level", 0.8)), n.size)
        found.append(effect(y + better * (np.arange(n.size) >= before), n, before, drift=trend))
    covered = np.mean([one.low <= rise <= one.high for one in found])
    return covered, *(np.mean([one.state == state for one in found]) for state in ("better", "worse"))


def after_a_bad_month(rng, **kind):
    """Counts of a level that stays, cut 13 weeks after a month far below the weeks before it."""
    while True:
        y, n = course(rng, BEFORE + 52 + AFTER, **kind)
        for action in range(BEFORE, BEFORE + 52):
            if too_low(y[:action], n[:action]):
                return y[: action + AFTER], n[: action + AFTER], action


def too_low(y, n):
    return z_of((y[:-4], n[:-4]), (y[-4:], n[-4:])) < -2


def z_of(before, after):
    """The z test of two proportions: what a before/after pair is usually judged by."""
    (y_0, n_0), (y_1, n_1) = (np.sum(one, axis=1) for one in (before, after))
    pooled = (y_0 + y_1) / (n_0 + n_1)
    return (y_1 / n_1 - y_0 / n_0) / np.sqrt(pooled * (1 - pooled) * (1 / n_0 + 1 / n_1))


def acted(runs, **kind):
    """Shares of 'better' after a bad month where nothing changed: of this, and of a month against a month."""
    rng = np.random.default_rng(3)
    ours, pair = 0, 0
    for _ in range(runs):
        y, n, action = after_a_bad_month(rng, **kind)
        pair += (
            z_of(*((y[span], n[span]) for span in (slice(action - 4, action), slice(action, action + 4))))
            > 1.96
        )
        ours += effect(y, n, action).state == "better"
    return ours / runs, pair / runs


@pytest.mark.parametrize("kind", [STABLE, SCATTERED, ALIKE], ids=["stable", "scattered", "alike"])
def test_intervals_cover_and_nothing_is_claimed_where_nothing_changed(kind):
    covered, better, worse = measured(150, **kind)
    assert covered >= 0.93
    assert better + worse <= 0.06


def test_eight_points_are_mostly_found_within_a_quarter():
    covered, better, worse = measured(60, rise=0.08)
    assert covered >= 0.93
    assert better >= 0.9
    assert worse == 0


def test_a_flat_expected_course_calls_a_drift_an_effect_and_this_does_not():
    assert sum(measured(100, before=52, trend=0, **DRIFTING)[1:]) > 0.12
    assert sum(measured(100, before=52, **DRIFTING)[1:]) <= 0.06


def test_a_pair_of_months_calls_the_end_of_a_bad_one_an_effect_and_this_does_not():
    ours, pair = acted(60, **SCATTERED)
    assert ours <= 0.06
    assert pair > 0.2


@pytest.mark.proof
@pytest.mark.parametrize("before", [13, 26, 52])
@pytest.mark.parametrize("answers", [100, 300])
@pytest.mark.parametrize("kind", [STABLE, SCATTERED, ALIKE], ids=["stable", "scattered", "alike"])
def test_coverage_in_a_thousand_courses_each(before, answers, kind):
    covered, better, worse = measured(1000, before=before, answers=answers, **kind)
    assert covered >= 0.93
    assert better + worse <= 0.06


@pytest.mark.proof
@pytest.mark.parametrize("answers", [100, 300])
@pytest.mark.parametrize("kind", [SCATTERED, ALIKE], ids=["scattered", "alike"])
def test_acting_after_a_bad_month_in_five_hundred_courses_each(answers, kind):
    ours, pair = acted(500, answers=answers, **kind)
    assert ours <= 0.06
    assert pair > 0.25
