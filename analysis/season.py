"""The newest quarter against the same weeks a year before: what a season cannot have done."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm
from scipy.stats import t as student

from analysis import segments
from analysis.comparison import newcombe
from analysis.segments import Floats, Ints

QUARTER = 13  # weeks
ANSWERS = 100  # in either quarter; fewer say too little
STRONGEST = 0.8  # autocorrelation; above it there is no interval worth drawing


@dataclass(frozen=True, slots=True, eq=False)
class SameSeason:
    """The newest quarter of m series against the same weeks a year before.

    Attributes
    ----------
    series : DataFrame, one row a series in the order given, index 0 to m-1
        now, before, float, proportions of either quarter; change, low, high, float, now − before with its
        interval, in [-1, 1]; answers_now, answers_before, float; dispersion, autocorrelation, float, of the
        steps around the means of their quarters, at least 1 and 0 to 0.8; state, str: no_history (no answers
        a year before), too_few (under 100 answers in either quarter), better, worse or no_clear_change. NaN
        where not defined.
    newest, year_before : slice
        Positions of the steps of either quarter; empty where the series do not hold the whole of it.
    weeks_apart : float
        From one quarter to the other: the whole steps that come nearest to a year.
    """

    series: pd.DataFrame
    newest: slice
    year_before: slice
    weeks_apart: float


def same_season(
    positives: npt.ArrayLike,
    answers: npt.ArrayLike,
    *,
    weeks: float = 1,
    weeks_a_year: float = 52,
    confidence: float = 0.95,
) -> SameSeason:
    """Compare the newest 13 weeks with the same 13 weeks a year before.

    The interval is Newcombe's of counts divided by what widens it: dispersion and autocorrelation of the
    steps since that earlier quarter began, and Student's t in place of the normal quantile. It says what
    differs between two quarters, not when or why; a slow drift counts as a difference.

    Parameters
    ----------
    positives, answers : array_like of int, shape (m, T)
        Favourable and eligible answers of each step, in order of date, the newest last; 0 answers, or NaN in
        either: an empty step.
    weeks : float
        Length of a step. Quarters are the whole steps that fit into 13 weeks, at least one.
    weeks_a_year : float
        At least 26, so that the quarters do not meet.
    confidence : float
        In (0, 1).

    Returns
    -------
    SameSeason

    Raises
    ------
    ValueError
        Counts as for `segments.counts`; another shape; a step of no length; a year under 26 weeks or under
        two steps; a confidence outside (0, 1).

    Source
    ------
    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10. Checked in tests/spec/test_season.py.
    """
    y, n = _counts(positives, answers)
    quarter, lag = _spans(weeks, weeks_a_year)
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not {confidence!r}")
    end = y.shape[1]
    start = end - lag - quarter
    newest = slice(end - quarter, end) if end >= quarter else slice(0)
    before = slice(start, start + quarter) if start >= 0 else slice(0)
    sums = [(y[:, span].sum(axis=1), n[:, span].sum(axis=1)) for span in (before, newest)]
    dispersion, autocorrelation, freedom = _spread(y[:, max(0, start) :], n[:, max(0, start) :], quarter)
    frame = _compared(sums, dispersion, autocorrelation, freedom=freedom, confidence=confidence)
    return SameSeason(frame, newest, before, lag * weeks)


@np.errstate(all="ignore")
def _compared(
    sums: list[tuple[Floats, Floats]],
    dispersion: Floats,
    autocorrelation: Floats,
    *,
    freedom: Ints,
    confidence: float,
) -> pd.DataFrame:
    (y_0, n_0), (y_1, n_1) = sums
    quantile = (1 + confidence) / 2
    wider = (student.ppf(quantile, np.maximum(freedom, 1)) / norm.ppf(quantile)) ** 2
    # Together at least 1: residuals of a smooth course are alike, and too small to matter.
    wider *= np.maximum(1, dispersion * (1 + autocorrelation) / (1 - autocorrelation))
    low, high = newcombe((y_0 / wider, n_0 / wider), (y_1 / wider, n_1 / wider), confidence=confidence)
    few = np.minimum(n_0, n_1) < ANSWERS
    states = np.select(
        [n_0 == 0, few, low > 0, high < 0], ["no_history", "too_few", "better", "worse"], "no_clear_change"
    )
    return pd.DataFrame(
        {
            "now": y_1 / n_1,
            "before": y_0 / n_0,
            "change": y_1 / n_1 - y_0 / n_0,
            "low": low,
            "high": high,
            "answers_now": n_1,
            "answers_before": n_0,
            "dispersion": np.maximum(1, dispersion),
            "autocorrelation": autocorrelation,
            "state": states,
        }
    ).astype({"state": "str"})


@np.errstate(all="ignore")
def _spread(y: Floats, n: Floats, quarter: int) -> tuple[Floats, Floats, Ints]:
    """Dispersion, autocorrelation and degrees of freedom of each series, (m,), around its quarters' means.

    Around quarters' means, because a season between them is no scatter. Where a quarter is one step there is
    nothing around it: then around one mean, and a season makes the interval wider than it need be.
    """
    size = quarter if quarter > 1 else max(1, y.shape[1])
    lead = -y.shape[1] % size  # empty steps put before, to whole quarters
    y, n = (
        np.pad(one, ((0, 0), (lead, 0))).reshape(len(one), (lead + one.shape[1]) // size, size)
        for one in (y, n)
    )
    level = y.sum(axis=2, keepdims=True) / n.sum(axis=2, keepdims=True)
    overall = (y.sum(axis=(1, 2), keepdims=True) + 0.5) / (n.sum(axis=(1, 2), keepdims=True) + 1)
    residuals = np.where(n > 0, (y - n * level) / np.sqrt(n * overall * (1 - overall)), 0)
    steps, means = (n > 0).sum(axis=(1, 2)), (n > 0).any(axis=2).sum(axis=1)
    squares = (residuals**2).sum(axis=(1, 2))
    dispersion = np.where(steps > means, squares / np.maximum(steps - means, 1), 1)
    lagged = (residuals[:, :, 1:] * residuals[:, :, :-1]).sum(axis=(1, 2)) / squares
    # A mean that is fitted takes 1 / its steps from the correlation around it, on average.
    autocorrelation = np.where(squares > 0, np.clip(lagged + means / steps, 0, STRONGEST), 0)
    return dispersion, autocorrelation, (steps - means).astype(np.int64)


def _counts(positives: npt.ArrayLike, answers: npt.ArrayLike) -> tuple[Floats, Floats]:
    y, n = segments.series(positives, dimensions=2), segments.series(answers, dimensions=2)
    if y.shape != n.shape:
        raise ValueError(f"positives of the shape {y.shape} do not go with answers of {n.shape}")
    top, bottom = segments.counts(y.ravel(), n.ravel())
    return top.reshape(y.shape), bottom.reshape(n.shape)


def _spans(weeks: float, weeks_a_year: float) -> tuple[int, int]:
    """Steps in a quarter, and from a quarter to the one a year later."""
    if not 0 < weeks < np.inf:
        raise ValueError(f"a step lasts some weeks; this lasts {weeks!r}")
    if not 2 * QUARTER <= weeks_a_year < np.inf:
        raise ValueError(f"a year has 26 weeks or more; this has {weeks_a_year!r}")
    quarter, lag = max(1, int(QUARTER // weeks)), round(weeks_a_year / weeks)
    if lag < quarter + 1:
        raise ValueError(f"a year of {weeks_a_year!r} weeks is too short for steps of {weeks!r}")
    return quarter, lag
