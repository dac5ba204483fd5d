"""What one row of an export says under its mapping, and everything about it that cannot be used."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from survey.services.importing.mapping import AnswerColumn, CommentColumn, Mapping, Where, tidy
from survey.services.importing.rows import Cell, Formula, Row
from survey.services.importing.seen import Hasher

FORMULA = "the cell holds a formula; copy and paste its values only, and export again"
# Shorter identifiers, such as 12, occur in comments by chance.
_TELLING = 5  # characters


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row cannot be used: its column and a reason that quotes no cell."""

    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReadRow:
    """What a row says. Of its identifiers only keyed hashes are left."""

    line: int
    person: bytes | None
    hash: bytes
    service: str = ""
    written: str = ""  # its date, as the export writes it
    days: tuple[date, ...] = ()  # every day its date can mean, the likeliest first
    answers: tuple[tuple[str, str], ...] = ()  # question, option
    comments: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class RowReader:
    """Reads rows under a mapping, as of a day."""

    mapping: Mapping
    hasher: Hasher
    today: date

    def read(self, row: Row) -> ReadRow:
        """Everything of a row, and all of its faults at once."""
        if row.fault:
            return ReadRow(row.line, None, b"", faults=(Fault("", row.fault),))
        faults: list[Fault] = []
        return ReadRow(
            line=row.line,
            person=self._person(row, faults),
            hash=self.hasher.row([_plain(row.cells[column]) for column in self.mapping.columns]),
            written=tidy(_plain(row.cells[self.mapping.dates.column])),
            days=self._days(row, faults),
            service=self._service(row, faults),
            answers=tuple(self._answers(row, faults)),
            comments=tuple(self._comments(row, faults)),
            faults=tuple(faults),
        )

    def _person(self, row: Row, faults: list[Fault]) -> bytes | None:
        columns = self.mapping.respondent
        identifiers = [tidy(_plain(row.cells[column])) for column in columns]
        for column, text in zip(columns, identifiers, strict=True):
            if isinstance(row.cells[column], Formula):
                faults.append(Fault(column, FORMULA))
            elif not text:
                faults.append(Fault(column, "is empty, so it cannot be told which rows belong together"))
        return self.hasher.person(identifiers) if columns and all(identifiers) else None

    def _days(self, row: Row, faults: list[Fault]) -> tuple[date, ...]:
        rule = self.mapping.dates
        cell = row.cells[rule.column]
        days = (cell,) if isinstance(cell, date) else rule.readings(tidy(_plain(cell)))
        within = tuple(day for day in days if rule.earliest <= day <= self.today)
        if not within:
            faults.append(Fault(rule.column, self._no_day(cell, known=bool(days))))
        return within

    def _no_day(self, cell: Cell, *, known: bool) -> str:
        if isinstance(cell, Formula):
            return FORMULA
        if known:
            return f"the date lies before {self.mapping.dates.earliest} or after today"
        if not _plain(cell).strip():
            return "there is no date"
        return "is not a date in any order that the mapping allows"

    def _service(self, row: Row, faults: list[Fault]) -> str:
        column = self.mapping.service_column
        cell = row.cells[column]
        code = self.mapping.service_values.get(tidy(_plain(cell)), "")
        if not code:
            said = "this service does not stand under `service` in the mapping: add it there"
            faults.append(Fault(column, FORMULA if isinstance(cell, Formula) else said))
        return code

    def _answers(self, row: Row, faults: list[Fault]) -> Iterator[tuple[str, str]]:
        for column in self.mapping.answers:
            cell = row.cells[column.column]
            if not _applies(column.where, row) or cell == "" or not tidy(_plain(cell)):
                continue
            text = tidy(_plain(cell))
            if text in column.values and not isinstance(cell, Formula):
                yield column.question, column.values[text]
            else:
                faults.append(Fault(column.column, _no_answer(cell, text, column)))

    def _comments(self, row: Row, faults: list[Fault]) -> Iterator[str]:
        for column in self.mapping.comments:
            cell = row.cells[column.column]
            if not _applies(column.where, row):
                continue
            if isinstance(cell, Formula):
                faults.append(Fault(column.column, FORMULA))
                continue
            text = _written(_plain(cell))
            if not tidy(text) or tidy(text).casefold() in column.none:
                continue
            if why := self._no_comment(text, column, row):
                faults.append(Fault(column.column, why))
            else:
                yield text

    def _no_comment(self, text: str, column: CommentColumn, row: Row) -> str:
        if len(text) > column.longest:
            return f"the comment is longer than {column.longest:,} characters (`longest` in the mapping)"
        folded = tidy(text).casefold()
        identifiers = (tidy(_plain(row.cells[name])).casefold() for name in self.mapping.stripped)
        if any(len(one) >= _TELLING and one in folded for one in identifiers):
            return "the comment repeats an identifier of its row: take it out there"
        return ""


def _applies(where: Where | None, row: Row) -> bool:
    return where is None or tidy(_plain(row.cells[where.column])) == where.value


def _no_answer(cell: Cell, text: str, column: AnswerColumn) -> str:
    if isinstance(cell, Formula):
        return FORMULA
    why = column.rejected.get(text)
    return why or f"the answer is none of those in the mapping ({', '.join(column.values)})"


def _plain(cell: Cell) -> str:
    if isinstance(cell, Formula):
        return "="
    return cell.isoformat() if isinstance(cell, date) else cell


def _written(text: str) -> str:
    """A comment as it was written: its line breaks kept, other control signs gone."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (sign for sign in lines if sign in "\n\t" or unicodedata.category(sign) != "Cc")
    return "".join(kept).strip()
