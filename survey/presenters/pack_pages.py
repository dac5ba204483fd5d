"""The pages of a board pack in words and figures, every text already known to fit its place."""

from __future__ import annotations

from dataclasses import dataclass

from survey.domain.findings import Course, Finding
from survey.presenters.grid import Grid
from survey.presenters.pack_words import Section
from survey.presenters.service_table import Table


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the first page: the name of its icon, its word, and the sentence."""

    icon: str
    word: str
    text: str
    detail: str  # a second paragraph where there is room; '' for none
    bold: bool  # a change; the rest are how other services stand
    height: float  # inches


@dataclass(frozen=True, slots=True)
class Front:
    """The first page: what changed and what the board is asked."""

    title: str
    title_size: int
    subtitle: str
    changes: tuple[Change, ...]
    changes_size: int
    gap: float  # inches between changes
    more: str  # what there was no room for; '' for nothing
    figures: tuple[tuple[str, str], ...]  # a large figure and what it counts
    asked: tuple[Section, ...]
    asked_size: int


@dataclass(frozen=True, slots=True)
class GridPage:
    """The second page: variation × assurance."""

    title: str
    title_size: int
    subtitle: str
    grid: Grid
    note: str  # services that are not in the grid, and why; '' for none


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One finding's page."""

    title: str
    title_size: int
    subtitle: str
    course: Course
    finding: Finding
    alt: str
    key: str  # what the native chart's points and lines are; the drawn one says it itself
    marks: str  # vertical marks by name and day; '' for none
    sections: tuple[Section, ...]
    sections_size: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the table of services, with the notes beside and under it where it is short."""

    title: str
    title_size: int
    subtitle: str
    table: Table
    notes: tuple[Section, ...] = ()
    notes_size: int = 14
    under: tuple[Section, ...] = ()  # at 14 points


@dataclass(frozen=True, slots=True)
class Columns:
    """A page of two columns of words: comparisons, or how the figures were made."""

    title: str
    title_size: int
    left: tuple[Section, ...]
    right: tuple[Section, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Pack:
    """A whole pack, in the order of its pages."""

    title: str
    node: str
    footer: str
    front: Front
    grid: GridPage
    exhibits: tuple[Exhibit, ...]
    comparison: Columns | None  # services beside others, groups of patients; where there are any
    listings: tuple[Listing, ...]
    method: Columns | None  # where the table fills pages

    @property
    def pages(self) -> int:
        words = (self.comparison is not None) + (self.method is not None)
        return 2 + len(self.exhibits) + len(self.listings) + words
