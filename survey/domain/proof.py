"""What `heard prove` found: how well each attack names people, against chance and a naive design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Level = Literal["good", "warning", "bad", "not examined"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attack: how many of `people` it named, against the bar that luck alone stays under."""

    attack: str  # in plain words, e.g. 'order of rows in the write-ahead log'
    people: int
    hits: int
    chance: float  # what guessing names: one in the number of responses of a box
    low: float  # 95 % Wilson interval of hits / people
    high: float
    bar: float  # min(chance, 1/10) + 3 standard deviations
    won: bool  # above the bar, and again in a second run
    examined: bool = True  # False: the database hides what the attack needs
    note: str = ""  # e.g. why it was not examined

    @property
    def accuracy(self) -> float:
        """The share of people named; 0 where nobody was attacked."""
        return self.hits / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Naive:
    """A design without a box, and how many the best of the same attacks names: a broken thief cannot pass."""

    design: str
    attack: str
    accuracy: float
    people: int


@dataclass(frozen=True, slots=True)
class Found:
    """One thing about the operator's own configuration."""

    what: str
    level: Level
    says: str
    do: str = ""  # the remedy, where it is not good


@dataclass(frozen=True, slots=True)
class Proof:
    """A whole run."""

    day: date
    version: str  # of Heard
    database: str  # e.g. 'PostgreSQL 15.20' or 'SQLite 3.46.1'
    people: int
    boxes: int
    attempts: Sequence[Attempt]
    naive: Sequence[Naive]
    configuration: Sequence[Found]
    problems: Sequence[str] = field(default=())  # e.g. 'the thief linked only 60 % of a naive design'

    @property
    def winners(self) -> list[Attempt]:
        """The attacks that named more than luck would, best first."""
        return sorted((one for one in self.attempts if one.won), key=lambda one: -one.accuracy)

    @property
    def holds(self) -> bool:
        """Whether no attack won, the thief was able, and nothing in the configuration breaks the promise."""
        bad = any(one.level == "bad" for one in self.configuration)
        return not (self.winners or self.problems or bad)
