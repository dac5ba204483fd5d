"""A board to report to: an installation with years of released counts behind every service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.house import House, house
from benchmarks.sizes import Sizes
from benchmarks.years import fill
from survey.domain.calendar import Week
from survey.domain.findings import Course
from survey.domain.organisation import Service
from survey.domain.progress import Advance
from survey.services.courses import courses
from survey.services.release import release
from survey.storage.database import transaction


@dataclass(frozen=True, slots=True)
class Board:
    """What is reported on."""

    house: House
    services: list[Service]
    week: Week

    def courses(self) -> list[Course]:
        """Every course of every service: read, and its control charts computed."""
        with transaction(self.house.engine, reading=True) as session:
            return courses(session, self.house.catalogue, self.services, self.week)


@contextmanager
def board(sizes: Sizes, advance: Advance) -> Iterator[Board]:
    """A board with so many services and weeks; `advance` is told of each service."""
    with house(services=sizes.services) as (built, services):
        week = fill(built, services, sizes, advance)
        release(built.engine, built.catalogue, week)
        yield Board(built, services, week)
