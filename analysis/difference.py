"""Differences between two periods, and between each group and the rest: tests with their effect sizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from analysis import checks, exact
from analysis.multiplicity import benjamini_hochberg
from analysis.proportions import difference, noise_variance, score_interval
from analysis.segments import Floats

Pair = tuple[npt.ArrayLike, npt.ArrayLike]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Differences of proportions, a row each.

    Attributes
    ----------
    rows : DataFrame
        reference, value, float, proportions in [0, 1]: before and after, or the rest and the group;
        difference, value − reference, with low and high, its interval, in [-1, 1]; p, of no difference; q,
        Benjamini and Hochberg's over all rows; exact, bool, p is (or is bounded below by) an exact one. NaN
        and False where either side has no answers.
    """

    rows: pd.DataFrame


def compare_periods(
    before: Pair, after: Pair, *, dispersion: npt.ArrayLike = 1.0, confidence: float = 0.95
) -> Comparison:
    """Compare two periods of many series at once.

    Parameters
    ----------
    before, after : pairs (numerator, denominator) of array_like of int, broadcastable to shape (m,)
        Favourable and eligible answers of either period; NaN = missing.
    dispersion : float or array_like of float, shape (m,)
        Variance over what chance gives, at least 1. It widens the interval and weakens the test.
    confidence : float
        In (0, 1), of the interval of each row.

    Returns
    -------
    Comparison
        One row a series, in order. The interval is Newcombe's. p is that of the score test (Pearson's χ²
        without correction); where a cell is expected to hold fewer than 5 answers it is Fisher's, and with
        dispersion the larger of the two. Fisher's is conservative, so it may exceed 5 % while the interval
        leaves out 0; it keeps its level whatever the proportion, which the approximate ones do not, and is
        computed for thousands of rows at once, which Barnard's and Boschloo's are not.

    Raises
    ------
    ValueError
        As for `wilson`; an answer count that is not whole; a dispersion below 1; shapes that differ.

    Source
    ------
    Newcombe (1998), Statistics in Medicine 17, 873-890; the choice of test: Cochran (1954), Biometrics 10,
    417-451. Checked in tests/spec/test_comparison.py.
    """
    reach = checks.critical(confidence)
    sides = [np.atleast_1d(*checks.counts(*pair, whole=True)) for pair in (before, after)]
    try:
        y_1, n_1, y_2, n_2 = np.broadcast_arrays(*sides[0], *sides[1])
    except ValueError as error:
        shapes = " and ".join(str(side[0].shape) for side in sides)
        raise ValueError(f"periods of the shapes {shapes} do not go together") from error
    if y_1.ndim != 1:
        raise ValueError(f"series come in one dimension; theirs is the shape {y_1.shape}")
    y, n = np.stack([y_1, y_2], axis=1), np.stack([n_1, n_2], axis=1)
    factor = checks.dispersion_factor(dispersion, y_1.shape)
    return Comparison(_compared(y, n, reach, dispersion=factor, noise=np.zeros(2)))


def compare_groups(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    *,
    dispersion: npt.ArrayLike = 1.0,
    noise_sd: float = 0.0,
    confidence: float = 0.95,
) -> Comparison:
    """Compare each group with all the others of its series together.

    Parameters
    ----------
    numerator, denominator : array_like of int, shape (g,) or (m, g)
        Favourable and eligible answers of each group, of one or of m series; NaN = missing or withheld.
    dispersion : float or array_like of float, shape (m,)
        Variance over what chance gives, at least 1.
    noise_sd : float
        Standard deviation of the noise in each group's counts of favourable, neither and unfavourable
        answers; it widens intervals and weakens tests.
    confidence : float
        In (0, 1), of the interval of each row.

    Returns
    -------
    Comparison
        m × g rows, indexed by series and group; q over all of them. Tests as in `compare_periods`; with noise
        an exact p is a lower bound and the larger p counts.

    Raises
    ------
    ValueError
        As for `compare_periods`; noise_sd negative; neither one nor two dimensions.

    Source
    ------
    As for `compare_periods`. Checked in tests/spec/test_comparison_groups.py.
    """
    reach, sd = checks.critical(confidence), checks.one(noise_sd, name="noise_sd", least=0)
    y, n = groups_of(numerator, denominator)
    told = n > 0
    others = told.sum(axis=1, keepdims=True) - told
    tops, bottoms = (
        np.stack([table.sum(axis=1, keepdims=True) - table, table], axis=-1).reshape(-1, 2)
        for table in (y, n)
    )
    noise = sd**2 * np.stack([others, told], axis=-1).reshape(-1, 2)
    factor = np.repeat(checks.dispersion_factor(dispersion, (len(y),)), y.shape[1])
    rows = _compared(tops, bottoms, reach, dispersion=factor, noise=noise)
    names = [range(y.shape[0]), range(y.shape[1])]
    return Comparison(rows.set_index(pd.MultiIndex.from_product(names, names=["series", "group"])))


def groups_of(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Whole counts of groups as (m, g); one series is one row."""
    y, n = checks.counts(numerator, denominator, whole=True)
    if y.ndim not in (1, 2):
        raise ValueError(f"groups come as (g,) or (m, g); these are of the shape {y.shape}")
    return np.atleast_2d(y), np.atleast_2d(n)


@np.errstate(all="ignore")
def _compared(y: Floats, n: Floats, reach: float, *, dispersion: Floats, noise: Floats) -> pd.DataFrame:
    # (m, 2): reference and value; noise is the variance in each count, summed over the groups of a side.
    added = noise_variance(y / n, n, noise)
    sides = [
        score_interval(y[:, side], n[:, side], reach, dispersion=dispersion, noise=added[:, side])
        for side in (0, 1)
    ]
    change, low, high = difference(sides[0], sides[1])
    told = (n > 0).all(axis=1)
    share = (y.sum(axis=1) / n.sum(axis=1))[:, np.newaxis]
    chance = dispersion * (share * (1 - share) / n).sum(axis=1)
    blur = noise_variance(share, n, noise).sum(axis=1)
    p = 2 * norm.sf(np.abs(change) / np.sqrt(chance + blur))
    p = np.where(told, np.where(chance + blur > 0, p, 1.0), np.nan)
    few = told & exact.small(y, n)
    sure = np.full(len(y), np.nan)
    sure[few] = exact.fisher(y[few], n[few])
    plain = (dispersion == 1) & (np.broadcast_to(noise, y.shape).sum(axis=1) == 0)
    p = np.where(few, np.where(plain, sure, np.fmax(sure, p)), p)
    columns = {"reference": sides[0][0], "value": sides[1][0], "difference": change, "low": low, "high": high}
    return pd.DataFrame({**columns, "p": p, "q": benjamini_hochberg(p), "exact": few})
