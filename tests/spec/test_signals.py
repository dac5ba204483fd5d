"""Signals against arithmetic with 50 digits (cases/README.md), against plain loops, and by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.signals import PLAIN, own_dispersion, pooled_dispersion, scores, signals, threshold

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
    found = getattr(scores(*counts_of(case), method=PLAIN), f"log10_{direction}")[0]
    theirs = np.log10(wanted(case, f"statistic_{direction}"))
    np.testing.assert_allclose(found, theirs, rtol=1e-10, atol=1e-10)


def test_the_dispersion_is_that_of_the_reference(case):
    found = scores(*counts_of(case), method=PLAIN).dispersion[0]
    np.testing.assert_allclose(found, wanted(case, "dispersion"), rtol=1e-12)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_likeliest_step_is_that_of_the_reference(case, direction):
    found = getattr(scores(*counts_of(case), method=PLAIN), f"since_{direction}")[0]
    theirs = np.nan_to_num(wanted(case, f"best_change_week_{direction}"), nan=0)
    assert (found + 1).tolist() == theirs.tolist()


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_first_signal_is_that_of_the_reference(case, direction):
    options, expected = case["input"]["options"], case["expected"]
    row = signals(*counts_of(case), threshold=options["threshold"], method=PLAIN).series.iloc[0]
    week = expected[f"first_alert_week_{direction}"]
    assert row[f"first_{direction}"] == (-1 if week is None else week - 1)
    if week is not None:
        then = scores(*counts_of(case), method=PLAIN)
        since = getattr(then, f"since_{direction}")[0, week - 1]
        assert since + 1 == expected[f"change_week_at_first_{direction}_alert"]


def fallen(*, answers=200, weeks=60, at=30, level=0.9, to=0.8):
    """One series whose shares are exactly so: no chance in it."""
    share = np.where(np.arange(weeks) >= at, to, level)
    return np.round(answers * share)[np.newaxis], np.full((1, weeks), answers)


def test_a_fall_is_told_with_its_week_its_size_and_its_interval():
    row = signals(*fallen(), threshold=520).series.iloc[0]
    assert (row["direction"], row["since"]) == ("fall", 30)
    assert row["first"] == 30  # ten points of 200 answers show at once
    assert (row["before"], row["after"]) == pytest.approx((0.9, 0.8), abs=1e-3)
    assert row["difference"] == pytest.approx(-0.1, abs=1e-3)
    assert -0.13 < row["low"] < -0.1 < row["high"] < -0.07
    assert row["log10_fall"] > np.log10(520) > row["log10_rise"]


def test_a_rise_is_told_as_one():
    row = signals(*fallen(level=0.8, to=0.9), threshold=520).series.iloc[0]
    assert (row["direction"], row["since"], row["first_fall"]) == ("rise", 30, -1)
    assert row["low"] > 0


def test_a_change_is_dated_from_the_first_step_with_answers():
    positives, answers = fallen()
    positives[:, 27:30] = answers[:, 27:30] = 0
    row = signals(positives, answers, threshold=520).series.iloc[0]
    assert (row["since_fall"], row["since"]) == (27, 30)


def test_a_rebased_series_is_silent_for_twelve_steps_and_then_steady():
    found = scores(*fallen(), rebase=[30])
    assert np.isnan(found.log10_fall[0, :42]).all()
    assert not np.isnan(found.log10_fall[0, 42:]).any()
    assert not signals(*fallen(), rebase=[30], threshold=520).series["signal"].any()


def test_a_change_that_was_dismissed_is_not_told_again():
    assert not signals(*fallen(at=30), watch=[59], threshold=520).series["signal"].any()


def test_without_answers_every_candidate_has_an_e_value_of_1():
    nothing = np.zeros((1, 70))
    found = scores(nothing, nothing)
    wanted = np.log10(np.minimum(np.arange(1, 59), 52))
    np.testing.assert_allclose(found.log10_fall[0, 12:], wanted, atol=1e-12)
    np.testing.assert_allclose(found.log10_rise[0, 12:], wanted, atol=1e-12)


@pytest.mark.parametrize("share", [0, 1])
def test_a_series_that_is_always_the_same_signals_nothing(share):
    answers = np.full((1, 200), 50)
    assert not signals(share * answers, answers, threshold=520).series["signal"].any()


@pytest.mark.parametrize("shape", [(0, 0), (0, 30), (3, 0), (3, 1), (3, 12)])
def test_without_series_or_baseline_there_is_nothing_to_tell(shape):
    empty = np.ones(shape)
    assert np.isnan(scores(empty, empty).log10_fall).all()
    told = signals(empty, empty, threshold=520).series
    assert len(told) == shape[0]
    assert not told["signal"].any()


def test_dispersion_is_pooled_as_the_mean_of_those_above_chance():
    own = own_dispersion([[8, 6, 8], [5, 5, 5], [0, 0, 0]], [[10, 10, 10], [10, 10, 10], [0, 0, 0]])
    # By hand: c = 22.5/31, each z differs by 2/√(10c(1−c)), so own = 4/(10c(1−c))/2.
    c = 22.5 / 31
    assert own[0, 2] == pytest.approx(0.2 / (c * (1 - c)))
    assert own[1, 2] == 0
    assert np.isnan(own[2]).all()
    assert pooled_dispersion([[3.0, 0.5], [0.2, np.nan], [np.nan, np.nan]]).tolist() == [2.0, 1.0]


def test_the_threshold_is_ten_years_of_steps_or_what_a_reader_of_many_accepts():
    assert threshold(steps_a_year=52) == 520
    assert threshold(steps_a_year=13) == 130
    assert threshold(steps_a_year=52, series=40) == 2080
    assert threshold(steps_a_year=52, series=40, false_alerts_a_year=2) == 1040
    assert threshold(steps_a_year=52, series=5) == 520


@pytest.mark.parametrize(
    ("positives", "answers", "options", "words"),
    [
        ([[1, np.nan]], [[2, 2]], {}, "series 0, step 1 is nan"),
        ([[1, 1]], [[2, np.inf]], {}, "series 0, step 1 is inf"),
        ([[1], [-1]], [[2], [2]], {}, "series 1, step 0 is -1"),
        ([[3]], [[2]], {}, "series 0, step 0 is 3"),
        ([[0.9]], [[1]], {}, "is 0.9"),
        ([[1]], [["many"]], {}, "many"),
        ([1, 2], [2, 2], {}, r"\(2,\)"),
        ([[1]], [[2, 2]], {}, r"\(1, 1\).*\(1, 2\)"),
        ([[1]], [[2]], {"pooled_dispersion": np.nan}, "nan"),
        ([[1]], [[2]], {"pooled_dispersion": [1, 1, 1]}, r"\(3,\)"),
        ([[1]], [[2]], {"rebase": [2]}, "series 0 is 2"),
        ([[1]], [[2]], {"rebase": [-1]}, "series 0 is -1"),
        ([[1]], [[2]], {"rebase": [0.5]}, "0.5"),
        ([[1]], [[2]], {"watch": [2]}, "watch .* series 0 is 2"),
        ([[1]], [[2]], {"last": 0}, "this is 0"),
        ([[1]], [[2]], {"threshold": 0}, "one is 0"),
        ([[1]], [[2]], {"threshold": np.nan}, "one is nan"),
        ([[1]], [[2]], {"threshold": [1, 2]}, r"\(2,\)"),
    ],
)
def test_odd_input_is_refused_by_name(positives, answers, options, words):
    with pytest.raises(ValueError, match=words):
        signals(positives, answers, **({"threshold": 520} | options))


@pytest.mark.parametrize("odd", [{"steps_a_year": 0}, {"steps_a_year": 52, "false_alerts_a_year": np.nan}])
def test_a_threshold_of_nothing_is_refused(odd):
    with pytest.raises(ValueError, match="lies above 0"):
        threshold(**odd)
