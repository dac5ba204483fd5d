"""XmR charts as NHS England's 'Making Data Count' draws them: one series, or a batch of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis import rules, segments, verdict
from analysis.rules import Codes
from analysis.segments import Bools, Floats, Ints
from analysis.verdict import Words

Columns = dict[str, npt.NDArray[Any]]

ENOUGH = 13  # points; the limits of a shorter segment are on trial
FIXED_FROM = 12  # points, the shortest baseline that may be fixed


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """The baseline of each series and the limits from it; every field has the shape (m, n)."""

    in_baseline: Bools
    mean: Floats
    lower: Floats
    upper: Floats
    near_lower: Floats
    near_upper: Floats
    moving_range: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Xmr:
    """One XmR chart.

    Attributes
    ----------
    points : DataFrame, one row a value in the order given, index 0 to n-1
        value, float, in the unit of the values, NaN where missing; segment, int64, rebases so far;
        in_baseline, bool, used for the limits; mean, lower, upper, near_lower, near_upper, float, in the unit
        of the values, never clipped, NaN where not defined; moving_range, float, before screening, NaN
        outside the baseline; outside, bool, strictly beyond a limit; side, float, -1, 0 or 1 against the mean
        and NaN where the value is missing; near, bool, strictly between a near limit and its limit; rule,
        str, outside_above, outside_below, trend_up, trend_down, two_of_three_above, two_of_three_below,
        shift_above, shift_below or ''; special_cause, bool; point_type, str, common_cause,
        special_cause_improvement, special_cause_concern, special_cause_neutral_high or
        special_cause_neutral_low.
    variation : str
        Type of the latest point with its side: common_cause, improvement_high, improvement_low, concern_high,
        concern_low, neutral_high or neutral_low.
    assurance : str or None
        consistent_pass, consistent_fail or inconsistent; None without a target or a better direction.
    short_segment : bool
        A segment has fewer than 13 points, missing ones included.
    """

    points: pd.DataFrame
    variation: str
    assurance: str | None
    short_segment: bool


@dataclass(frozen=True, slots=True, eq=False)
class XmrMany:
    """XmR charts of m series over the same n dates; `many[i]` is the `Xmr` of series i.

    Attributes
    ----------
    points : dict of ndarray, each of shape (m, n)
        The columns of `Xmr.points` by their names; words are of dtype object.
    variation, assurance : ndarray of object, shape (m,)
        As in `Xmr`.
    short_segment : bool
        As in `Xmr`; segments are those of all series.
    """

    points: Columns
    variation: Words
    assurance: Words
    short_segment: bool

    def __len__(self) -> int:
        return len(self.variation)

    def __getitem__(self, row: int) -> Xmr:
        return Xmr(frame(self.points, row), self.variation[row], self.assurance[row], self.short_segment)


def xmr(
    values: npt.ArrayLike,
    *,
    improvement: str = "increase",
    target: float | None = None,
    rebase: Sequence[int] = (),
    fix_after: int | None = None,
    screen: bool = True,
) -> Xmr:
    """XmR chart of one series, with limits and rules that restart in each segment.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        In order of date, in any unit; NaN = missing.
    improvement : {"increase", "decrease", "neutral"}
        The direction that is better.
    target : float, optional
        In the unit of the values.
    rebase : sequence of int
        Positions, rising, that start a segment.
    fix_after : int, optional
        Limits come from this many first points of a segment, at least 12; None = from all.
    screen : bool
        Drop moving ranges from 3.267 times their mean on, once.

    Returns
    -------
    Xmr
        Defined for no, few, missing and equal values too: there limits are NaN and points common cause.

    Raises
    ------
    ValueError
        An infinite value, an unknown direction, a rebase that is out of range or does not rise, a fix_after
        under 12, a target that is not finite.

    Source
    ------
    NHS England, Making Data Count; NHSRplotthedots 0.2.2. Checked in tests/spec/test_xmr.py.
    """
    batch = segments.series(values, dimensions=1)[np.newaxis]
    targets = None if target is None else segments.series([target], dimensions=1)
    if targets is not None and np.isnan(targets).any():
        raise ValueError(f"a target is a number or None; this is {target!r}")
    return xmr_many(
        batch, improvement=improvement, target=targets, rebase=rebase, fix_after=fix_after, screen=screen
    )[0]


def xmr_many(
    values: npt.ArrayLike,
    *,
    improvement: str = "increase",
    target: npt.ArrayLike | None = None,
    rebase: Sequence[int] = (),
    fix_after: int | None = None,
    screen: bool = True,
) -> XmrMany:
    """XmR charts of many series over the same dates, as `xmr` draws each of them.

    Parameters
    ----------
    values : array_like of float, shape (m, n)
        A row a series; NaN = missing.
    target : float or array_like of float, shape (m,), optional
        One for all or one for each; NaN = none for that series.
    improvement, rebase, fix_after, screen
        As for `xmr`, the same for all series.

    Returns
    -------
    XmrMany

    Raises
    ------
    ValueError
        As for `xmr`; a number of targets that is not that of the series.

    Source
    ------
    As for `xmr`. Checked row by row in tests/property/test_spc.py.
    """
    batch = segments.series(values, dimensions=2)
    verdict.direction(improvement)
    segments.whole(fix_after, name="fix_after", least=FIXED_FROM)
    targets = _targets(target, len(batch))
    segment = segments.labels(batch.shape[1], rebase)
    limits = limits_of(batch, segment, fix_after=fix_after, screen=screen)
    codes, points = judge(batch, segment, limits, improvement=improvement)
    ends = verdict.last(limits.lower), verdict.last(limits.upper)
    return XmrMany(
        points,
        verdict.variations(verdict.last(codes, empty=0), improvement),
        verdict.assurances(*ends, targets, improvement),
        bool((np.bincount(segment)[segment] < ENOUGH).any()),
    )


@np.errstate(all="ignore")
def limits_of(values: Floats, segment: Ints, *, fix_after: int | None, screen: bool) -> Limits:
    """Mean and limits of every series, (m, n), from the baseline of each segment."""
    pieces = [_limits(values[:, span], fix_after, screen) for span in segments.spans(segment)]
    names = [field.name for field in fields(Limits)]
    return Limits(*(np.concatenate([getattr(piece, name) for piece in pieces], axis=1) for name in names))


@np.errstate(all="ignore")
def judge(
    values: Floats, segment: Ints, limits: Limits, *, improvement: str, side: Floats | None = None
) -> tuple[Codes, Columns]:
    """The codes of `rules`, (m, n), and the points' columns; `side` is that of the mean unless given."""
    side = np.sign(values - limits.mean) if side is None else side
    outside = rules.beyond(values, limits.lower, limits.upper)
    near = (outside == 0) & (rules.beyond(values, limits.near_lower, limits.near_upper) != 0)
    codes = np.zeros(values.shape, dtype=np.int8)
    for span in segments.spans(segment):
        part = (slice(None), span)
        codes[part] = rules.first_rule(values[part], side[part], near[part], outside[part])
    columns: Columns = {"value": values, "segment": np.broadcast_to(segment, values.shape)}
    columns |= {field.name: getattr(limits, field.name) for field in fields(Limits)}
    columns |= {"outside": outside != 0, "side": side, "near": near, "rule": rules.rule_names(codes)}
    columns |= {"special_cause": codes != 0, "point_type": verdict.point_types(codes, improvement)}
    return codes, columns


def frame(columns: Columns, row: int) -> pd.DataFrame:
    """The points of one series."""
    points = pd.DataFrame({name: column[row] for name, column in columns.items()})
    return points.astype({"rule": "str", "point_type": "str"})  # also where there are no points


def _limits(values: Floats, fix_after: int | None, screen: bool) -> Limits:
    """Limits of one segment; 2.66 = 3 / 1.128, the mean moving range of two normal values of SD 1."""
    baseline = segments.baseline(~np.isnan(values), fix_after)
    kept = np.where(baseline, values, np.nan)
    moving = np.abs(np.diff(kept, axis=1, prepend=np.nan))
    mean, reach = segments.row_mean(kept), 2.66 * segments.mean_step(moving, screen=screen)
    return Limits(
        in_baseline=baseline,
        mean=np.broadcast_to(mean, values.shape),
        lower=np.broadcast_to(mean - reach, values.shape),
        upper=np.broadcast_to(mean + reach, values.shape),
        near_lower=np.broadcast_to(mean - 2 / 3 * reach, values.shape),
        near_upper=np.broadcast_to(mean + 2 / 3 * reach, values.shape),
        moving_range=moving,
    )


def _targets(target: npt.ArrayLike | None, number: int) -> Floats:
    if target is None:
        return np.full(number, np.nan)
    given = segments.series(np.atleast_1d(np.asarray(target, dtype=np.float64)), dimensions=1)
    if given.size not in (1, number):
        raise ValueError(f"{given.size} targets do not go with {number} series")
    return np.broadcast_to(given, number)
