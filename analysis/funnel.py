"""Funnel plots: proportions and standardised ratios of units against what is expected of their size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import chi2

from analysis import checks, dispersion
from analysis.segments import Floats

REACH = {"95": 1.959964, "99.8": 3.090232}  # standard errors, to six places as the field's tables have them
TAIL = {"95": 0.025, "99.8": 0.001}


@dataclass(frozen=True, slots=True, eq=False)
class Funnel:
    """Units and the limits of their size. It ranks nobody: a league table is not to be made of it.

    Attributes
    ----------
    units : DataFrame, one row a unit in the order given, index 0 to n-1
        ratio, float, proportion in [0, 1], or observed over expected; y, its transform (arcsine of the square
        root in radians, or natural logarithm); s, standard error of y; z, (y − target's transform) / s;
        lower, upper, float, limits in the unit of ratio; outlier, bool, strictly beyond a limit. NaN and
        False for a unit without answers.
    target : float
        Σ numerator / Σ denominator, or 1 for standardised ratios; NaN where nobody answered.
    phi : float
        Mean of z² after trimming; 1 = as chance alone makes it. NaN without units.
    tau2 : float
        Variance between units beyond chance, in squares of the unit of y; as estimated, 0 for one unit.
    limits : str
        '95' or '99.8', percent.
    overdispersion : bool
        tau2 is in the limits.
    """

    units: pd.DataFrame
    target: float
    phi: float
    tau2: float
    limits: str
    overdispersion: bool

    def limits_at(self, denominators: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Lower and upper limit of units of these sizes, in the unit of ratio; NaN for size 0 or NaN.

        ValueError names a size that is negative or infinite.
        """
        sizes = checks.numbers(denominators, name="denominators", least=0)
        return _proportion_limits(sizes, self.target, REACH[self.limits], self._between)

    @property
    def _between(self) -> float:
        return self.tau2 if self.overdispersion else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class StandardisedFunnel(Funnel):
    """A funnel of observed over expected; its sizes are expected numbers."""

    def limits_at(self, denominators: npt.ArrayLike) -> tuple[Floats, Floats]:
        """As `Funnel.limits_at`, of expected numbers."""
        sizes = checks.numbers(denominators, name="expected", least=0)
        return _ratio_limits(sizes, self.limits, self._between)


def funnel(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    *,
    limits: str = "99.8",
    overdispersion: bool = True,
    trim: float = 0.1,
) -> Funnel:
    """Funnel of proportions with additive over-dispersion.

    Parameters
    ----------
    numerator, denominator : array_like of int, shape (n,)
        Favourable and eligible answers of each unit; 0 <= numerator <= denominator. A unit with denominator
        0, or NaN in either, keeps its row and changes nothing else.
    limits : {"95", "99.8"}
        Percent of units within them that differ by chance (and, widened, by the usual) alone.
    overdispersion : bool
        Widen the limits by what units usually differ beyond chance.
    trim : float
        Share in [0, 0.5) of either end of z that is drawn in before φ and τ² are estimated.

    Returns
    -------
    Funnel
        Defined for no and one unit too.

    Raises
    ------
    ValueError
        As for `wilson`; not one dimension; limits or trim out of range.

    Source
    ------
    Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202; FunnelPlotR 0.6.0, but the angle of a limit is
    clamped to [0, π/2] where the package folds it back. Checked in tests/spec/test_funnel.py.
    """
    y, n = checks.counts(numerator, denominator)
    _options(y, limits, trim)
    told = n > 0
    with np.errstate(all="ignore"):
        target = float(np.float64(y.sum()) / n.sum())
        ratio = y / n
        angle, s = np.arcsin(np.sqrt(ratio)), np.where(told, 1 / (2 * np.sqrt(n)), np.nan)
        z = (angle - np.arcsin(np.sqrt(target))) / s
    phi, tau2 = dispersion.between(dispersion.winsorised(z[told], trim), s[told])
    ends = _proportion_limits(n, target, REACH[limits], tau2 if overdispersion else 0.0)
    return Funnel(_frame(ratio, ends, y=angle, s=s, z=z), target, phi, tau2, limits, overdispersion)


def standardised_funnel(
    observed: npt.ArrayLike,
    expected: npt.ArrayLike,
    *,
    limits: str = "95",
    overdispersion: bool = True,
    trim: float = 0.1,
) -> StandardisedFunnel:
    """Funnel of observed over expected numbers around 1, as England's SHMI draws it.

    Parameters
    ----------
    observed, expected : array_like of float, shape (n,)
        Number seen in each unit, and expected of its patients; both at least 0. A unit expected 0, or NaN in
        either, keeps its row and changes nothing else.
    limits, overdispersion
        As for `funnel`. Without variation beyond chance the limits are exact Poisson ones.
    trim : float
        Share in [0, 0.5) of units, rounded down, that is left out at either end of z.

    Returns
    -------
    StandardisedFunnel
        y = ln(observed / expected), s = 1/√expected; y of a unit with none observed is that of one half.

    Raises
    ------
    ValueError
        Shapes differ or are not of one dimension; a number is negative or infinite; limits or trim out of
        range.

    Source
    ------
    FunnelPlotR 0.6.0 (SHMI form); Spiegelhalter (2005). Checked in tests/spec/test_funnel.py.
    """
    seen = checks.numbers(observed, name="observed", least=0)
    sizes = checks.numbers(expected, name="expected", least=0)
    if seen.shape != sizes.shape:
        raise ValueError(f"observed numbers of shape {seen.shape} do not go with expected of {sizes.shape}")
    _options(seen, limits, trim)
    told = ~np.isnan(seen) & (sizes > 0)
    sizes = np.where(told, sizes, np.nan)
    ratio, s = seen / sizes, 1 / np.sqrt(sizes)
    y = np.log(np.where(seen == 0, 0.5, seen) / sizes)
    z = y / s
    kept = np.flatnonzero(told)[dispersion.untrimmed(z[told], trim)]
    phi, tau2 = dispersion.between(z[kept], s[kept])
    ends = _ratio_limits(sizes, limits, tau2 if overdispersion else 0.0)
    return StandardisedFunnel(_frame(ratio, ends, y=y, s=s, z=z), 1.0, phi, tau2, limits, overdispersion)


def _options(units: Floats, limits: str, trim: float) -> None:
    if units.ndim != 1:
        raise ValueError(f"units come in one dimension; theirs is the shape {units.shape}")
    if limits not in REACH:
        raise ValueError(f"limits are {' or '.join(REACH)} percent, not {limits!r}")
    if not 0 <= trim < 0.5:
        raise ValueError(f"a share to trim lies from 0 to below 0.5; this is {trim!r}")


@np.errstate(all="ignore")
def _proportion_limits(n: Floats, target: float, reach: float, tau2: float) -> tuple[Floats, Floats]:
    sizes = np.where(n > 0, n, np.nan)
    half, middle = reach * np.sqrt(1 / (4 * sizes) + tau2), np.arcsin(np.sqrt(target))
    angles = np.clip(middle - half, 0, np.pi / 2), np.clip(middle + half, 0, np.pi / 2)
    return np.sin(angles[0]) ** 2, np.sin(angles[1]) ** 2


@np.errstate(all="ignore")
def _ratio_limits(sizes: Floats, limits: str, tau2: float) -> tuple[Floats, Floats]:
    e = np.where(sizes > 0, sizes, np.nan)
    if tau2 > 0:
        half = REACH[limits] * np.sqrt(1 / e + tau2)
        return np.exp(-half), np.exp(half)
    tail = TAIL[limits]
    return chi2.ppf(tail, 2 * e) / (2 * e), chi2.isf(tail, 2 * e + 2) / (2 * e)


def _frame(ratio: Floats, ends: tuple[Floats, Floats], **transformed: Floats) -> pd.DataFrame:
    columns = {"ratio": ratio, **transformed, "lower": ends[0], "upper": ends[1]}
    return pd.DataFrame({**columns, "outlier": (ratio < ends[0]) | (ratio > ends[1])})
