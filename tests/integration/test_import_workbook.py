"""Exports as XLSX: dates, numbers and formulas of Excel, other sheets, damage and bombs."""

from __future__ import annotations

import re
import warnings
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from survey.domain.errors import BadInput
from survey.services.importing.reading_rows import FORMULA
from survey.services.importing.workbook import XlsxSource
from tests.exports import HEADER, Desk, desk_for, reasons

ROW = ("a1", "person-01", "31/05/2022", "Bus", 1, "Kind crew")


@pytest.fixture
def desk(sqlite, keys_dir, tmp_path, catalogue) -> Desk:
    return desk_for(sqlite, keys_dir, tmp_path, catalogue)


def _book(desk: Desk, *rows: tuple[object, ...], sheets: tuple[str, ...] = ("Data",)) -> Path:
    book = Workbook()
    book.remove(book.active)
    for name in sheets:
        sheet = book.create_sheet(name)
        for row in (HEADER.split(","), *rows):
            sheet.append(row)
    path = desk.folder / "export.xlsx"
    book.save(path)
    return path


def _remake(path: Path, name: str, content: bytes) -> None:
    """Put another content in place of one part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, was in parts.items():
            archive.writestr(one, content if one == name else was)


def test_a_workbook_is_read_as_a_csv_is(desk):
    report = desk.take(_book(desk, ROW, ("a2", "person-02", "31/05/2022", "Bus", 5.0, None), (None,)))
    assert (report.responses, report.comments, report.outcome.rows) == (2, 1, 2)
    assert report.read_as == "the sheet 'Data' of an Excel workbook"


def test_a_date_of_excel_is_the_day_it_is(desk):
    desk.take(
        _book(
            desk,
            (*ROW[:2], date(2022, 5, 31), *ROW[3:]),
            ("a2", "person-02", datetime(2022, 6, 5, 14, 30), "Bus", 1, None),  # noqa: DTZ001  # as Excel has it
        )
    )
    assert sorted(desk.rows("SELECT span FROM response")) == [("2022-W22",), ("2022-W22",)]


@pytest.mark.parametrize("column", range(1, 6))
def test_a_formula_is_rejected_with_its_column_not_evaluated(desk, column):
    row = list(ROW)
    row[column] = '=CONCATENATE("very","good")'
    report = desk.take(_book(desk, tuple(row)))
    assert reasons(report) == [(2, HEADER.split(",")[column], FORMULA)]


def test_lines_are_those_of_the_sheet(desk):
    report = desk.take(_book(desk, ROW, (), ("a2", "person-02", "soon", "Bus", 1, "x")))
    assert [line for line, _, _ in reasons(report)] == [4]


def test_the_sheet_of_the_mapping_is_read(desk):
    desk.mapping += "sheet: Second\n"
    assert desk.take(_book(desk, ROW, sheets=("First", "Second"))).read_as.startswith("the sheet 'Second'")


def test_a_sheet_that_is_not_there_is_answered_with_those_that_are(desk):
    desk.mapping += "sheet: Results\n"
    with pytest.raises(BadInput, match="it has: 'First', 'Second'"):
        desk.take(_book(desk, ROW, sheets=("First", "Second")))


@pytest.mark.parametrize("damage", ["not a zip", "cut", "a part", "no parts"])
def test_a_damaged_workbook_is_said_to_be_damaged(desk, damage):
    path = _book(desk, ROW)
    if damage == "not a zip":
        path.write_bytes(b"Ref,Who\n")
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:2000])
    elif damage == "a part":
        _remake(path, "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row r='1'><c")
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", "nothing")
    with pytest.raises(BadInput, match=r"export\.xlsx is damaged; nothing was imported"):
        desk.take(path)
    assert desk.count("response") == 0


def test_a_workbook_that_unpacks_without_end_is_not_unpacked(desk):
    path = _book(desk, ROW)
    _remake(path, "xl/worksheets/sheet1.xml", b" " * 400_000_000)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(BadInput, match="unpacks to 400 MB; 300 MB is the most"):
        desk.take(path)


def test_a_workbook_with_a_doctype_is_not_read(desk):
    path = _book(desk, ROW)
    bomb = b'<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    _remake(path, "xl/worksheets/sheet1.xml", bomb)
    with pytest.raises(BadInput, match="holds a DOCTYPE"):
        desk.take(path)


def test_a_row_number_beyond_excels_last_ends_the_reading(desk):
    path = _book(desk, ROW)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    _remake(path, "xl/worksheets/sheet1.xml", sheet.replace(b'r="2"', b'r="999999999999"'))
    with pytest.raises(BadInput, match="damaged"):
        desk.take(path)


def test_a_size_that_a_sheet_claims_is_not_believed(desk):
    path = _book(desk, ROW, ("a2", "person-02", "31/05/2022", "Bus", 5, "x"))
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    _remake(path, "xl/worksheets/sheet1.xml", sheet.replace(b'ref="A1:F3"', b'ref="A1:B1"'))
    assert desk.take(path).responses == 2


def test_an_empty_sheet_is_said_to_be_empty(desk):
    book = Workbook()
    book.save(desk.folder / "export.xlsx")
    with pytest.raises(BadInput, match=r"export\.xlsx is empty"):
        desk.take(desk.folder / "export.xlsx")


def test_what_excel_makes_of_the_csv_has_the_same_number_of_responses(desk):
    rows = [(f"a{n}", f"person-{n:02}", f"{n:02}/06/2022", "Bus", "1", "x") for n in range(1, 20)]
    by_csv = desk.take(desk.csv([",".join(row) for row in rows]), dry_run=True)
    by_xlsx = desk.take(_book(desk, *rows), dry_run=True)
    assert by_csv.responses == by_xlsx.responses == 19


def test_a_cell_of_endless_text_is_refused(desk):
    path = _book(desk, ROW, ("a2", "person-02", "31/05/2022", "Bus", 1, "x" * 30_000))
    source = XlsxSource.open(path, None)
    source.longest = 10_000
    with pytest.raises(BadInput, match=r"export\.xlsx:3: the row that begins here is longer"):
        list(source.records(lambda _: None))


def test_complaints_about_styles_do_not_reach_the_operator(desk):
    path = _book(desk, ROW)
    with zipfile.ZipFile(path) as archive:
        styles = archive.read("xl/styles.xml")
    _remake(path, "xl/styles.xml", re.sub(rb"<cellStyles.*</cellStyles>", b"", styles))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        load_workbook(path, read_only=True).close()
        before = len(heard)
        assert before
        assert desk.take(path).responses == 1
    assert len(heard) == before
