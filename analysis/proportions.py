"""Intervals of proportions and of their differences, and how noise in counts widens them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.checks import counts, critical
from analysis.segments import Floats

Interval = tuple[Floats, Floats, Floats]  # estimate, low, high


def wilson(
    numerator: npt.ArrayLike, denominator: npt.ArrayLike, *, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Wilson score interval of a proportion.

    Parameters
    ----------
    numerator, denominator : array_like of int, broadcastable to one shape
        Favourable and eligible answers; 0 <= numerator <= denominator; NaN in either = missing.
    confidence : float
        In (0, 1).

    Returns
    -------
    low, high : ndarray, of that shape
        Proportions in [0, 1]; NaN where the denominator is 0 or a count is missing.

    Raises
    ------
    ValueError
        A numerator is negative or above its denominator; a confidence outside (0, 1).

    Source
    ------
    Wilson (1927), J. Am. Stat. Assoc. 22, 209-212. Checked in tests/spec/test_comparison.py.
    """
    y, n = counts(numerator, denominator)
    return score_interval(y, n, critical(confidence))[1:]


def newcombe(
    before: tuple[npt.ArrayLike, npt.ArrayLike],
    after: tuple[npt.ArrayLike, npt.ArrayLike],
    *,
    confidence: float = 0.95,
) -> tuple[Floats, Floats]:
    """Newcombe's interval of the difference of two independent proportions, after − before.

    Parameters
    ----------
    before, after : pairs (numerator, denominator) of array_like of int, broadcastable to one shape
        Favourable and eligible answers of either period; NaN = missing.
    confidence : float
        In (0, 1).

    Returns
    -------
    low, high : ndarray, of that shape
        Differences in [-1, 1]; NaN where a denominator is 0 or a count is missing.

    Raises
    ------
    ValueError
        As for `wilson`.

    Source
    ------
    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10. Checked in tests/spec/test_comparison.py.
    """
    reach = critical(confidence)
    first, second = (score_interval(*counts(*pair), reach) for pair in (before, after))
    return difference(first, second)[1:]


@np.errstate(all="ignore")
def score_interval(
    y: Floats,
    n: Floats,
    reach: float | Floats,
    *,
    dispersion: float | Floats = 1.0,
    noise: float | Floats = 0.0,
) -> Interval:
    """Proportion and Wilson's limits at `reach` standard errors, NaN of nobody.

    A dispersion of φ counts as one answer in φ; `noise` is the further variance of the proportion, added in
    squares on either side, within [0, 1].
    """
    z, m = reach, n / dispersion
    p = y / n
    middle = (p + z**2 / (2 * m)) / (1 + z**2 / m)
    half = z / (1 + z**2 / m) * np.sqrt(p * (1 - p) / m + z**2 / (4 * m**2))
    low, high = np.clip(middle - half, 0, p), np.clip(middle + half, p, 1)
    more = z**2 * noise
    return (
        p,
        np.clip(p - np.sqrt((p - low) ** 2 + more), 0, 1),
        np.clip(p + np.sqrt((high - p) ** 2 + more), 0, 1),
    )


def difference(first: Interval, second: Interval) -> Interval:
    """Second − first with its limits: distances to the limits add in squares (Newcombe's method 10)."""
    (p_1, low_1, high_1), (p_2, low_2, high_2) = first, second
    gap = p_2 - p_1
    return gap, gap - np.hypot(p_2 - low_2, high_1 - p_1), gap + np.hypot(high_2 - p_2, p_1 - low_1)


@np.errstate(all="ignore")
def noise_variance(p: Floats, n: Floats, variance: float | Floats) -> Floats:
    """Variance that noise adds to a proportion; favourable, neither and unfavourable each bear `variance`.

    The noise e of the favourable count lies in numerator and denominator: its share is e(1−p)/n, that of each
    of the two others −ep/n.
    """
    return np.asarray(variance * ((1 - p) ** 2 + 2 * p**2) / n**2, dtype=np.float64)
