"""P and P′ charts: a proportion over time whose denominators vary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis import segments
from analysis.rules import beyond
from analysis.runs import Runs, runs
from analysis.segments import Bools, Floats


@dataclass(frozen=True, slots=True, eq=False)
class PChart:
    """One P or P′ chart.

    Attributes
    ----------
    points : DataFrame, one row a step in the order given, index 0 to n-1
        value, float, proportion in [0, 1], NaN where nobody answered; segment, int64, rebases so far; centre,
        lower, upper, float, proportions in [0, 1], NaN where not defined; outside, bool, strictly beyond a
        limit.
    runs : DataFrame, one row a segment, index segment
        longest_run, longest_run_max, crossings, crossings_min, int64; signal, bool. All 0 and False where no
        point is off the centre.
    sigma_z : Series of float, index segment
        Variation between steps over what chance alone gives, at least 1; 1 for a P chart.
    """

    points: pd.DataFrame
    runs: pd.DataFrame
    sigma_z: pd.Series[float]


def p_chart(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    *,
    laney: bool = True,
    freeze: int | None = None,
    rebase: Sequence[int] = (),
    screen: bool = True,
) -> PChart:
    """P′ chart (Laney's, wider where steps vary more than chance), or P chart, with Anhøj's runs rules.

    Parameters
    ----------
    numerator, denominator : array_like of int, shape (n,)
        Favourable and eligible answers in order of date; 0 <= numerator <= denominator. A step with
        denominator 0, or NaN in either, is missing.
    laney : bool
        Widen the limits by sigma_z, never below 1.
    freeze : int, optional
        Centre and sigma_z come from this many first steps of a segment, at least 1; None = from all.
    rebase : sequence of int
        Positions, rising, that start a segment.
    screen : bool
        Drop steps of z from 3.267 times their mean on, once.

    Returns
    -------
    PChart
        Defined for no, few and missing counts and those at 0 or 100 % too.

    Raises
    ------
    ValueError
        Shapes differ; a count is negative or infinite, a numerator above its denominator; a rebase is out of
        range or does not rise; freeze is under 1.

    Source
    ------
    Laney (2002), Quality Engineering 14, 531-537; qicharts2 0.8.1, but sigma_z floored at 1: limits are never
    narrower than chance alone. Checked in tests/spec/test_p_chart.py.
    """
    y, n = segments.counts(numerator, denominator)
    segments.whole(freeze, name="freeze", least=1)
    segment = segments.labels(y.size, rebase)
    parts = {
        label: _part(y[segment == label], n[segment == label], freeze=freeze, laney=laney, screen=screen)
        for label in np.unique(segment).tolist()
    }
    points = {
        name: np.concatenate([np.zeros(0), *(getattr(part, name) for part in parts.values())])
        for name in ("value", "centre", "lower", "upper")
    }
    outside = beyond(points["value"], points["lower"], points["upper"]) != 0
    index = pd.Index(parts, dtype="int64", name="segment")
    columns = pd.DataFrame([part.runs for part in parts.values()], index=index, columns=Runs._fields)
    return PChart(
        pd.DataFrame({"value": points.pop("value"), "segment": segment, **points, "outside": outside}),
        columns.astype({"signal": bool} | dict.fromkeys(Runs._fields[:-1], "int64")),
        pd.Series([part.sigma_z for part in parts.values()], index=index, name="sigma_z", dtype="float64"),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One segment of a chart; arrays have its length."""

    value: Floats
    centre: Floats
    lower: Floats
    upper: Floats
    sigma_z: float
    runs: Runs


@np.errstate(all="ignore")
def _part(y: Floats, n: Floats, *, freeze: int | None, laney: bool, screen: bool) -> _Part:
    baseline = segments.baseline(n > 0, freeze)
    centre = y[baseline].sum() / n[baseline].sum()
    sigma_z = spread(y, n, baseline, centre=centre, screen=screen) if laney else 1.0
    lower, upper = lines(n, centre, reach=3 * sigma_z)
    value = y / n
    return _Part(value, np.full(y.shape, centre), lower, upper, sigma_z, runs(np.sign(value - centre)))


def spread(y: Floats, n: Floats, baseline: Bools, *, centre: float, screen: bool) -> float:
    """Laney's sigma_z of one segment, floored at 1: mean |Δz| / 1.128 between baseline neighbours."""
    z = (y / n - centre) / np.sqrt(centre * (1 - centre) / n)
    steps = np.abs(np.diff(np.where(baseline & np.isfinite(z), z, np.nan)))
    return float(np.fmax(1.0, segments.mean_step(steps, screen=screen)[0] / 1.128))


def lines(n: Floats, centre: float, *, reach: float) -> tuple[Floats, Floats]:
    """`centre` less and plus `reach` standard errors in [0, 1], shape (n,); NaN where nobody answered."""
    error = reach * np.sqrt(centre * (1 - centre) / np.where(n > 0, n, np.nan))
    return np.maximum(centre - error, 0.0), np.minimum(centre + error, 1.0)
