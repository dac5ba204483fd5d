"""Signals against arithmetic with 50 digits (cases/README.md), against plain loops, and by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.signals import scores, signals

CASES = sorted((Path(__file__).parent / "cases").glob("alert_*.json"))
DIRECTIONS = ["fall", "rise"]


@pytest.fixture(params=CASES, ids=lambda path: path.stem)
def case(request):
    return json.loads(request.param.read_text(encoding="utf-8"))


def counts_of(case):
    return [case["input"]["positive"]], [case["input"]["answers"]]


def wanted(case, name):
    return np.array(case["expected"][name], dtype=float)


def test_the_cases_are_there():
    assert len(CASES) == 3


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_detector_is_that_of_the_reference(case, direction):
    found = getattr(scores(*counts_of(case)), f"log10_{direction}")[0]
    theirs = np.log10(wanted(case, f"statistic_{direction}"))
    np.testing.assert_allclose(found, theirs, rtol=1e-10, atol=1e-10)


def test_the_dispersion_is_that_of_the_reference(case):
    found = scores(*counts_of(case)).dispersion[0]
    np.testing.assert_allclose(found, wanted(case, "dispersion"), rtol=1e-12)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_likeliest_step_is_that_of_the_reference(case, direction):
    found = getattr(scores(*counts_of(case)), f"since_{direction}")[0]
    theirs = np.nan_to_num(wanted(case, f"best_change_week_{direction}"), nan=0)
    assert (found + 1).tolist() == theirs.tolist()


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_first_signal_is_that_of_the_reference(case, direction):
    options, expected = case["input"]["options"], case["expected"]
    row = signals(*counts_of(case), threshold=options["threshold"]).series.iloc[0]
    week = expected[f"first_alert_week_{direction}"]
    assert row[f"first_{direction}"] == (-1 if week is None else week - 1)
    if week is not None:
        then = scores(*counts_of(case))
        since = getattr(then, f"since_{direction}")[0, week - 1]
        assert since + 1 == expected[f"change_week_at_first_{direction}_alert"]
