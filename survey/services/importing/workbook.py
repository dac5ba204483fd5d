"""Rows of an XLSX workbook, streamed, with limits against a small file that unpacks without end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from survey.domain.errors import BadInput
from survey.services.importing.encoding import LONGEST_ROW, too_long
from survey.services.importing.rows import Cell, Formula
from survey.services.workbook_guard import HIGHEST, check_archive, damaged, quietly

UNPACKED = 300_000_000  # bytes; an export of a million responses is about half of it
WIDEST = 500  # columns; Excel allows 16,384 and a row of blanks costs as much as one of answers
HEADER_WITHIN = 1000  # rows
_AT_ONCE = 500  # rows
_BEYOND = 20  # columns read after the header's last, to see a row that has too many


@dataclass
class XlsxSource:
    """One sheet of a workbook."""

    path: Path
    sheet: str | None
    unpacked: int = UNPACKED
    longest: int = LONGEST_ROW
    said: str = "an Excel workbook"
    total: int = 0

    @classmethod
    def open(cls, path: Path, sheet: str | None, *, unpacked: int = UNPACKED) -> XlsxSource:
        """Look into the archive before anything of it is read."""
        made = cls(path, sheet, unpacked)
        check_archive(
            path,
            most=unpacked,
            remedy="split the export, or save it as CSV, which has no such limit",
        )
        with made._book() as book:
            made.sheet = made._name(book)
            made.said = f"the sheet {made.sheet!r} of an Excel workbook"
            made.total = book[made.sheet].max_row or 0
        return made

    def records(self, advance: Callable[[int], None]) -> Iterator[tuple[int, Sequence[Cell]]]:
        with self._book() as book:
            sheet = book[self.sheet]
            # Some exporters write a wrong size into the sheet; the rows themselves are right.
            sheet.reset_dimensions()
            head = islice(self._rows(sheet, WIDEST), HEADER_WITHIN)
            width = next((len(cells) for _, cells in head if cells), 0)
            for number, cells in self._rows(sheet, width + _BEYOND) if width else ():
                advance(1)
                if cells:
                    yield number, [*cells, *[""] * (width - len(cells))]

    def _rows(self, sheet: Any, columns: int) -> Iterator[tuple[int, list[Cell]]]:
        """(number, cells) of each row, without the blank cells at its end; [] for a blank row."""
        found = sheet.iter_rows(max_col=columns)
        numbers = count(1)
        while some := quietly(self.path, lambda: list(islice(found, _AT_ONCE))):
            for row, number in zip(some, numbers, strict=False):
                if number > HIGHEST:
                    raise damaged(self.path, ValueError())
                cells = _without_end([_cell(one) for one in row])
                if sum(len(cell) for cell in cells if isinstance(cell, str)) > self.longest:
                    raise too_long(self.path, number, self.longest)
                yield number, cells

    def _book(self) -> closing[Any]:
        return closing(quietly(self.path, lambda: load_workbook(self.path, read_only=True, data_only=False)))

    def _name(self, book: Any) -> str:
        names = [sheet.title for sheet in book.worksheets]
        if self.sheet is None and names:
            return str(names[0])
        if self.sheet not in names:
            listed = ", ".join(repr(name) for name in names) or "none"
            raise BadInput(f"{self.path.name} has no sheet {self.sheet!r}; it has: {listed}")
        return str(self.sheet)


def _without_end(cells: list[Cell]) -> list[Cell]:
    while cells and cells[-1] == "":
        cells.pop()
    return cells


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return Formula()
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("_x000D_", "")  # how a workbook writes a carriage return
