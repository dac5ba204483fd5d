"""Dates as exports write them, and the rule by which swapped days and months are settled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

Order = Literal["day/month/year", "month/day/year", "year-month-day"]
ORDERS: tuple[Order, ...] = ("day/month/year", "month/day/year", "year-month-day")
Disagreeing = Literal["common-day", "reject"]
DISAGREEING: tuple[Disagreeing, ...] = ("common-day", "reject")

# A time of day may follow and is dropped: the week is the finest that is kept.
_TIME = r"(?:[ T]\d{1,2}:\d{2}.{0,20})?"
_YEAR_LAST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})" + _TIME)
_YEAR_FIRST = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})" + _TIME)


@dataclass(frozen=True, slots=True)
class DateRule:
    """In which orders a date may be read, the likeliest first; apart for dates without leading zeros."""

    column: str
    padded: tuple[Order, ...]
    unpadded: tuple[Order, ...]
    disagreeing: Disagreeing
    earliest: date

    def readings(self, text: str) -> tuple[date, ...]:
        """Every day that `text` can mean under the rule, the likeliest first; none where it is not a date."""
        return _readings(text, self.padded, self.unpadded)

    def settle(self, readings: Sequence[tuple[date, ...]]) -> date | None:
        """The one day that the rows of one person mean; None where that cannot be told.

        Rows whose likeliest readings agree mean that day. Else it is the only day that all of them can mean.
        """
        if len({days[0] for days in readings}) == 1:
            return readings[0][0]
        common = set[date].intersection(*(set(days) for days in readings))
        return common.pop() if len(common) == 1 and self.disagreeing == "common-day" else None

    def words(self) -> tuple[str, ...]:
        """The rule as it is printed."""
        settled = (
            "a response whose rows have different dates gets the one day that all of them can mean; where "
            "there is none, or more than one, all its rows are rejected"
            if self.disagreeing == "common-day"
            else "a response whose rows have different dates is rejected with all its rows"
        )
        return (
            f"with leading zeros (05/06/2022) a date is read {_in_turn(self.padded)}",
            f"without leading zeros (5/31/2022) it is read {_in_turn(self.unpadded)}",
            settled,
            f"a day before {self.earliest} or after today is rejected",
            "of the day only its ISO week is kept",
        )


@lru_cache(maxsize=8192)
def _readings(text: str, padded: tuple[Order, ...], unpadded: tuple[Order, ...]) -> tuple[date, ...]:
    parts = _parts(text)
    if parts is None:
        return ()
    orders = unpadded if any(part.isdigit() and len(part) == 1 for part in parts) else padded
    return tuple(dict.fromkeys(_days(parts, orders)))


def _parts(text: str) -> tuple[str, str, str] | None:
    match = _YEAR_LAST.fullmatch(text) or _YEAR_FIRST.fullmatch(text)
    return None if match is None else (match[1], match[2], match[3])


def _days(parts: tuple[str, str, str], orders: Iterable[Order]) -> Iterable[date]:
    for order in orders:
        named = dict(zip(re.split("[/-]", order), parts, strict=True))
        if len(named["year"]) != 4:
            continue
        try:
            yield date(int(named["year"]), int(named["month"]), int(named["day"]))
        except ValueError:
            continue  # no such day in this order; another may have it


def _in_turn(orders: Sequence[Order]) -> str:
    return ", else ".join(orders)
