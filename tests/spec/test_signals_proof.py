"""Signals, simulated from seeds: seldom false, found within a quarter, and intervals that hold the truth."""

import numpy as np
import pytest

from analysis.signals import own_dispersion, pooled_dispersion, scores, signals

pytestmark = pytest.mark.proof

CHANGED = 25  # position of week 26


def draw(seed, *, series, weeks, answers, fall=0.0, unrest=0.0, level=0.85):
    random = np.random.default_rng(seed)
    many = random.poisson(answers, (series, weeks))
    levels = (
        level - np.where(np.arange(weeks) >= CHANGED, fall, 0.0) + random.normal(0, 1, many.shape) * unrest
    )
    return random.binomial(many, np.clip(levels, 0, 1)), many


def steady(**given):
    """What is pooled where the question's other series are steady."""
    return pooled_dispersion(own_dispersion(*draw(1, series=200, **given)))


@pytest.mark.parametrize(("level", "answers"), [(0.85, 100), (0.95, 30)])
def test_in_52_looks_few_steady_series_signal_anything(level, answers):
    counts = draw(7, series=2000, weeks=52, answers=answers, level=level)
    assert signals(*counts, threshold=520).series["signal"].mean() <= 0.03


@pytest.mark.parametrize(("level", "answers"), [(0.9, 20), (0.9, 100), (0.8, 30)])
def test_in_104_looks_no_more_than_one_in_twelve_does(level, answers):
    counts = draw(6, series=1000, weeks=104, answers=answers, level=level)
    assert signals(*counts, threshold=520).series["signal"].mean() <= 0.08


def test_weeks_that_vary_more_than_by_chance_are_not_told_as_changes():
    counts = draw(8, series=1000, weeks=104, answers=300, unrest=0.035)
    assert signals(*counts, threshold=520).series["signal"].mean() <= 0.10
    # Were the dispersion taken as 1, all would be.


@pytest.mark.parametrize(
    ("answers", "fall", "least"), [(100, 0.05, 0.65), (100, 0.10, 0.97), (300, 0.03, 0.75)]
)
def test_a_fall_is_found_within_13_weeks(answers, fall, least):
    counts = draw(9, series=2000, weeks=38, answers=answers, fall=fall)
    pooled = steady(weeks=38, answers=answers)
    found = scores(*counts, pooled_dispersion=pooled).log10_fall[:, CHANGED:] >= np.log10(1040)
    assert found.any(axis=1).mean() >= least


@pytest.mark.parametrize(("answers", "fall"), [(100, 0.05), (300, 0.03), (100, 0.10)])
def test_intervals_hold_the_true_difference_also_where_the_week_is_not_known(answers, fall):
    counts = draw(10, series=600, weeks=45, answers=answers, fall=fall)
    told = signals(*counts, threshold=520, pooled_dispersion=steady(weeks=45, answers=answers)).series
    falls = told[(told["direction"] == "fall") & (told["first_fall"] >= CHANGED)]
    assert len(falls) > 400
    assert falls.eval(f"low <= {-fall} <= high").mean() >= 0.94
    assert falls.eval("low <= difference <= high").all()
