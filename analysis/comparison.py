"""Proportions and their differences, each with its interval."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

Floats = npt.NDArray[np.float64]


def wilson(
    numerator: npt.ArrayLike, denominator: npt.ArrayLike, *, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Wilson score interval of a proportion.

    Parameters
    ----------
    numerator, denominator : array_like of int, broadcastable to shape (n,)
        Favourable and eligible answers; 0 <= numerator <= denominator.
    confidence : float
        In (0, 1).

    Returns
    -------
    low, high : ndarray, shape (n,)
        Proportions in [0, 1]; NaN where the denominator is 0.

    Raises
    ------
    ValueError
        A numerator is negative or above its denominator; a confidence outside (0, 1).

    Source
    ------
    Wilson (1927), J. Am. Stat. Assoc. 22, 209-212. Checked in tests/spec/test_comparison.py.
    """
    y, n = _counts(numerator, denominator)
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not {confidence}")
    z = norm.ppf((1 + confidence) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = y / n
        middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def newcombe(
    before: tuple[npt.ArrayLike, npt.ArrayLike],
    after: tuple[npt.ArrayLike, npt.ArrayLike],
    *,
    confidence: float = 0.95,
) -> tuple[Floats, Floats]:
    """Newcombe's interval of the difference of two independent proportions, after − before.

    Parameters
    ----------
    before, after : pairs (numerator, denominator) of array_like of int, broadcastable to shape (n,)
        Favourable and eligible answers of either period.
    confidence : float
        In (0, 1).

    Returns
    -------
    low, high : ndarray, shape (n,)
        Differences in [-1, 1]; NaN where a denominator is 0.

    Raises
    ------
    ValueError
        As for `wilson`.

    Source
    ------
    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10. Checked in tests/spec/test_comparison.py.
    """
    low_1, high_1 = wilson(*before, confidence=confidence)
    low_2, high_2 = wilson(*after, confidence=confidence)
    (y_1, n_1), (y_2, n_2) = _counts(*before), _counts(*after)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_1, p_2 = y_1 / n_1, y_2 / n_2
    low = p_2 - p_1 - np.hypot(p_2 - low_2, high_1 - p_1)
    high = p_2 - p_1 + np.hypot(high_2 - p_2, p_1 - low_1)
    return low, high


def _counts(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> tuple[Floats, Floats]:
    y, n = np.broadcast_arrays(
        np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    )
    wrong = ~((y >= 0) & (y <= n))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise ValueError(f"position {at}: {y.flat[at]:g} favourable of {n.flat[at]:g} answers cannot be")
    return y, n
