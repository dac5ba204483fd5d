"""Experiments: people answer, boxes are counted week by week, the thief watches; his loot comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from survey.domain.calendar import Week, quarter_span
from survey.domain.progress import Advance
from survey.services.proving.burglary import Burglary
from survey.services.proving.house import Heard, House
from survey.services.proving.loot import Loot
from survey.services.proving.town import RANDOM, Person, a_response

FIRST = Week(2026, 49)  # some weeks before a quarter ends, so that one does
QUARTER = "2026/27-Q4"


@dataclass(frozen=True)
class Street:
    """One service: how many answer a week, at least and at most, and by what link."""

    code: str
    least: int
    most: int
    poster: bool = False
    every: int = 1  # in one of how many weeks anybody answers


FULL_BOXES = tuple(Street(f"FULL{n}", 10, 13) for n in range(4))
# Boxes of their own for posters; boxes under ten, which are carried into the next weeks, one of them short by
# one response, so that a floor lower by one shows; very small ones; and two services that have not ten in
# thirteen weeks, which are then counted together.
TOWN = (
    *FULL_BOXES[:3],
    Street("POSTER", 10, 13, poster=True),
    Street("FEW", 5, 7),
    Street("NINE", 9, 9),
    *(Street(f"TINY{n}", 1, 3) for n in range(3)),
    *(Street(f"RARE{n}", 1, 1, every=2) for n in range(2)),
)


def people_a_week(streets: Sequence[Street]) -> float:
    """How many answer in a week on average."""
    return sum((street.least + street.most) / 2 / street.every for street in streets)


def burgle(
    house: House, *, streets: Sequence[Street], weeks: int, key_folders: Sequence[Path], advance: Advance
) -> Loot:
    """People of `weeks` weeks answer in mixed order while the thief watches each; each week is counted."""
    numbers = count(1)
    with Burglary(house, key_folders) as burglary:
        for week in (FIRST + n for n in range(weeks)):
            people = [one for street in streets for one in _invited(house, street, week, numbers)]
            RANDOM.shuffle(people)
            burglary.start()
            for person in people:
                burglary.watch(person)
                advance(1)
            with burglary.counting(week):
                house.count(week, burglary.counted)
        last = FIRST + weeks
        with burglary.counting(last):
            house.count(last, burglary.counted)
        return burglary.finish()


def burgle_quarter(house: Heard, *, services: Sequence[str], size: int, advance: Advance) -> Loot:
    """A whole quarter of boxes of `size`, counted as ever, and its about-you counts when it has ended."""
    numbers, span = count(1), quarter_span(QUARTER)
    with Burglary(house, house.scratch.key_folders, orders=False) as burglary:
        for week in (span.first + n for n in range(span.weeks)):
            house.prepare(week)
            for service in services:
                people = [_person(next(numbers), service, week) for _ in range(size)]
                rows = house.deliver(service, week, [person.response for person in people])
                for person, row_id in zip(people, rows, strict=True):
                    burglary.told(person, row_id)
            with burglary.counting(week):
                house.count(week, burglary.counted)
            advance(size * len(services))
        with burglary.counting(span.last + 1):
            house.count(span.last + 1, burglary.counted)
        return burglary.finish()


def _invited(house: House, street: Street, week: Week, numbers: count[int]) -> list[Person]:
    if (week - FIRST) % street.every:
        return []
    size = RANDOM.randint(street.least, street.most)
    tickets = [None] * size if street.poster else house.invite(street.code, size, week)
    return [_person(next(numbers), street.code, week, ticket) for ticket in tickets]


def _person(number: int, service: str, week: Week, ticket: str | None = None) -> Person:
    name = f"P{number:05d}"
    return Person(name, service, week, a_response(name, number), ticket)
