"""The workbook that a translator fills in: one column is open, all else is locked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection

from survey.domain.languages import language, said
from survey.services.new_workbook import save_new
from survey.services.translating.rows import SHEETS, Row

PLACE, SOURCE, NOTE = "Where", "English", "Note"
WIDTHS = {"A": 34, "B": 56, "C": 56, "D": 44}  # characters
_TEXT = "@"  # the format of a cell that stays as it was written: no dates, no numbers
_HEAD, _OPEN = (PatternFill("solid", fgColor=colour) for colour in ("FFE8EDEE", "FFFFF9C4"))


def heading(tag: str) -> str:
    """What stands above the translations: a workbook is read into no other language."""
    return f"{said(tag)} ({tag})"


def write_workbook(path: Path, rows: Sequence[Row], tag: str) -> None:
    """Write the workbook; Refused where the file is there already, as somebody may have worked on it."""
    book = Workbook()
    book.properties.creator = "Heard"
    book.remove(book.worksheets[0])
    for name in SHEETS:
        _fill(book.create_sheet(name), [row for row in rows if row.sheet == name], tag)
    save_new(book, path)


def _fill(sheet: Any, rows: Sequence[Row], tag: str) -> None:
    right_to_left = language(tag).right_to_left
    sheet.sheet_view.rightToLeft = right_to_left
    sheet.freeze_panes = "A2"
    sheet.protection.sheet = True  # without a password: it keeps from slips, not from people
    sheet.protection.formatColumns = sheet.protection.formatRows = False
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    for letter, width in WIDTHS.items():
        sheet.column_dimensions[letter].width = width
    for place, name in enumerate((PLACE, SOURCE, heading(tag), NOTE), start=1):
        head = sheet.cell(1, place)
        _put(head, name)
        head.font, head.fill = Font(bold=True), _HEAD
    for number, row in enumerate(rows, start=2):
        for place, words in enumerate((row.place, row.shown, row.said, row.note), start=1):
            _put(sheet.cell(number, place), words)
        own = sheet.cell(number, 3)
        own.protection, own.fill = Protection(locked=False), _OPEN
        if right_to_left:
            own.alignment = Alignment(vertical="top", wrap_text=True, horizontal="right", readingOrder=2)


def _put(cell: Any, words: str) -> None:
    cell.value = words or None
    cell.alignment = Alignment(vertical="top", wrap_text=True, horizontal="left", readingOrder=1)
    # Kept as text whatever it begins with: =1+1 is no formula, 16-24 no date.
    cell.number_format, cell.quotePrefix = _TEXT, True
    if words:
        cell.data_type = "s"
