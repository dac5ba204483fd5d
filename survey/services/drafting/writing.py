"""A questionnaire as a workbook to go on with: headings with notes, drop-downs, plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from survey.domain.questionnaire import Indicator, Option, Question, Questionnaire
from survey.services.drafting.layout import COLUMNS, HOW_TO, INDICATORS, NOTES, QUESTIONS, WHOLE, Column
from survey.services.drafting.rule_text import as_text
from survey.services.drafting.sheets import LAST
from survey.services.new_workbook import save_new

Line = Mapping[str, Any]
_TEXT = "@"  # the format of a cell that stays as it was written: no dates, no numbers
_HEAD = PatternFill("solid", fgColor="FFE8EDEE")


def rows_of(questionnaire: Questionnaire) -> dict[str, list[Line]]:
    """The rows of the three sheets by heading, blocks written out."""
    by_code = {one.code: one for one in questionnaire.questions}
    whole = {name: getattr(questionnaire, name) for name in ("pathway", "version", "title", "language")}
    return {
        WHOLE: [whole],
        QUESTIONS: [row for one in questionnaire.questions for row in _question(one, by_code)],
        INDICATORS: [_indicator(one, by_code[one.question]) for one in questionnaire.indicators],
    }


def write_workbook(path: Path, rows: Mapping[str, Sequence[Line]]) -> None:
    """Write the workbook; Refused where the file is there already, as somebody may have worked on it."""
    book = Workbook()
    book.properties.creator = "Heard"
    book.remove(book.worksheets[0])
    for name, columns in COLUMNS.items():
        _fill(book.create_sheet(name), columns, rows.get(name, ()))
    _explain(book.create_sheet(NOTES))
    save_new(book, path)


def _fill(sheet: Any, columns: Sequence[Column], rows: Sequence[Line]) -> None:
    sheet.freeze_panes = "A2"
    for place, column in enumerate(columns, start=1):
        letter = get_column_letter(place)
        head = sheet.cell(1, place, column.heading)
        head.font, head.fill, head.alignment = Font(bold=True), _HEAD, Alignment(vertical="top")
        head.comment = Comment(column.note, "Heard", width=260, height=110)
        sheet.column_dimensions[letter].width = column.width
        if column.takes not in {"whole", "decimal"}:
            sheet.column_dimensions[letter].number_format = _TEXT
        if column.among:
            offered = DataValidation("list", formula1=f'"{",".join(column.among)}"', allow_blank=True)
            offered.error = f"one of {', '.join(column.among)}, or blank"
            offered.add(f"{letter}2:{letter}{LAST}")
            sheet.add_data_validation(offered)
        for number, row in enumerate(rows, start=2):
            if (value := row.get(column.heading)) is not None:
                _put(sheet.cell(number, place), value)


def _put(cell: Any, value: Any) -> None:
    cell.value = value
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if isinstance(value, str):
        # Kept as text whatever it begins with: =1+1 is no formula, #N/A no error.
        cell.data_type, cell.number_format, cell.quotePrefix = "s", _TEXT, True


def _explain(sheet: Any) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 100
    for line in HOW_TO:
        sheet.append([None, line])
    for name, columns in COLUMNS.items():
        sheet.append([])
        sheet.append([name])
        sheet.cell(sheet.max_row, 1).font = Font(bold=True)
        for column in columns:
            sheet.append([column.heading, column.note])
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(vertical="top", wrap_text=True)


def _question(question: Question, by_code: Mapping[str, Question]) -> list[Line]:
    lines = (
        _groups(question.options) if question.kind == "scale" else [_answer(one) for one in question.options]
    )
    low, high = (
        (question.options[end].label.partition(" – ")[2] for end in (0, -1))
        if question.kind == "scale"
        else (None, None)
    )
    first = {
        "code": question.code,
        "kind": question.kind,
        "text": question.text,
        "hint": question.hint,
        "why": question.why,
        "required": "yes" if question.required else None,
        "about you": "yes" if question.about_you else None,
        "show if": as_text(question.show_if, by_code) or None,
        "unit": question.unit,
        "max length": question.max_length,
        "low": low,
        "high": high,
    }
    return [{**first, **(lines[0] if lines else {})}, *lines[1:]]


def _answer(option: Option) -> Line:
    return {
        "answer": option.code,
        "label": option.label,
        "group": option.group,
        "score": option.score,
        "alone": "yes" if option.alone else None,
        "from": option.least,
        "to": option.most,
    }


def _groups(points: Sequence[Option]) -> list[Line]:
    held: dict[str | None, list[int]] = {}
    for point in points:
        held.setdefault(point.group, []).append(int(point.code[1:]))
    return [{"group": group, "from": min(found), "to": max(found)} for group, found in held.items()]


def _indicator(indicator: Indicator, question: Question) -> Line:
    codes = [option.code for option in question.options]
    counted = [code for code in codes if code in indicator.denominator]
    return {
        "code": indicator.code,
        "name": indicator.name,
        "question": indicator.question,
        "series": indicator.series,
        "measure": None if indicator.measure == "proportion" else indicator.measure,
        "numerator": ", ".join(code for code in codes if code in indicator.numerator) or None,
        "denominator": "all" if counted == codes else ", ".join(counted),
        "better": None if indicator.better == "higher" else indicator.better,
        "target": indicator.target,
        "comparable": indicator.comparable,
    }
