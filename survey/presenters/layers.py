"""The layers of a chart, drawn one over another: hatch, band, average, line, points, answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from survey.domain.findings import Finding, PointType, Step
from survey.presenters.axis import Plot
from survey.presenters.svg import BAND, GREY, INK, LINE, WHITE, element, line, path

CONCERN, IMPROVEMENT, NEUTRAL, COMMON = "#ED8B00", "#0072CE", "#330072", "#768692"
FILL = {"concern": CONCERN, "improvement": IMPROVEMENT, "neutral": NEUTRAL}
Corners = list[tuple[float, float]]


def direction(point: PointType) -> str:
    """'concern', 'improvement', 'neutral'; '' for common cause."""
    return "" if point == "common_cause" else point.split("_")[2]


def marker(way: str, x: float, y: float, *, size: float = 5) -> str:
    """A special-cause point: diamond, square or triangle, so that print in grey tells them apart."""
    outline: dict[str, str | float] = {"fill": FILL[way], "stroke": INK, "stroke_width": 1}
    if way == "concern":
        reach = size * 1.25
        return path([(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)], closed=True, **outline)
    if way == "improvement":
        side = size * 1.7
        return element("rect", x=x - side / 2, y=y - side / 2, width=side, height=side, **outline)
    reach = size * 1.2
    return path([(x, y - reach), (x + reach, y + size), (x - reach, y + size)], closed=True, **outline)


def since(plot: Plot, finding: Finding) -> str:
    """The span that a finding covers, shaded."""
    left = max(plot.at(finding.since), plot.left)
    return element(
        "rect",
        x=left,
        y=plot.top,
        width=max(plot.right - left, 1),
        height=plot.bottom - plot.top,
        fill=FILL[finding.direction],
        fill_opacity="0.11",
    )


def withheld(plot: Plot, steps: Sequence[Step], *, hatch: str) -> str:
    """Steps without a figure, hatched; neighbours in one piece."""
    return "".join(
        element(
            "rect",
            x=plot.ends(run[0])[0],
            y=plot.top,
            width=plot.ends(run[-1])[1] - plot.ends(run[0])[0],
            height=plot.bottom - plot.top,
            fill=f"url(#{hatch})",
        )
        for run in _runs(steps, lambda step: step.value is None)
    )


def band(plot: Plot, steps: Sequence[Step]) -> str:
    """The range that chance alone gives: a pale band whose edges step with the answers."""
    drawn = []
    for run in _runs(steps, lambda step: None not in (step.lower, step.upper)):
        top = [corner for step in run for corner in _edge(plot, step, step.upper)]
        bottom = [corner for step in run for corner in _edge(plot, step, step.lower)]
        drawn.append(path(top + bottom[::-1], closed=True, fill=BAND, fill_opacity="0.85"))
    return "".join(drawn)


def average(plot: Plot, steps: Sequence[Step]) -> str:
    """The centre line, stepped where a new baseline begins."""
    return "".join(
        path(
            [corner for step in run for corner in _edge(plot, step, step.centre)],
            fill="none",
            stroke=GREY,
            stroke_width=1,
        )
        for run in _runs(steps, lambda step: step.centre is not None)
    )


def joined(plot: Plot, steps: Sequence[Step], *, width: float = 1.2) -> str:
    """A thin grey line from point to point, broken where a step is withheld."""
    return "".join(
        path(_corners(plot, run), fill="none", stroke=COMMON, stroke_width=width, stroke_linejoin="round")
        for run in _runs(steps, lambda step: step.value is not None)
        if len(run) > 1
    )


def dots(plot: Plot, steps: Sequence[Step]) -> str:
    """Common-cause points small and grey, then special-cause points over them."""
    radius = 2.6 if len(steps) <= 60 else 1.9
    shown = [(step, *corner) for step in steps if step.value is not None for corner in _corners(plot, [step])]
    quiet = [
        element("circle", cx=x, cy=y, r=radius, fill=COMMON)
        for step, x, y in shown
        if not direction(step.point_type)
    ]
    size = 5 if len(steps) <= 60 else 3.8
    loud = [
        marker(direction(step.point_type), x, y, size=size)
        for step, x, y in shown
        if direction(step.point_type)
    ]
    return "".join(quiet + loud)


def answers(plot: Plot, steps: Sequence[Step], *, top: float, bottom: float) -> str:
    """How many answers are behind each point: faint bars under the axis."""
    most = max((step.n for step in steps), default=0)
    if not most:
        return ""
    bars = []
    for step in steps:
        left, right = plot.ends(step)
        high = (bottom - top) * step.n / most
        space = 0.15 * (right - left) if right - left > 4 else 0
        if step.n:
            wide = min(right - left - 2 * space, 24)
            x = (left + right - wide) / 2
            bars.append(element("rect", x=x, y=bottom - high, width=wide, height=high, fill="#C3CCD2"))
    return "".join(bars) + line(plot.left, bottom, plot.right, bottom, stroke=LINE, stroke_width=1)


def hatch(name: str) -> str:
    """The pattern of what is withheld."""
    stroke = line(0, 0, 0, 7, stroke=LINE, stroke_width=1.6)
    ground = element("rect", width=7, height=7, fill=WHITE)
    return element(
        "pattern",
        ground + stroke,
        id=name,
        width=7,
        height=7,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )


def _edge(plot: Plot, step: Step, share: float | None) -> Corners:
    left, right = plot.ends(step)
    y = plot.y(share or 0.0)
    return [(left, y), (right, y)]


def _corners(plot: Plot, steps: Sequence[Step]) -> Corners:
    return [(plot.middle(step), plot.y(step.value or 0.0)) for step in steps]


def _runs(steps: Sequence[Step], wanted: Callable[[Step], bool]) -> Iterator[list[Step]]:
    for good, run in groupby(steps, key=lambda step: bool(wanted(step))):
        if good:
            yield list(run)
