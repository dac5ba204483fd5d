"""The chart of the product: XmR of a proportion with limits that stay sensible near 0 and 100 %."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis import pchart, segments, verdict
from analysis.segments import Bools, Floats, Ints
from analysis.xmr import ENOUGH, FIXED_FROM, Limits, frame, judge, limits_of

LINES = ["mean", "lower", "upper", "near_lower", "near_upper"]


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """One chart of a proportion.

    Attributes
    ----------
    points : DataFrame, one row a step in the order given, index 0 to n-1
        The columns of `Xmr.points`, values and lines as proportions, and fallback, bool: the limits of the
        row's segment are those of a P′ chart. There, lines lie in [0, 1], mean is (Σy+½)/(Σn+1), and side is
        against the median of the baseline, so that a run of equal values is on no side. A missing step has
        NaN as value, no rule, and the lines of its segment; under the fallback only the mean.
    variation : str or None
        As in `Xmr`, of the latest step that is not missing; None with under 13 points in the last segment.
    assurance : str or None
        As in `Xmr`; also None with under 13 points in the last segment.
    short_segment : bool
        A segment has fewer than 13 points that are not missing.
    fallback : bool
        A segment's moving ranges are all 0 or undefined, and its limits come from its counts.
    """

    points: pd.DataFrame
    variation: str | None
    assurance: str | None
    short_segment: bool
    fallback: bool


def chart_of(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    *,
    improvement: str = "increase",
    target: float | None = None,
    rebase: Sequence[int] = (),
    fix_after: int | None = None,
    screen: bool = True,
) -> Chart:
    """XmR chart of numerator / denominator; P′ limits where moving ranges give none.

    Missing steps are skipped: neighbours on either side of one are neighbours. A segment whose mean moving
    range is 0 or undefined (all weeks at 100 %, or all but one) takes its limits from its counts.

    Parameters
    ----------
    numerator, denominator : array_like of int, shape (n,)
        Favourable and eligible answers in order of date; 0 <= numerator <= denominator. A step with
        denominator 0, or NaN in either, is missing.
    improvement : {"increase", "decrease", "neutral"}
        The direction that is better.
    target : float, optional
        A proportion in [0, 1].
    rebase : sequence of int
        Positions, rising, that start a segment.
    fix_after : int, optional
        Limits come from this many first points of a segment, at least 12, not counting missing steps.
    screen : bool
        Drop moving ranges from 3.267 times their mean on, once.

    Returns
    -------
    Chart

    Raises
    ------
    ValueError
        As for `xmr` and `p_chart`; a target outside [0, 1].

    Source
    ------
    As for `xmr` and `p_chart`; the median as in run charts: Perla, Provost & Murray (2011), BMJ Quality &
    Safety 20, 46-51. Checked in tests/spec/test_chart_of.py.
    """
    return _chart(
        segments.counts(numerator, denominator),
        improvement=improvement,
        target=target,
        rebase=rebase,
        fix_after=fix_after,
        screen=screen,
        from_counts=False,
    )


def p_prime_chart_of(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    *,
    improvement: str = "increase",
    target: float | None = None,
    rebase: Sequence[int] = (),
    fix_after: int | None = None,
    screen: bool = True,
) -> Chart:
    """P′ chart of numerator / denominator, judged by the rules of 'Making Data Count'.

    As `chart_of`, but every segment has limits from its counts, wider where a step has fewer answers. `side`
    is against the mean; against the median where a segment's moving ranges are all 0 or undefined.
    """
    return _chart(
        segments.counts(numerator, denominator),
        improvement=improvement,
        target=target,
        rebase=rebase,
        fix_after=fix_after,
        screen=screen,
        from_counts=True,
    )


def _chart(
    counts: tuple[Floats, Floats],
    *,
    improvement: str,
    target: float | None,
    rebase: Sequence[int],
    fix_after: int | None,
    screen: bool,
    from_counts: bool,
) -> Chart:
    y, n = counts
    verdict.direction(improvement)
    segments.whole(fix_after, name="fix_after", least=FIXED_FROM)
    targets = _target(target)
    segment = segments.labels(y.size, rebase)
    kept = np.flatnonzero(n)
    y, n, own = y[kept], n[kept], segment[kept]
    values = (y / n)[np.newaxis]
    limits = limits_of(values, own, fix_after=fix_after, screen=screen)
    fallback = ~(limits.upper > limits.mean)[0]
    counted = np.ones_like(fallback) if from_counts else fallback
    limits, side = _counted(limits, (y, n), own, fallback=fallback, counted=counted, screen=screen)
    codes, columns = judge(values, own, limits, improvement=improvement, side=side)
    points = frame(columns, 0).assign(fallback=fallback)
    judged = np.sum(own == segment[-1:]) >= ENOUGH
    ends = verdict.last(limits.lower), verdict.last(limits.upper)
    return Chart(
        _in_place(points, kept, segment, varying=from_counts),
        verdict.variations(verdict.last(codes, empty=0), improvement)[0] if judged else None,
        verdict.assurances(*ends, targets, improvement)[0] if judged else None,
        any(np.sum(own == label) < ENOUGH for label in np.unique(segment)),
        bool(fallback.any()),
    )


@np.errstate(all="ignore")
def _counted(
    limits: Limits, counts: tuple[Floats, Floats], own: Ints, *, fallback: Bools, counted: Bools, screen: bool
) -> tuple[Limits, Floats]:
    """The limits, from counts where `counted` says so, and the side of each point, (1, k)."""
    y, n = counts
    values = y / n
    drawn = np.stack([getattr(limits, name)[0] for name in LINES])
    for span in segments.spans(own):
        if counted[span].any():
            drawn[:, span] = _lines(y[span], n[span], limits.in_baseline[0, span], screen=screen)
    side = np.sign(values - drawn[0])
    for span in segments.spans(own):
        if fallback[span].any():
            side[span] = np.sign(values[span] - np.median(values[span][limits.in_baseline[0, span]]))
    return replace(limits, **dict(zip(LINES, drawn[:, np.newaxis], strict=True))), side[np.newaxis]


def _lines(y: Floats, n: Floats, baseline: Bools, *, screen: bool) -> Floats:
    """`LINES` of one segment, (5, k), around a centre that is never 0 or 1."""
    centre = (y[baseline].sum() + 0.5) / (n[baseline].sum() + 1)
    sigma_z = pchart.spread(y, n, baseline, centre=centre, screen=screen)
    limits = pchart.lines(n, centre, reach=3 * sigma_z)
    near = pchart.lines(n, centre, reach=2 * sigma_z)
    return np.stack([np.full(n.shape, centre), *limits, *near])


def _in_place(points: pd.DataFrame, kept: Ints, segment: Ints, *, varying: bool) -> pd.DataFrame:
    """The points at the positions they were given at, with rows for missing steps between them."""
    if kept.size == segment.size:
        return points
    blank = {"b": False, "i": 0, "f": np.nan}
    rows = pd.RangeIndex(segment.size)
    whole = pd.DataFrame(
        {
            name: column.set_axis(kept).reindex(rows, fill_value=blank.get(column.dtype.kind, ""))
            for name, column in points.items()
        }
    )
    gaps = np.setdiff1d(rows, kept)
    whole["segment"] = segment
    whole.loc[gaps, "point_type"] = "common_cause"
    own = points.groupby("segment")[[*LINES, "fallback"]].first()
    own.loc[own["fallback"] | varying, LINES[1:]] = np.nan
    known = gaps[np.isin(segment[gaps], own.index)]
    for name, column in own.items():
        whole.loc[known, name] = column.loc[segment[known]].to_numpy()
    return whole


def _target(target: float | None) -> Floats:
    """As an array of one, NaN for none; ValueError outside [0, 1]."""
    if target is not None and not 0 <= target <= 1:
        raise ValueError(f"a target is a proportion from 0 to 1; this is {target!r}")
    return np.array([np.nan if target is None else target], dtype=np.float64)
