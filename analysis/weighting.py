"""Direct standardisation: what a proportion would be if those who answered were made up like a population."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis import checks
from analysis.proportions import noise_variance, score_interval
from analysis.segments import Bools, Floats

LEAST = 10  # answers; fewer carry a whole group's weight on a handful of people


@dataclass(frozen=True, slots=True, eq=False)
class Standardised:
    """Standardised proportions, a row a series.

    Attributes
    ----------
    rows : DataFrame, index 0 to m-1
        rate, float in [0, 1], standardised, with low and high, its interval; crude, the plain proportion of
        the groups used; n, their answers; effective_n, Kish's, answers that an unweighted proportion of the
        same precision would need; coverage, share in [0, 1] of the population in groups used; refused, bool,
        too little of the population is covered: rate, low, high and effective_n are then NaN.
    used : ndarray of bool, shape (m, g)
        Groups that entered: at least 10 answers and a share of the population.
    left_out : tuple of tuples of int, length m
        Columns of the groups of the population that did not, in order.
    """

    rows: pd.DataFrame
    used: Bools
    left_out: tuple[tuple[int, ...], ...]


def standardised(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    population: npt.ArrayLike,
    *,
    dispersion: npt.ArrayLike = 1.0,
    noise_sd: float = 0.0,
    least_coverage: float = 0.9,
    confidence: float = 0.95,
) -> Standardised:
    """Standardise proportions directly by one about-you attribute.

    Groups under 10 answers are never used; the others then stand for them. A series of which groups used make
    up less than `least_coverage` of the population is refused. Series that leave out different groups are
    not to be compared with each other.

    Parameters
    ----------
    numerator, denominator : array_like of int, shape (g,) or (m, g)
        Favourable and eligible answers of each group of one or m series; NaN = missing or withheld.
    population : array_like of float, shape (g,)
        People, or shares, of each group in the population; at least 0, not all 0.
    dispersion : float or array_like of float, shape (m,)
        Variance over what chance gives, at least 1.
    noise_sd : float
        Standard deviation of the noise in each group's counts of favourable, neither and unfavourable
        answers; it widens intervals.
    least_coverage : float
        In [0, 1].
    confidence : float
        In (0, 1).

    Returns
    -------
    Standardised
        The interval adds the distances to each group's Wilson limits in squares, as Newcombe's does for a
        difference. Dobson's and Fay and Feuer's intervals are for rare events (Poisson): at a proportion of
        0.85 their variance is more than six times too large.

    Raises
    ------
    ValueError
        As for `compare_groups`; a population that is negative, infinite, missing, all 0 or of another length.

    Source
    ------
    Zou, Huang and Zhang (2009), Computational Statistics and Data Analysis 53, 1080-1085; Kish (1965), Survey
    Sampling, 11.7. Checked in tests/spec/test_weighting.py.
    """
    reach, sd = checks.critical(confidence), checks.one(noise_sd, name="noise_sd", least=0)
    floor = checks.one(least_coverage, name="least_coverage", least=0, most=1)
    y, n = (np.atleast_2d(table) for table in checks.counts(numerator, denominator, whole=True))
    people = _people(population, y.shape)
    factor = checks.dispersion_factor(dispersion, (len(y),))
    used = (n >= LEAST) & (people > 0)
    covered = np.where(used, people, 0.0).sum(axis=1) / people.sum()
    refused = (covered < floor - 1e-12) | ~used.any(axis=1)
    rows = _rates(np.where(used, y, 0.0), np.where(used, n, 0.0), people, (reach, factor, sd**2))
    told = rows.assign(coverage=covered, refused=refused)
    told.loc[refused, ["rate", "low", "high", "effective_n"]] = np.nan
    left = tuple(tuple(np.flatnonzero(~row & (people > 0)).tolist()) for row in used)
    return Standardised(told, used, left)


def _people(population: npt.ArrayLike, shape: tuple[int, ...]) -> Floats:
    people = checks.numbers(population, name="population", least=0, missing=False)
    if len(shape) != 2 or people.shape != shape[1:]:
        raise ValueError(f"a population of shape {people.shape} does not go with counts of {shape}")
    if not people.sum() > 0:
        raise ValueError(f"a population has people in at least one group; this is {people.tolist()}")
    return people


@np.errstate(all="ignore")
def _rates(y: Floats, n: Floats, people: Floats, widths: tuple[float, Floats, float]) -> pd.DataFrame:
    """Columns of `Standardised.rows` from the groups used; 0 answers where a group is not."""
    reach, dispersion, variance = widths
    told = n > 0
    share = np.where(told, people, 0.0)
    weight = share / share.sum(axis=1, keepdims=True)
    noise = noise_variance(y / n, n, variance)
    p, low, high = score_interval(y, n, reach, dispersion=dispersion[:, np.newaxis], noise=noise)
    rate = np.nansum(weight * p, axis=1)
    columns = {
        "rate": rate,
        "low": rate - np.sqrt(np.nansum((weight * (p - low)) ** 2, axis=1)),
        "high": rate + np.sqrt(np.nansum((weight * (high - p)) ** 2, axis=1)),
        "crude": y.sum(axis=1) / n.sum(axis=1),
        "n": n.sum(axis=1),
        "effective_n": 1 / np.nansum(weight**2 / n, axis=1),
    }
    return pd.DataFrame(columns)
