"""An export's rows, CSV or XLSX, each with the line it begins on and the columns that the mapping names."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Protocol

from survey.domain.errors import BadInput, Problem
from survey.services.importing.encoding import LONGEST_ROW, Encoding, find_encoding, physical_lines, too_long
from survey.services.importing.mapping import Mapping, tidy


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that holds a formula; what it would come to is not known here."""


Cell = str | date | Formula


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line it begins on, its cells by column, and what is wrong with it as a whole."""

    line: int
    cells: dict[str, Cell] = field(default_factory=dict)
    fault: str = ""


class Source(Protocol):
    """A file of rows."""

    @property
    def said(self) -> str:
        """How it is read, for the report."""

    @property
    def total(self) -> int:
        """What `advance` adds up to."""

    def records(self, advance: Callable[[int], None]) -> Iterator[tuple[int, Sequence[Cell]]]:
        """(line, cells) of the header and every row that is not blank."""


def rows(path: Path, source: Source, mapping: Mapping, advance: Callable[[int], None]) -> Iterator[Row]:
    """The rows of a file under its header; BadInput where the header lacks what the mapping names."""
    records = source.records(advance)
    first = next(records, None)
    if first is None:
        raise BadInput(f"{path.name} is empty; export it again")
    header = [tidy(cell) if isinstance(cell, str) else "" for cell in first[1]]
    places = _places(path, header, mapping, line=first[0])
    second = next(records, None)
    if second is None:
        raise BadInput(f"{path.name} holds a header and no row; export it again")
    for line, cells in chain([second], records):
        yield _row(line, cells, places, width=len(header))


@dataclass
class CsvSource:
    """A CSV file, read a line at a time: a line of a gigabyte needs no more memory than another."""

    path: Path
    encoding: Encoding
    delimiter: str
    longest: int = LONGEST_ROW

    @classmethod
    def open(cls, path: Path, mapping: Mapping, *, longest: int = LONGEST_ROW) -> CsvSource:
        return cls(path, find_encoding(path, mapping.encoding, longest=longest), mapping.delimiter, longest)

    @property
    def said(self) -> str:
        return self.encoding.said

    @property
    def total(self) -> int:
        return self.path.stat().st_size

    def records(self, advance: Callable[[int], None]) -> Iterator[tuple[int, Sequence[Cell]]]:
        with self.path.open("rb") as file:
            lines = _Lines(self, file, advance)
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            while True:
                lines.begin_record()
                try:
                    record = next(reader, None)
                except csv.Error as error:
                    raise self._not_csv(lines.first, str(error)) from None
                if record is None:
                    return
                if record:
                    yield lines.first, record

    def _not_csv(self, line: int, said: str) -> BadInput:
        # The csv module's own words name no cell's content.
        remedy = "is a quotation mark missing or doubled in the row that begins here?"
        problem = Problem(self.path.name, line, f"{said}; {remedy}")
        return BadInput(f"{self.path.name} cannot be read as CSV; nothing was imported", [problem])


class _Lines:
    """Decoded lines for the csv module, which takes as many as a record needs, but not for ever."""

    def __init__(self, source: CsvSource, file: BinaryIO, advance: Callable[[int], None]) -> None:
        self._source, self._advance = source, advance
        self._lines = physical_lines(source.path, file, source.longest)
        self._number = self._taken = 0
        self.first = 1  # the line on which the record began

    def begin_record(self) -> None:
        self.first, self._taken = self._number + 1, 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        self._number, _, raw = next(self._lines)
        self._advance(len(raw))
        line = raw.decode(self._source.encoding.codec)
        self._taken += len(line)
        if self._taken > self._source.longest:
            raise too_long(self._source.path, self.first, self._source.longest)
        return line.removeprefix("\ufeff") if self._number == 1 else line


def _places(path: Path, header: Sequence[str], mapping: Mapping, *, line: int) -> dict[str, int]:
    problems = []
    times = Counter(header)
    for column in mapping.columns:
        if times[column] == 0:
            said = f"there is no such column{_meant(column, header, mapping)}"
            problems.append(Problem(path.name, line, said, column))
        elif times[column] > 1:
            said = f"{times[column]} columns have this name; which one is meant? Rename the others"
            problems.append(Problem(path.name, line, said, column))
    if problems:
        raise BadInput(f"{path.name} does not fit the mapping; nothing was imported", problems)
    return {column: header.index(column) for column in mapping.columns}


def _meant(column: str, header: Sequence[str], mapping: Mapping) -> str:
    folded = {name.casefold(): name for name in header if name}
    close = get_close_matches(column.casefold(), folded, n=1, cutoff=0.75)
    if close:
        return f"; did you mean {folded[close[0]]!r}? Change the mapping or the header"
    if len(header) == 1 and any(sign in header[0] for sign in ",;\t|"):
        return "; the header is one single column: is `delimiter` right in the mapping?"
    count = f"{len(header)} column{'s' * (len(header) != 1)}"
    return f"; the file has {count} and the mapping needs {len(mapping.columns)}: is it the right file?"


def _row(line: int, cells: Sequence[Cell], places: dict[str, int], *, width: int) -> Row:
    if not any(not isinstance(cell, str) or cell.strip() for cell in cells):
        return Row(line, fault="the row is empty")
    if len(cells) != width:
        return Row(line, fault=f"the row has {len(cells)} cells where the header has {width}")
    return Row(line, {column: cells[place] for column, place in places.items()})
