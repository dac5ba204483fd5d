"""Where things lie on a chart: weeks across, shares upwards, and the labels of both axes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor

from survey.domain.calendar import Week
from survey.domain.findings import Step

NARROWEST = 10  # per cent that the y axis shows at least: less would make a ripple look like a wave
_TICKS = (2, 5, 10, 20, 25)
_MONTHS = (1, 2, 3, 6, 12, 24, 60)


@dataclass(frozen=True, slots=True)
class Plot:
    """The rectangle that data are drawn in, in pixels, with the weeks and per cents it stands for."""

    left: float
    top: float
    right: float
    bottom: float
    start: Week
    weeks: int
    low: int
    high: int

    def x(self, weeks: float) -> float:
        """Of so many weeks after the start."""
        return self.left + (self.right - self.left) * weeks / self.weeks

    def at(self, week: Week) -> float:
        """Where a week begins."""
        return self.x(week - self.start)

    def ends(self, step: Step) -> tuple[float, float]:
        """Where a step begins and ends."""
        return self.at(step.span.first), self.at(step.span.last + 1)

    def middle(self, step: Step) -> float:
        return sum(self.ends(step)) / 2

    def y(self, share: float) -> float:
        """Of a share; what lies outside the axis stays on its edge."""
        inside = min(max(100 * share, self.low), self.high)
        return self.bottom - (self.bottom - self.top) * (inside - self.low) / (self.high - self.low)


def extent(shares: Iterable[float]) -> tuple[int, int, int]:
    """The lowest and highest per cent of the range that matters, and the distance of its ticks."""
    inside = [min(max(100 * share, 0.0), 100.0) for share in shares] or [0.0, 100.0]
    low, high = min(inside), max(inside)
    if high - low < NARROWEST:
        middle = min(max((low + high) / 2, NARROWEST / 2), 100 - NARROWEST / 2)
        low, high = middle - NARROWEST / 2, middle + NARROWEST / 2
    tick = next((one for one in _TICKS if (high - low) / one <= 5), _TICKS[-1])
    return tick * floor(low / tick), min(100, tick * ceil(high / tick)), tick


def dates(plot: Plot, *, room: float) -> list[tuple[float, date]]:
    """First days of months that lie on the plot, thinned until each has `room` pixels."""
    every = (plot.right - plot.left) / plot.weeks * 365.25 / 12 / 7  # pixels a month
    apart = next((months for months in _MONTHS if months * every >= room), _MONTHS[-1])
    firsts = _months(plot.start.monday, (plot.start + plot.weeks).monday)
    kept = [day for day in firsts if (12 * day.year + day.month - 1) % apart == 0]
    return [(plot.x((day - plot.start.monday).days / 7), day) for day in kept]


def levels(plot: Plot, tick: int) -> Sequence[int]:
    """The per cents that are labelled."""
    return range(plot.low, plot.high + 1, tick)


def _months(first: date, last: date) -> list[date]:
    """First days of months from `first` up to, not including, `last`."""
    numbers = range(12 * first.year + first.month - 1, 12 * last.year + last.month)
    days = [date(number // 12, number % 12 + 1, 1) for number in numbers]
    return [day for day in days if first <= day < last]
