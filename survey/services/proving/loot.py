"""What the thief carries off: traces of people, kept rows with their places, counts, comments, keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from survey.domain.calendar import Span, Week
from survey.services.proving.town import Person

Cell = tuple[str, str, str, str]  # attribute, option, question, group


@dataclass
class Kept:
    """A response as it is kept, with every place that its physical traces have."""

    id: str
    service: str
    span: Span
    answers: Mapping[str, str]
    places: dict[str, float]


@dataclass
class Trace:
    """What the thief saw when one person answered, by comparing backups and reading the log."""

    person: Person
    burned: bytes | None = None  # the ticket's hash that was gone afterwards
    row_id: bytes | None = None  # the waiting row that was new
    box: str | None = None
    body: bytes | None = None
    appeared: list[Mapping[str, str]] = field(default_factory=list)  # answers of kept rows that were new
    changed: str = ""  # rows of any other table that were new or other afterwards
    named: str = ""  # rows of whatever table that name what the answer left: its sealed row, its ticket
    logged: str = ""  # what all libraries logged meanwhile


@dataclass(frozen=True)
class Part:
    """Sealed about-you counts, as they lie until their quarter has ended."""

    id: str
    quarter: str
    icb: str
    pathway: str
    body: bytes


@dataclass
class Comment:
    """A comment as it lies in its table."""

    place: int  # its transaction on PostgreSQL, its row number on SQLite
    felt: str
    words: str

    @property
    def author(self) -> str:
        """Whom it names."""
        return self.words.partition(" ")[0]


@dataclass
class Pool:
    """People and kept rows that belong together: what was counted at once."""

    traces: list[Trace]  # in the order in which they answered, seen from outside
    kept: list[Kept]
    counted: Week  # through which week the tally went
    parts: list[Part] = field(default_factory=list)  # about-you counts that came sealed with these
    comments: dict[str, Comment] = field(default_factory=dict)  # by the author they name


@dataclass
class Release:
    """About-you counts that were new at one look, and the pools whose people they are of."""

    cells: Counter[Cell]
    pools: list[Pool]


@dataclass
class Loot:
    """All of it. `unseen` says what the database hides, by the name of the place."""

    pools: list[Pool] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)  # as they lie
    keys: list[Path] = field(default_factory=list)  # files that are left where keys lay
    unseen: dict[str, str] = field(default_factory=dict)

    @property
    def people(self) -> int:
        return sum(len(pool.traces) for pool in self.pools)

    @property
    def places(self) -> list[str]:
        """Every kind of place that some kept row has."""
        return sorted({name for pool in self.pools for row in pool.kept for name in row.places})


def fits(person: Person, row: Kept) -> bool:
    """Whether a kept row may be this person's by its service and weeks."""
    return row.service == person.service and person.week in row.span
