"""What a mapping says: which column means what, and what becomes of each value."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import date

from survey.domain.organisation import Organisation
from survey.services.importing.dates import DateRule

_UNSEEN = str.maketrans("", "", "\u200b\u2060\ufeff")


@dataclass(frozen=True, slots=True)
class Where:
    """Rows that a column is read from: those that hold `value` in `column`."""

    column: str
    value: str


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """A column of answers to one rated question."""

    question: str
    column: str
    values: Map[str, str]  # as the export writes it → option code
    rejected: Map[str, str]  # as the export writes it → why such a row cannot be used
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class CommentColumn:
    """A column of comments."""

    column: str
    none: frozenset[str]  # what stands for no comment, beside a blank
    longest: int  # characters
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class MappedService:
    """A service of the export; the last three say how it is added where it is not known yet."""

    code: str
    questionnaire: str
    name: str | None
    organisation: str | None
    place: str | None

    @property
    def pathway(self) -> str:
        return self.questionnaire.partition("/")[0]

    @property
    def is_described(self) -> bool:
        return None not in (self.name, self.organisation, self.place)


@dataclass(frozen=True, slots=True)
class Mapping:
    """One vendor's export, as a mapping describes it."""

    name: str
    source: str  # goes into the keyed hashes, so that two vendors' numbers never meet
    encoding: str  # auto, utf-8 or windows-1252
    delimiter: str
    sheet: str | None
    respondent: tuple[str, ...]  # columns that together tell one person's rows; none: each row is one
    identifiers: tuple[str, ...]  # columns that are read for the keyed hashes only, and stripped
    service_column: str
    service_values: Map[str, str]  # as the export writes it → service code
    services: Map[str, MappedService]
    organisations: tuple[Organisation, ...]
    answers: tuple[AnswerColumn, ...]
    comments: tuple[CommentColumn, ...]
    dates: DateRule
    batches: Map[date, str]  # days of bulk entry → label of their mark

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the mapping names, once."""
        read: tuple[AnswerColumn | CommentColumn, ...] = (*self.answers, *self.comments)
        named = [
            *self.respondent,
            *self.identifiers,
            self.dates.column,
            self.service_column,
            *(one.column for one in read),
            *(one.where.column for one in read if one.where is not None),
        ]
        return tuple(dict.fromkeys(named))

    @property
    def stripped(self) -> tuple[str, ...]:
        """Columns whose values never leave the import."""
        return tuple(dict.fromkeys((*self.respondent, *self.identifiers)))


def tidy(text: str) -> str:
    """Text as it is compared: composed, no-break and other spaces single, invisible signs gone."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_UNSEEN).split())
