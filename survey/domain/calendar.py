"""Weeks, spans of weeks, months and quarters as the NHS counts them: ISO weeks, Europe/London."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """An ISO week; written 2026-W47. The finest time that Heard keeps of a response."""

    year: int
    number: int

    @classmethod
    @lru_cache(maxsize=4096)  # years of them are read at once, and the same ones
    def parse(cls, text: str) -> Week:
        """Read '2026-W47'; ValueError names what is wrong."""
        match = _WEEK.fullmatch(text)
        if match is None:
            raise ValueError(f"a week is written 2026-W47, not {text!r}")
        week = cls(int(match[1]), int(match[2]))
        try:
            _ = week.monday
        except ValueError:
            raise ValueError(f"the year {week.year} has no week {week.number}") from None
        return week

    @classmethod
    def of(cls, day: date) -> Week:
        """The week that `day` lies in."""
        iso = day.isocalendar()
        return cls(iso.year, iso.week)

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def thursday(self) -> date:
        """A week belongs to the month, quarter and year of its Thursday."""
        return self.monday + timedelta(days=3)

    @property
    def quarter(self) -> str:
        """The NHS's quarter, e.g. 2026/27-Q3 (October to December)."""
        return quarter_of(self.thursday)

    @property
    def month(self) -> str:
        """The month of its Thursday, e.g. 2026-11."""
        return f"{self.thursday:%Y-%m}"

    def __add__(self, weeks: int) -> Week:
        return Week.of(self.monday + timedelta(weeks=weeks))

    def __sub__(self, other: Week) -> int:
        """Weeks from `other` to this one."""
        return (self.monday - other.monday).days // 7

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02d}"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Consecutive weeks, both ends included; written 2026-W47 or 2026-W44/2026-W47."""

    first: Week
    last: Week

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a span ends before it begins: {self.first} to {self.last}")

    @classmethod
    def parse(cls, text: str) -> Span:
        first, _, last = text.partition("/")
        return cls(Week.parse(first), Week.parse(last or first))

    @classmethod
    def of(cls, week: Week) -> Span:
        return cls(week, week)

    @property
    def weeks(self) -> int:
        return self.last - self.first + 1

    def __contains__(self, week: Week) -> bool:
        return self.first <= week <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}/{self.last}"


def quarter_of(day: date) -> str:
    """The NHS's quarter of a day; the year begins in April."""
    start = day.year if day.month >= 4 else day.year - 1
    return f"{start}/{(start + 1) % 100:02d}-Q{(day.month - 4) % 12 // 3 + 1}"


def quarter_span(quarter: str) -> Span:
    """The whole weeks of a quarter: those whose Thursday falls in it."""
    match = re.fullmatch(r"(\d{4})/(\d{2})-Q([1-4])", quarter)
    if match is None or int(match[2]) != (int(match[1]) + 1) % 100:
        raise ValueError(f"a quarter is written 2026/27-Q3, not {quarter!r}")
    year, number = int(match[1]), int(match[3])
    return _thursdays(_month_start(year, 3 * number + 1), _month_start(year, 3 * number + 4))


def month_span(month: str) -> Span:
    """The whole weeks of a month (2026-11): those whose Thursday falls in it."""
    match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", month)
    if match is None:
        raise ValueError(f"a month is written 2026-11, not {month!r}")
    year, number = int(match[1]), int(match[2])
    return _thursdays(_month_start(year, number), _month_start(year, number + 1))


def today(now: datetime | None = None) -> date:
    """The day it is in London."""
    return (now or datetime.now(LONDON)).astimezone(LONDON).date()


def this_week(now: datetime | None = None) -> Week:
    """The week it is in London."""
    return Week.of(today(now))


def _month_start(year: int, month: int) -> date:
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def _thursdays(start: date, end: date) -> Span:
    first = start + timedelta(days=(3 - start.weekday()) % 7)
    last = end - timedelta(days=1)
    return Span(Week.of(first), Week.of(last - timedelta(days=(last.weekday() - 3) % 7)))
