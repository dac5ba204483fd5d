"""A workbook's three sheets as rows of cells that know where they are; what cannot be meant is noted."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import count, islice
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from survey.domain.errors import BadInput, Problem
from survey.services.drafting.layout import COLUMNS, Column
from survey.services.workbook_guard import HIGHEST, check_archive, damaged, quietly

UNPACKED = 8_000_000  # bytes; the longest questionnaire takes a fiftieth of it
LAST = 2000  # row; 30 questions of 20 answers have 600
WIDEST = 60  # columns
_AT_ONCE = 1000  # rows
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref=[\"']([A-Z0-9:]{1,30})[\"']")
_REMEDY = "delete the rows below the last answer, and pictures; a questionnaire is small"


@dataclass
class Faults:
    """What is wrong with a workbook, by cell."""

    file: str
    _found: dict[tuple[str, str], None] = field(default_factory=dict)

    def note(self, cell: str, message: str) -> None:
        self._found[cell, message] = None

    def at(self, cell: str) -> bool:
        """Whether a cell was complained of."""
        return any(cell == known for known, _ in self._found)

    def found(self) -> list[Problem]:
        """In the order of rows; the cell is the problem's field."""
        return [Problem(self.file, row_of(cell), message, cell) for cell, message in self._found]


@dataclass(frozen=True)
class Row:
    """One row of a sheet: its cells that are not blank, by heading, and where each heading's cell is."""

    cells: dict[str, Any]
    places: dict[str, str]

    def at(self, heading: str) -> str:
        return self.places[heading]


def read_sheets(path: Path, faults: Faults) -> dict[str, list[Row]]:
    """The rows of each sheet; BadInput for what is no workbook, or one that is meant to do harm."""
    check_archive(path, most=UNPACKED, remedy=_REMEDY)
    with closing(quietly(path, lambda: load_workbook(path, read_only=True, data_only=False))) as book:
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        if missing := [name for name in COLUMNS if name not in sheets]:
            listed = ", ".join(map(repr, missing))
            raise BadInput(
                f"{path.name} has no sheet {listed}: begin with the workbook that "
                "`heard questionnaire import --template` writes"
            )
        found = {}
        for name, columns in COLUMNS.items():
            _note_merged(path, sheets[name], faults)
            found[name] = _rows(path, sheets[name], columns, faults)
    return found


def _rows(path: Path, sheet: Any, columns: Sequence[Column], faults: Faults) -> list[Row]:
    """The rows of one sheet below its headings."""
    sheet.reset_dimensions()  # some programs write a wrong size; the rows themselves are right
    lines = _lines(path, sheet)
    head = next(lines, (1, ()))[1]
    headings = _headings(sheet.title, head, columns, faults)
    if missing := [one.heading for one in columns if one.heading not in headings.values()]:
        faults.note(f"{sheet.title}!A1", f"the first row lacks the heading {', '.join(map(repr, missing))}")
        return []
    rows = []
    for number, line in lines:
        letters = {
            place: f"{sheet.title}!{get_column_letter(place + 1)}{number}" for place in range(len(line))
        }
        for place, cell in enumerate(line):
            if cell.value is not None and place not in headings:
                faults.note(letters[place], "stands under no heading: delete it")
        cells = {
            heading: value
            for place, heading in headings.items()
            if place < len(line) and (value := _value(line[place], letters[place], faults)) is not None
        }
        if cells:
            places = {
                heading: f"{sheet.title}!{get_column_letter(at + 1)}{number}"
                for at, heading in headings.items()
            }
            rows.append(Row(cells, places))
    return rows


def _lines(path: Path, sheet: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    """(number, cells) of each row that is not blank."""
    found = sheet.iter_rows(max_col=WIDEST)
    numbers, blank = count(1), None
    while some := quietly(path, lambda: list(islice(found, _AT_ONCE))):
        for line, number in zip(some, numbers, strict=False):
            if number > HIGHEST:
                raise damaged(path, ValueError())
            if line is blank:
                continue  # one for all the rows that a file leaves out
            if all(cell.value is None for cell in line):
                blank = line
                continue
            if number > LAST:
                raise BadInput(
                    f"{path.name}: the sheet {sheet.title!r} goes on at row {number:,}, and {LAST:,} is the "
                    "last that is read: delete what stands there"
                )
            yield number, line


def _headings(title: str, head: Sequence[Any], columns: Sequence[Column], faults: Faults) -> dict[int, str]:
    known = [one.heading for one in columns]
    found: dict[int, str] = {}
    for place, cell in enumerate(head):
        at = f"{title}!{get_column_letter(place + 1)}1"
        heading = " ".join(
            str(cell.value if cell.value is not None else "").replace("_", " ").casefold().split()
        )
        if heading in found.values():
            faults.note(at, f"the heading {heading!r} stands here a second time: keep one of them")
        elif heading in known:
            found[place] = heading
        elif heading:
            close = get_close_matches(heading, known, n=1)
            meant = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
            faults.note(at, f"{heading[:40]!r} is no heading here; {meant}")
    return found


def _value(cell: Any, at: str, faults: Faults) -> Any:
    """What a cell holds: a text, a number, or true or false; None where it is blank or cannot be meant."""
    value = cell.value
    if cell.data_type == "f":
        faults.note(at, "holds a formula: copy it and paste its value alone")
    elif cell.data_type == "e":
        faults.note(at, f"holds the error {str(value)[:20]}: write what is meant")
    elif value is None or isinstance(value, bool | int | float):
        return value
    elif not isinstance(value, str):
        faults.note(at, "holds a date or a time: format the cell as Text and write it again")
    else:
        return " ".join(value.replace("_x000D_", " ").split()) or None
    return None


def _note_merged(path: Path, sheet: Any, faults: Faults) -> None:
    # Looked for in the sheet's own text: openpyxl tells of them only where it makes a cell of each, and one
    # that claims to merge the whole sheet would make 17 thousand million.
    with zipfile.ZipFile(path) as archive:
        text = archive.read(sheet._worksheet_path)
    for one in _MERGED.findall(text)[:20]:
        cell = one.decode().partition(":")[0]
        faults.note(
            f"{sheet.title}!{cell}", f"{one.decode()} are merged: unmerge them, one cell is one answer"
        )


def row_of(cell: str) -> int | None:
    """The row of a cell such as Questions!C5."""
    digits = re.search(r"[0-9]+$", cell)
    return int(digits[0]) if digits else None
