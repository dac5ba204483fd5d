"""A translator's workbook taken back: all of it is checked, then the files are written that it changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from openpyxl import load_workbook

from survey.catalogue.pictures import pictures
from survey.catalogue.pieces import Translations
from survey.catalogue.problems import Problems
from survey.catalogue.texts import Where
from survey.catalogue.translation_files import keep, written
from survey.catalogue.translations import Piece, Reading
from survey.domain.errors import BadInput
from survey.domain.questionnaire import Questionnaire
from survey.services.drafting.sheets import Faults
from survey.services.translating.rows import SHEETS, Row, rows_of
from survey.services.translating.writing import PLACE, SOURCE, heading
from survey.services.workbook_guard import check_archive, quietly

UNPACKED = 20_000_000  # bytes; a version's workbook takes a hundredth
LAST = 3000  # row; the longest version, its blocks and the page have 400
_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """A translation in a workbook."""

    at: str  # Questions!C7
    row: Row
    said: str


def take(
    path: Path, translations: Translations, questionnaire: Questionnaire, tag: str, *, folder: Path
) -> list[Path]:
    """Write the translations of a version, its blocks and the page that differ from the workbook's.

    They go into `folder`. BadInput lists all that is wrong with the workbook, cell by cell, and nothing is
    written. A cell left blank takes a translation away.
    """
    faults = Faults(path.name)
    rows = {(row.sheet, row.place): row for row in rows_of(translations, questionnaire, tag)}
    cells = list(_cells(path, _Wanted(tag, rows, faults)))
    by_piece: dict[str, list[Cell]] = {}
    for cell in cells:
        by_piece.setdefault(cell.row.of, []).append(cell)
    made = []
    for of, mine in by_piece.items():
        piece = translations.piece(of, tag, folder)
        if piece is None:
            raise AssertionError(f"{of} was exported and is nothing to translate")
        known = translations.find(of, tag)
        texts = _texts(known.texts if known else {}, mine)
        _check(piece, texts, mine, faults)
        made.append((piece, texts, known))
    if found := faults.found():
        these = "is 1 problem" if len(found) == 1 else f"are {len(found)} problems"
        raise BadInput(f"there {these} in {path.name}; nothing was written:", found)
    return [file for piece, texts, known in made if (file := keep(piece, texts, known))]


def _texts(known: Mapping[Where, str], cells: Sequence[Cell]) -> dict[Where, str]:
    texts = {**known, **{cell.row.text.where: cell.said for cell in cells}}
    return {where: said for where, said in texts.items() if said}


def _check(piece: Piece, texts: Mapping[Where, str], cells: Sequence[Cell], faults: Faults) -> None:
    """What `check` would say of the file, said of the cells."""
    places = {cell.row.text.path: cell.at for cell in cells}
    problems = Problems()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "translation.yaml"
        file.write_text(written(texts), "utf-8")
        if texts:
            Reading(Piece(piece.of, piece.tag, file, piece.texts), pictures(), problems).translation()
    for one in problems.found():
        faults.note(places.get(one.field or "", "A1"), one.message)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a workbook is held against."""

    tag: str
    rows: Mapping[tuple[str, str], Row]  # by sheet and place
    faults: Faults


def _cells(path: Path, wanted: _Wanted) -> Iterator[Cell]:
    check_archive(path, most=UNPACKED, remedy="export it again and fill it in; a translation is small")
    with closing(quietly(path, lambda: load_workbook(path, read_only=True, data_only=False))) as book:
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        for name in SHEETS:
            if name in sheets:
                yield from _of_sheet(name, quietly(path, partial(_lines, sheets[name])), wanted)
            else:
                wanted.faults.note(f"{name}!A1", "this sheet is missing: export the workbook again")


def _lines(sheet: Any) -> list[Sequence[Any]]:
    return list(islice(sheet.iter_rows(max_col=_COLUMNS), LAST))


def _of_sheet(name: str, lines: Sequence[Sequence[Any]], wanted: _Wanted) -> Iterator[Cell]:
    heads = [PLACE, SOURCE, heading(wanted.tag)]
    if [_plain(cell) for cell in (lines[0] if lines else ())][:3] != heads:
        said = f"the first row begins with {', '.join(map(repr, heads))}: was it made for another language?"
        wanted.faults.note(f"{name}!A1", said)
        return
    seen: set[str] = set()
    for number, line in enumerate(lines[1:], start=2):
        place, shown, *_ = (*map(_plain, line), "", "")
        if not any(map(_plain, line)):
            continue
        row = wanted.rows.get((name, place))
        if row is None:
            said = f"there is no {place[:80] or 'such text'} here now: export the workbook again"
            wanted.faults.note(f"{name}!A{number}", said)
        elif place in seen:
            wanted.faults.note(f"{name}!A{number}", f"{place} stands here a second time: keep one of them")
        elif shown != row.shown:
            wanted.faults.note(f"{name}!B{number}", "the source has changed since: export the workbook again")
        elif (words := _said(line, f"{name}!C{number}", wanted.faults)) is not None:
            yield Cell(f"{name}!C{number}", row, words)
        seen.add(place)


def _said(line: Sequence[Any], at: str, faults: Faults) -> str | None:
    """What was written; '' where nothing was, None where it cannot be meant."""
    cell = line[2] if len(line) > 2 else None
    if cell is None or cell.value is None:
        return ""
    if cell.data_type == "f":
        faults.note(at, "holds a formula: copy it and paste its value alone")
    elif cell.data_type in {"e", "b", "d"}:
        faults.note(at, "holds no text: format the cell as Text and write it again")
    else:
        return _plain(cell)
    return None


def _plain(cell: Any) -> str:
    value = cell.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else " ".join(str(value).replace("_x000D_", " ").split())
