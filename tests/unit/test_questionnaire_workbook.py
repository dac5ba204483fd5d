"""A questionnaire written as a workbook: what becomes of it, what is said by cell, and what is refused."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

from survey.catalogue.catalogue import Catalogue, read_file
from survey.cli import questionnaire as commands
from survey.domain.errors import BadInput, Refused
from survey.domain.questionnaire import Questionnaire
from survey.resources import folder
from survey.services.drafting import example
from survey.services.drafting.layout import COLUMNS
from survey.services.drafting.rule_text import as_fields
from survey.services.drafting.taking import take
from survey.services.drafting.writing import rows_of, write_workbook
from tests.questionnaires import questionnaires

SHIPPED = [folder("questionnaires")]
ABOVE = {
    heading: number for number, heading in enumerate([one.heading for one in COLUMNS["Questions"]], start=1)
}


def with_cells(path: Path, **cells: Any) -> Path:
    """The example's workbook with other values in some cells, named Questions_C3 for Questions!C3."""
    write_workbook(path, example.ROWS)
    book = load_workbook(path)
    for place, value in cells.items():
        sheet, _, cell = place.partition("_")
        book[sheet][cell] = value
    book.save(path)
    return path


def said(path: Path, into: Path) -> dict[str | None, str]:
    """What is said of each cell."""
    with pytest.raises(BadInput) as refused:
        take(path, into, SHIPPED)
    assert not into.exists()
    return {problem.field: problem.message for problem in refused.value.problems}


def column(heading: str) -> str:
    return get_column_letter(ABOVE[heading])


@given(questionnaires())
@settings(max_examples=20, deadline=None)
def test_a_questionnaire_written_as_a_workbook_and_taken_back_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, drawn: Questionnaire
) -> None:
    place = tmp_path_factory.mktemp("drawn")
    write_workbook(place / "drawn.xlsx", rows_of(drawn))
    read, made = take(place / "drawn.xlsx", place / "own", [])
    assert read.digest == drawn.digest
    assert read_file(made, []).digest == drawn.digest


@pytest.mark.parametrize("pathway", ["general-practice", "children", "emergency-department"])
def test_a_shipped_one_is_the_same_too(tmp_path: Path, catalogue: Catalogue, pathway: str) -> None:
    shipped = catalogue.get(f"{pathway}/v1")
    write_workbook(tmp_path / "one.xlsx", rows_of(shipped))
    assert take(tmp_path / "one.xlsx", tmp_path / "own", [])[0].digest == shipped.digest


def test_the_template_is_sound_and_has_every_kind(tmp_path: Path) -> None:
    read, made = take(with_cells(tmp_path / "t.xlsx"), tmp_path / "own", SHIPPED)
    assert made == tmp_path / "own" / "my-pathway" / "v1.yaml"
    assert {one.kind for one in read.questions} == {"single", "multiple", "scale", "number", "text"}
    assert len(read.question("stairs_help").show_if) == 2


def test_the_template_offers_choices_and_explains_each_heading(tmp_path: Path) -> None:
    book = load_workbook(with_cells(tmp_path / "t.xlsx"))
    lists = {one.formula1 for one in book["Questions"].data_validations.dataValidation}
    assert '"single,multiple,scale,number,text"' in lists
    assert all(book[name].cell(1, at).comment for name in COLUMNS for at in range(1, len(COLUMNS[name]) + 1))


def test_all_that_is_wrong_is_said_at_once_by_cell(tmp_path: Path) -> None:
    c = column
    path = with_cells(
        tmp_path / "t.xlsx",
        Questionnaire_A2="My Pathway",
        **{
            f"Questions_{c('kind')}3": "singel",
            f"Questions_{c('group')}4": None,
            f"Questions_{c('label')}7": "Parking",
            f"Questions_{c('show if')}9": "troubles = lift",
            f"Questions_{c('to')}11": 7,
            f"Questions_{c('from')}14": 8,
        },
        Indicators_D3="exercises",
        Indicators_F3="very_clear",
        Indicators_G4="p0, p1, p2",
    )
    found = said(path, tmp_path / "own")
    assert "day-surgery" in found["Questionnaire!A2"]
    assert "'singel' is none of single" in found[f"Questions!{c('kind')}3"]
    assert (
        f"Questions!{c('label')}6" in found[f"Questions!{c('label')}7"]
        or "reads as" in found[f"Questions!{c('label')}7"]
    )
    assert "has no option 'lift'" in found[f"Questions!{c('show if')}9"]
    assert found[f"Questions!{c('from')}14"].startswith("is 8, which leaves out numbers")
    assert any(cell and cell.startswith("Questions!") and cell.endswith("11") for cell in found)
    assert len(found) >= 7


def test_a_message_names_cells_and_not_places_in_a_file(tmp_path: Path) -> None:
    found = said(
        with_cells(tmp_path / "t.xlsx", **{f"Questions_{column('code')}6": "exercises"}), tmp_path / "own"
    )
    assert f"is taken by Questions!{column('code')}3" in " ".join(found.values())


@pytest.mark.parametrize(
    ("heading", "row", "value", "words"),
    [
        ("text", 3, "=1+1", "holds a formula"),
        ("answer", 3, 7, "a number to the spreadsheet: format the cell as Text"),
        ("label", 4, date(2026, 11, 30), "holds a date or a time"),
        ("label", 4, True, "true or false to the spreadsheet"),
        ("label", 4, "#REF!", "holds the error #REF!"),
        ("from", 15, 6.5, "is a whole number, not 6.5"),
        ("max length", 9, "many", "is a whole number such as 200"),
        ("alone", 8, "perhaps", "'perhaps' is neither yes nor no"),
        ("show if", 9, "troubles stairs", "after 'troubles' belongs = and an answer"),
        ("show if", 9, "troubles = stairs, and sure = p0", "stands where 'and', 'or' or a comma belongs"),
        ("low", 3, "Hard", "belongs to scale questions"),
        ("label", 11, "Poor", "a scale's answers are its points"),
    ],
)
def test_what_cannot_be_meant_is_said_where_it_stands(
    tmp_path: Path, heading: str, row: int, *, value: Any, words: str
) -> None:
    cell = f"{column(heading)}{row}"
    found = said(with_cells(tmp_path / "t.xlsx", **{f"Questions_{cell}": value}), tmp_path / "own")
    assert words in found[f"Questions!{cell}"]


def test_merged_cells_are_refused_even_where_they_claim_the_whole_sheet(tmp_path: Path) -> None:
    path = with_cells(tmp_path / "t.xlsx")

    def merge(text: bytes) -> bytes:
        return text.replace(
            b"</sheetData>",
            b'</sheetData><mergeCells count="1"><mergeCell ref="C9:XFD1048576"/></mergeCells>',
        )

    _remake(path, "xl/worksheets/sheet2.xml", merge)
    assert said(path, tmp_path / "own")["Questions!C9"].startswith("C9:XFD1048576 are merged: unmerge them")


def test_a_workbook_that_unpacks_without_end_is_not_unpacked(tmp_path: Path) -> None:
    path = with_cells(tmp_path / "t.xlsx")
    _remake(path, "xl/worksheets/sheet2.xml", lambda _: b"<worksheet>" + b" " * 50_000_000)
    assert path.stat().st_size < 200_000
    with pytest.raises(BadInput, match="unpacks to 50 MB; 8 MB is the most"):
        take(path, tmp_path / "own", SHIPPED)


def test_a_million_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = with_cells(tmp_path / "t.xlsx", Questions_B1048576="more")
    with pytest.raises(BadInput, match="goes on at row 1,048,576, and 2,000 is the last"):
        take(path, tmp_path / "own", SHIPPED)
    path.unlink()
    path = with_cells(tmp_path / "t.xlsx")
    _remake(path, "xl/worksheets/sheet2.xml", lambda was: was.replace(b'<row r="3"', b'<row r="99999999"'))
    with pytest.raises(BadInput, match="is damaged"):
        take(path, tmp_path / "own", SHIPPED)


def test_a_sheet_of_something_else_does_not_drown_the_keyboard(tmp_path: Path) -> None:
    path = with_cells(tmp_path / "t.xlsx")
    book = load_workbook(path)
    for row in range(20, 420):
        book["Questions"].cell(row, 40, "7.3")
    book.save(path)
    with pytest.raises(BadInput, match=r"there are 400 problems .* the first 200:") as refused:
        take(path, tmp_path / "own", SHIPPED)
    assert len(refused.value.problems) == 200


def test_entities_are_refused(tmp_path: Path) -> None:
    path = with_cells(tmp_path / "t.xlsx")
    _remake(path, "xl/worksheets/sheet2.xml", lambda was: b'<!DOCTYPE w [<!ENTITY a "aa">]>' + was)
    with pytest.raises(BadInput, match="holds a DOCTYPE"):
        take(path, tmp_path / "own", SHIPPED)


def test_another_workbook_is_told_what_it_lacks(tmp_path: Path) -> None:
    book = Workbook()
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(BadInput, match="has no sheet 'Questionnaire', 'Questions', 'Indicators'"):
        take(tmp_path / "other.xlsx", tmp_path / "own", SHIPPED)
    (tmp_path / "no.xlsx").write_text("code,text")
    with pytest.raises(BadInput, match="is damaged"):
        take(tmp_path / "no.xlsx", tmp_path / "own", SHIPPED)


def test_headings_may_stand_in_another_order_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    path = with_cells(tmp_path / "t.xlsx", Indicators_A1="Name", Indicators_C1="BLOCK")
    book = load_workbook(path)
    for row in range(2, 5):
        first, second = book["Indicators"].cell(row, 1), book["Indicators"].cell(row, 3)
        first.value, second.value = second.value, first.value
    book.save(path)
    take(path, tmp_path / "own", SHIPPED)
    found = said(with_cells(tmp_path / "u.xlsx", Indicators_C1="nmae"), tmp_path / "none")
    assert "did you mean 'name'?" in found["Indicators!C1"]
    assert found["Indicators!A1"] == "the first row lacks the heading 'name'"


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_a_spoilt_workbook_is_sound_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place = tmp_path_factory.mktemp("spoilt")
    name = data.draw(st.sampled_from(sorted(COLUMNS)))
    row, at = data.draw(st.integers(1, 16)), data.draw(st.integers(1, len(COLUMNS[name])))
    odd = [
        "",
        "no",
        "all",
        "=",
        "a = b",
        -1,
        0.5,
        1e300,
        True,
        date(2026, 1, 1),
        "[x]",
        "x: y",
        "a\tb",
        "é" * 500,
    ]
    write_workbook(place / "t.xlsx", example.ROWS)
    book = load_workbook(place / "t.xlsx")
    cell = book[name].cell(row, at)
    cell.value = data.draw(st.sampled_from(odd))
    if cell.data_type == "f":
        cell.data_type = "s"
    book.save(place / "t.xlsx")
    try:
        take(place / "t.xlsx", place / "own", SHIPPED)
    except BadInput as error:
        found = error.problems
    else:
        return
    assert found
    assert all("!" in (problem.field or "") and problem.message for problem in found)


def test_nothing_is_written_over_and_a_shipped_version_is_not_redefined(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    path = with_cells(tmp_path / "t.xlsx")
    _, made = take(path, tmp_path / "own", SHIPPED)
    was = made.read_bytes()
    with pytest.raises(Refused, match="is there already"):
        take(path, tmp_path / "own", SHIPPED)
    assert made.read_bytes() == was
    assert [one.name for one in made.parent.iterdir()] == ["v1.yaml"]
    write_workbook(tmp_path / "gp.xlsx", rows_of(catalogue.get("general-practice/v1")))
    with pytest.raises(Refused, match=r"general-practice/v1\.yaml is there already"):
        take(tmp_path / "gp.xlsx", tmp_path / "own", SHIPPED)
    with pytest.raises(Refused, match="choose another name"):
        write_workbook(path, example.ROWS)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("a = x", {"question": "a", "is": ["x"]}),
        ("a=x,y", {"question": "a", "is": ["x", "y"]}),
        (
            "a = or or b = and AND c = z",
            {
                "any": [
                    {"question": "a", "is": ["or"]},
                    [{"question": "b", "is": ["and"]}, {"question": "c", "is": ["z"]}],
                ]
            },
        ),
    ],
)
def test_conditions_as_people_write_them(text: str, fields: Any) -> None:
    assert as_fields(text) == fields


def test_at_the_keyboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*words: str) -> Any:
        return CliRunner().invoke(commands.questionnaire, words)

    monkeypatch.delenv("HEARD_QUESTIONNAIRES_DIR", raising=False)
    file = str(tmp_path / "t.xlsx")
    assert run("import", "--template", file).exit_code == 0
    assert isinstance(run("import", file).exception, BadInput)
    assert "HEARD_QUESTIONNAIRES_DIR" in str(run("import", file).exception)
    monkeypatch.setenv("HEARD_QUESTIONNAIRES_DIR", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    assert "my-pathway/v1 is a draft now" in run("import", file).output
    assert run("export", "my-pathway/v1", "--out", str(tmp_path / "back.xlsx")).exit_code == 0
    assert "does not end with .xlsx" in str(run("export", "my-pathway/v1", "--out", "x.csv").exception)
    assert run("import").exit_code == 2


def _remake(path: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, was in parts.items():
            archive.writestr(one, change(was) if one == name else was)


def test_what_is_wrong_with_a_block_is_said_where_it_is_named(tmp_path: Path) -> None:
    found = said(
        with_cells(tmp_path / "t.xlsx", Questions_A2="waiting", Indicators_A2="fft"), tmp_path / "own"
    )
    assert "no block 'waiting' has the part 'question'" in found["Questions!A2"]
    assert found["Indicators!A2"].startswith(
        "in the block 'fft', indicator.question: there is no question 'fft'"
    )
