"""A course in the height of a table's row: band, average, line and the newest point."""

from __future__ import annotations

from html import escape

from survey.domain.findings import Course, Step
from survey.presenters import axis, layers, words
from survey.presenters.axis import Plot
from survey.presenters.svg import INK, WHITE, element

WIDTH, HEIGHT = 140, 32
SHOWN = 52  # steps: a year of weeks


def sparkline(course: Course) -> str:
    """SVG, 140 × 32, of a course's last year of weeks (or 52 longer steps)."""
    steps = course.steps[-SHOWN:]
    title = element("title", escape(words.title(None, course), quote=False))
    ground = element("rect", width=WIDTH, height=HEIGHT, fill=WHITE)
    return element(
        "svg",
        title + ground + (_drawn(steps) if any(step.value is not None for step in steps) else ""),
        xmlns="http://www.w3.org/2000/svg",
        width=WIDTH,
        height=HEIGHT,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
    )


def _drawn(steps: tuple[Step, ...]) -> str:
    plot = _plot(steps)
    latest = next(step for step in reversed(steps) if step.value is not None)
    x, y = plot.middle(latest), plot.y(latest.value or 0.0)
    way = layers.direction(latest.point_type)
    return "".join(
        (
            layers.band(plot, steps),
            layers.average(plot, steps),
            layers.joined(plot, steps, width=1.3),
            layers.marker(way, x, y, size=3.6) if way else element("circle", cx=x, cy=y, r=2.6, fill=INK),
        )
    )


def _plot(steps: tuple[Step, ...]) -> Plot:
    shares = [one for step in steps for one in (step.value, step.lower, step.upper) if one is not None]
    low, high, _ = axis.extent(shares)
    first, last = steps[0].span.first, steps[-1].span.last
    return Plot(2, 4, WIDTH - 6, HEIGHT - 4, first, last - first + 1, low, high)
