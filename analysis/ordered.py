"""Ordered answers: Mann–Whitney's test from counts of categories, and how often one side is higher."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import norm

from analysis import checks
from analysis.multiplicity import benjamini_hochberg
from analysis.segments import Floats


@dataclass(frozen=True, slots=True, eq=False)
class OrderedComparison:
    """Shifts of ordered answers, a row each.

    Attributes
    ----------
    rows : DataFrame, index 0 to m-1
        superiority, float in [0, 1], the probability that an answer after is higher than one before, ties
        counting half (0.5 = no shift), with low and high, its interval; delta, 2 × superiority − 1, Cliff's
        δ, in [-1, 1], with delta_low and delta_high; p, of no shift; q, Benjamini and Hochberg's over all
        rows. NaN where either side has no answers.
    """

    rows: pd.DataFrame


def compare_ordered(
    before: npt.ArrayLike, after: npt.ArrayLike, *, dispersion: npt.ArrayLike = 1.0, confidence: float = 0.95
) -> OrderedComparison:
    """Compare ordered answers of two periods or groups of many series at once.

    Parameters
    ----------
    before, after : array_like of int, shape (k,) or (m, k)
        Answers in each of k categories, in their order; NaN = 0.
    dispersion : float or array_like of float, shape (m,)
        Variance over what chance gives, at least 1.
    confidence : float
        In (0, 1).

    Returns
    -------
    OrderedComparison
        p is the normal approximation with correction for ties and continuity, good from about 10 answers a
        side. The interval rests on the variance of placements, on the logit scale; where these do not vary
        at all (all answers alike, or no overlap) on the counts with two answers more a side, spread over
        the scale, so that it never shrinks to a point.

    Raises
    ------
    ValueError
        A count is negative, infinite or not whole; shapes differ; a dispersion below 1.

    Source
    ------
    Mann and Whitney (1947), Ann. Math. Stat. 18, 50-60; variance of placements: Brunner and Munzel (2000),
    Biometrical J. 42, 17-25; logit: Ryu and Agresti (2008), Statistics in Medicine 27, 1703-1717; added
    answers: Agresti and Caffo (2000), Am. Stat. 54, 280-288. Checked in
    tests/spec/test_comparison_ordered.py.
    """
    reach = checks.critical(confidence)
    x, y = _categories(before, "before"), _categories(after, "after")
    if x.shape != y.shape:
        raise ValueError(f"answers of the shapes {x.shape} and {y.shape} do not go together")
    factor = checks.dispersion_factor(dispersion, (len(x),))
    superiority, _ = placements(x, y)
    low, high = _interval(x, y, factor, reach)
    p = _p(x, y, superiority, factor)
    columns = {"superiority": superiority, "low": low, "high": high}
    columns |= {"delta": 2 * superiority - 1, "delta_low": 2 * low - 1, "delta_high": 2 * high - 1}
    return OrderedComparison(pd.DataFrame({**columns, "p": p, "q": benjamini_hochberg(p)}))


def _categories(counts: npt.ArrayLike, name: str) -> Floats:
    given = checks.numbers(counts, name=name, least=0)
    found = np.where(np.isnan(given), 0.0, given)
    if (found % 1 != 0).any():
        wrong = found % 1 != 0
        raise ValueError(f"{name}, {checks.place(wrong)}: {found[wrong][0]:g} answers are not a whole number")
    if found.ndim not in (1, 2) or found.shape[-1] == 0:
        raise ValueError(f"{name} comes as (k,) or (m, k), k at least 1; this is of the shape {found.shape}")
    return np.atleast_2d(found)


@np.errstate(all="ignore")
def placements(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Probability that y is above x, ties half, and its variance, each (m,), from counts (m, k).

    A placement is the share of the other side that lies below an answer. NaN of nobody; the variance also of
    a single answer.
    """
    m, n = x.sum(axis=1, keepdims=True), y.sum(axis=1, keepdims=True)
    below_y = (np.cumsum(x, axis=1) - x / 2) / m  # of each category of y, the share of x
    above_x = 1 - (np.cumsum(y, axis=1) - y / 2) / n
    superiority = (y * below_y).sum(axis=1, keepdims=True) / n
    of_y = (y * (below_y - superiority) ** 2).sum(axis=1) / (n - 1)[:, 0]
    of_x = (x * (above_x - superiority) ** 2).sum(axis=1) / (m - 1)[:, 0]
    return superiority[:, 0], of_y / n[:, 0] + of_x / m[:, 0]


@np.errstate(all="ignore")
def _interval(x: Floats, y: Floats, dispersion: Floats, reach: float) -> tuple[Floats, Floats]:
    superiority, variance = placements(x, y)
    more = 2 / x.shape[1]
    centre, wider = placements(x + more, y + more)
    flat = ~(variance > 0) | (superiority <= 0) | (superiority >= 1)
    centre, spread = np.where(flat, centre, superiority), np.where(flat, wider, variance)
    half = reach * np.sqrt(dispersion * spread) / (centre * (1 - centre))
    low, high = expit(logit(centre) - half), expit(logit(centre) + half)
    told = ~np.isnan(superiority)
    return (
        np.where(told, np.minimum(low, superiority), np.nan),
        np.where(told, np.maximum(high, superiority), np.nan),
    )


@np.errstate(all="ignore")
def _p(x: Floats, y: Floats, superiority: Floats, dispersion: Floats) -> Floats:
    m, n, ties = x.sum(axis=1), y.sum(axis=1), x + y
    total = m + n
    tied = (ties**3 - ties).sum(axis=1) / (total * (total - 1))
    spread = np.sqrt(dispersion * m * n / 12 * (total + 1 - tied))
    far = np.maximum(0, np.abs(superiority - 0.5) * m * n - 0.5)
    p = np.where(spread > 0, np.minimum(1.0, 2 * norm.sf(far / spread)), 1.0)
    return np.where((m > 0) & (n > 0), p, np.nan)
