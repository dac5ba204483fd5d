"""The inequality gap: the highest less the lowest group of an attribute, and whether groups differ at all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import studentized_range

from analysis import checks, exact
from analysis.difference import groups_of
from analysis.multiplicity import benjamini_hochberg
from analysis.proportions import difference, noise_variance, score_interval
from analysis.segments import Bools, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """Inequality gaps, a row a series.

    Attributes
    ----------
    rows : DataFrame, index 0 to m-1
        gap, float in [0, 1], the highest less the lowest group's proportion, with low and high, its interval
        over all pairs of groups; highest, lowest, int, columns of these groups, -1 where there is no gap to
        speak of; groups, int, with answers; p, of all groups having one proportion; q, Benjamini and
        Hochberg's over all rows; exact, bool, p is (or is bounded below by) an exact one. NaN, -1 and False
        under two groups with answers.
    """

    rows: pd.DataFrame


def gap(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    *,
    dispersion: npt.ArrayLike = 1.0,
    noise_sd: float = 0.0,
    confidence: float = 0.95,
    seed: int = 0,
) -> Gap:
    """The inequality gap of one attribute in m series, honest about the choice of its two ends.

    The largest less the smallest of several groups is above 0 even where all are alike. So its interval holds
    for all pairs of groups at once (the studentised range takes the place of 1.96), and the test is of the
    whole attribute. The gap itself still leans upwards: read it with its interval, and nothing into it where
    `low` is not above 0.

    Parameters
    ----------
    numerator, denominator : array_like of int, shape (g,) or (m, g)
        Favourable and eligible answers of each group; NaN = missing or withheld.
    dispersion : float or array_like of float, shape (m,)
        Variance over what chance gives, at least 1.
    noise_sd : float
        Standard deviation of the noise in each group's counts of favourable, neither and unfavourable
        answers; it widens the interval and weakens the test.
    confidence : float
        In (0, 1).
    seed : int
        Of the tables that are drawn for small cells of more than two groups.

    Returns
    -------
    Gap
        p by χ²; where a cell is expected to hold fewer than 5 answers by Fisher's test (two groups) or 9,999
        drawn tables of the same margins, and with dispersion or noise the larger of the two.

    Raises
    ------
    ValueError
        As for `compare_groups`.

    Source
    ------
    Agresti, Bini, Bertaccini and Ryu (2008), Biometrics 64, 1270-1275: studentised range with score-type
    intervals; Newcombe (1998). Checked in tests/spec/test_comparison_groups.py.
    """
    checks.critical(confidence)
    sd = checks.one(noise_sd, name="noise_sd", least=0)
    y, n = groups_of(numerator, denominator)
    factor = checks.dispersion_factor(dispersion, (len(y),))
    groups = (n > 0).sum(axis=1)
    reach = np.array([_reach(int(number), confidence) for number in groups])
    ends = _ends(y, n)
    change, low, high = _between(y, n, ends, (reach, factor, sd**2))
    p, few = _whole(y, n, factor, noise=sd**2, seed=seed)
    rows = {"gap": change, "low": low, "high": high, "highest": ends[:, 1], "lowest": ends[:, 0]}
    return Gap(
        pd.DataFrame({**rows, "groups": groups, "p": p, "q": benjamini_hochberg(p), "exact": few}).astype(
            {"highest": "int64", "lowest": "int64", "groups": "int64"}
        )
    )


@cache
def _reach(groups: int, confidence: float) -> float:
    """Standard errors on either side of a difference, for all pairs of so many groups at once."""
    if groups < 2:
        return float("nan")
    return float(studentized_range.ppf(confidence, groups, np.inf) / np.sqrt(2))


@np.errstate(all="ignore")
def _ends(y: Floats, n: Floats) -> npt.NDArray[np.int64]:
    """Columns of the lowest and highest group, (m, 2); -1 under two groups with answers."""
    ends = np.full((len(y), 2), -1, dtype=np.int64)
    enough = (n > 0).sum(axis=1) >= 2
    share, size = (y / n)[enough], n[enough]
    if share.size:
        # Of groups that share an end the one with most answers: else their order would decide the interval.
        for side, end in enumerate((np.nanmin, np.nanmax)):
            alike = share == end(share, axis=1, keepdims=True)
            ends[enough, side] = np.where(alike, size, -1).argmax(axis=1)
    return ends


@np.errstate(all="ignore")
def _between(
    y: Floats, n: Floats, ends: npt.NDArray[np.int64], widths: tuple[Floats, Floats, float]
) -> tuple[Floats, Floats, Floats]:
    reach, dispersion, variance = widths
    row, sides = np.arange(len(y)), []
    for column in ends.T:
        top, bottom = (
            np.where(column >= 0, table[row, column] if table.size else np.nan, np.nan) for table in (y, n)
        )
        noise = noise_variance(top / bottom, bottom, variance)
        sides.append(score_interval(top, bottom, reach, dispersion=dispersion, noise=noise))
    return difference(sides[0], sides[1])


@np.errstate(all="ignore")
def _whole(y: Floats, n: Floats, dispersion: Floats, *, noise: float, seed: int) -> tuple[Floats, Bools]:
    """p of one proportion in all groups, (m,), and where it rests on an exact one."""
    share = y.sum(axis=1, keepdims=True) / n.sum(axis=1, keepdims=True)
    variance = dispersion[:, np.newaxis] * share * (1 - share) / n + noise_variance(share, n, noise)
    told = n > 0
    weight = np.where(told & (variance > 0), 1 / variance, 0.0)
    middle = np.nansum(weight * y / n, axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    far = np.nansum(weight * (y / n - middle) ** 2, axis=1)
    groups = told.sum(axis=1)
    p = np.where(groups >= 2, exact.chi2_p(far, groups - 1), np.nan)
    few = (groups >= 2) & exact.small(y, n)
    for row in np.flatnonzero(few):
        tops, sizes = y[row, told[row]], n[row, told[row]]
        sure = (
            float(exact.fisher(tops[np.newaxis], sizes[np.newaxis])[0])
            if sizes.size == 2
            else exact.homogeneity(tops, sizes, seed=seed)
        )
        p[row] = sure if dispersion[row] == 1 and noise == 0 else max(sure, p[row])
    return p, few
