"""A translator's workbook: what goes out comes back as it was, and what is wrong is said cell by cell."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.editions import Editions
from survey.catalogue.pieces import Translations
from survey.catalogue.texts import of_questionnaire
from survey.catalogue.words import FOLDER as WORDS
from survey.domain.errors import BadInput, Refused
from survey.domain.questionnaire import Questionnaire
from survey.services.translating.rows import SHEETS, rows_of
from survey.services.translating.taking import take
from survey.services.translating.writing import write_workbook
from tests.questionnaires import as_yaml, questionnaires, words
from tests.translated import KEY, SHIPPED, catalogue_of, review, small, translate

EVIL = ("=1+1", "=HYPERLINK(A1)", "+1", "-1", "@SUM(A1)", "16-24", "1e3", "TRUE", "#N/A", "'x")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return small(tmp_path / "q")


def out(place: Path, file: Path, tag: str = "ur", key: str = KEY) -> Path:
    catalogue = catalogue_of(place)
    write_workbook(file, rows_of(Translations.load(catalogue), catalogue.get(key), tag), tag)
    return file


def back(place: Path, file: Path, tag: str = "ur", key: str = KEY) -> list[str]:
    catalogue = catalogue_of(place)
    made = take(file, Translations.load(catalogue), catalogue.get(key), tag, folder=place)
    return sorted(str(one.relative_to(place)) for one in made)


def fill(file: Path, said: Mapping[str, str | None], *, every: str | None = None) -> None:
    """Write translations beside their places, and `every` beside all that have none yet."""
    book = load_workbook(file)
    for sheet in book.worksheets:
        for row in sheet.iter_rows(min_row=2):
            place = row[0].value
            if place in said:
                put(row[2], said[place])
            elif every is not None and not row[2].value and "picture" not in place:
                put(row[2], f"{every} {row[1].value}")
    book.save(file)


def put(cell: Any, text: str | None) -> None:
    cell.value = text
    if text is not None:
        cell.data_type = "s"  # as somebody types into a cell whose format is Text


def complaints(place: Path, file: Path, tag: str = "ur") -> list[str]:
    before = {one: one.read_bytes() for one in place.rglob("*.yaml")}
    with pytest.raises(BadInput) as raised:
        back(place, file, tag)
    assert {one: one.read_bytes() for one in place.rglob("*.yaml")} == before
    return [f"{one.field}: {one.message}" for one in raised.value.problems]


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(questionnaires(), st.data())
def test_what_a_translator_writes_is_what_patients_read(asked: Questionnaire, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "clinic").mkdir()
        (place / f"{asked.key}.yaml").write_text(as_yaml(asked), "utf-8")
        (place / WORDS).mkdir()
        shutil.copy(SHIPPED / WORDS / "en.yaml", place / WORDS)
        file = out(place, place / "t.xlsx", key=asked.key)
        said = {}
        for text in of_questionnaire(asked, easy=False):
            most = min(text.most, 40)
            drawn = data.draw(st.sampled_from(EVIL) | words(most))
            # Labels of one question differ: nobody could tell them apart.
            unique = f"{drawn} {len(said)}" if text.where[-2:-1] in {("options",), ("bands",)} else drawn
            if text.needed or data.draw(st.booleans()):
                said[text.where] = unique[: text.most]
        fill(file, {f"{asked.key}: {'.'.join(where)}": text for where, text in said.items()})
        back(place, file, key=asked.key)
        found = Translations.load(catalogue_of(place)).find(asked.key, "ur")
        assert found is not None
        assert dict(found.texts) == {where: " ".join(text.split()) for where, text in said.items()}
        again = out(place, place / "again.xlsx", key=asked.key)
        assert back(place, again, key=asked.key) == []  # exported and read back, nothing has changed


def test_a_workbook_holds_each_text_once_and_what_patients_see_is_complete_after_it(place: Path) -> None:
    file = out(place, place / "t.xlsx")
    book = load_workbook(file)
    assert book.sheetnames == list(SHEETS)
    places = [row[0].value for sheet in book.worksheets for row in sheet.iter_rows(min_row=2)]
    assert len(places) == len(set(places))
    assert "_blocks/fft: question.text" in places
    assert f"{KEY}: questions.fft.text" not in places
    fill(file, {}, every="ur")
    assert back(place, file) == [
        "_blocks/age_band.ur.yaml",
        "_blocks/comment.ur.yaml",
        "_blocks/fft.ur.yaml",
        "_words/ur.yaml",
        "clinic/v1.ur.yaml",
    ]
    catalogue = catalogue_of(place)
    edition = Editions(Translations.load(catalogue)).edition(catalogue.get(KEY), "ur")
    assert edition.missing == ()
    assert not edition.is_offered  # nobody has reviewed it
    review(place)
    assert back(place, out(place, place / "again.xlsx")) == []
    assert [one.tag for one in Editions(Translations.load(catalogue)).offered(catalogue.get(KEY))] == [
        "en",
        "ur",
    ]


def test_a_word_changed_in_a_workbook_makes_its_review_void(place: Path) -> None:
    translate(place, "ur")
    review(place)
    file = out(place, place / "t.xlsx")
    fill(file, {"_blocks/fft: question.options.good": "خوب"})
    assert back(place, file) == ["_blocks/fft.ur.yaml"]
    found = Translations.load(catalogue_of(place)).find("_blocks/fft", "ur")
    assert found is not None
    assert (found.state, found.texts["question", "options", "good"]) == ("stale", "خوب")


def test_a_blank_takes_a_translation_away(place: Path) -> None:
    translate(place, "ur")
    file = out(place, place / "t.xlsx")
    fill(file, {f"{KEY}: title": None})
    assert back(place, file) == ["clinic/v1.ur.yaml"]
    catalogue = catalogue_of(place)
    edition = Editions(Translations.load(catalogue)).edition(catalogue.get(KEY), "ur")
    assert edition.missing == ((KEY, "title"),)
    [own] = [one for one in edition.used if one.of == KEY]
    everything: dict[str, str | None] = {f"{KEY}: {'.'.join(where)}": None for where in own.texts}
    fill(file, everything)
    assert back(place, file) == ["clinic/v1.ur.yaml"]
    assert not (place / "clinic" / "v1.ur.yaml").exists()


def test_a_comment_at_the_head_of_a_file_stays(place: Path) -> None:
    translate(place, "ur")
    own = place / "clinic" / "v1.ur.yaml"
    own.write_text("# By Ann.\n\n" + own.read_text("utf-8"), "utf-8")
    file = out(place, place / "t.xlsx")
    fill(file, {f"{KEY}: title": "عنوان"})
    back(place, file)
    assert own.read_text("utf-8").startswith("# By Ann.\n\ntitle: عنوان\n")


def test_what_begins_like_a_formula_is_text_in_every_cell(place: Path) -> None:
    version = place / "clinic" / "v1.yaml"
    version.write_text(version.read_text("utf-8").replace("label: Kind,", 'label: "=1+1",'), "utf-8")
    translate(place, "ur")
    cells = [cell for sheet in load_workbook(out(place, place / "t.xlsx")) for row in sheet for cell in row]
    assert any(cell.value == "=1+1" for cell in cells)
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert all(cell.quotePrefix and cell.number_format == "@" for cell in cells if cell.value is not None)


@pytest.mark.parametrize(("tag", "right_to_left"), [("ur", True), ("pl", False), ("ur-easy", True)])
def test_one_column_is_open_and_it_reads_in_its_direction(place: Path, tag: str, right_to_left: bool) -> None:
    for sheet in load_workbook(out(place, place / "t.xlsx", tag)).worksheets:
        assert sheet.sheet_view.rightToLeft is right_to_left
        assert sheet.protection.sheet
        for row in sheet.iter_rows(min_row=2):
            assert [cell.protection.locked for cell in row] == [True, True, False, True]
            assert row[2].alignment.readingOrder == (2 if right_to_left else 1)
            assert row[1].alignment.readingOrder == 1


def test_what_is_said_elsewhere_is_offered_to_be_checked(place: Path) -> None:
    translate(place, "ur")
    other = place / "ward"
    shutil.copytree(place / "clinic", other)
    (other / "v1.ur.yaml").unlink()
    text = (other / "v1.yaml").read_text("utf-8")
    (other / "v1.yaml").write_text(text.replace("pathway: clinic", "pathway: ward"), "utf-8")
    sheet = load_workbook(out(place, place / "t.xlsx", key="ward/v1"))["Questions"]
    rows = {row[0].value: row for row in sheet.iter_rows(min_row=2)}
    kind = rows["ward/v1: questions.kindness.options.kind"]
    assert kind[2].value == "ur Kind"
    assert "please check" in kind[3].value


def test_a_workbook_is_never_written_over(place: Path) -> None:
    file = out(place, place / "t.xlsx")
    with pytest.raises(Refused, match="not written over"):
        out(place, file)


def test_all_that_is_wrong_is_said_cell_by_cell_and_nothing_is_written(place: Path) -> None:
    translate(place, "ur")
    file = out(place, place / "t.xlsx")
    book = load_workbook(file)
    own, shared, page = book.worksheets
    own["C2"] = "x" * 121
    own["C3"].value = "=1+1"
    own["C5"] = "a"
    own["C7"] = "A"
    own["A6"] = f"{KEY}: questions.nothing.text"
    shared["B2"] = "What?"
    shared["C3"] = True
    page["A3"] = page["A2"].value
    page["C7"] = "no blank here {least}"
    book.save(file)
    found = complaints(place, file)
    assert sorted(found) == sorted(
        [
            "Questions!C3: holds a formula: copy it and paste its value alone",
            f"Questions!A6: there is no {KEY}: questions.nothing.text here now: export the workbook again",
            "Shared questions!B2: the source has changed since: export the workbook again",
            "Shared questions!C3: holds no text: format the cell as Text and write it again",
            "Page!A3: _words: languages stands here a second time: keep one of them",
            "Questions!C2: has 121 characters; 120 is the most: shorten it",
            "Questions!C7: reads as that of questions.kindness.options.kind: nobody could tell them apart",
            "Page!C7: keeps what is filled in, each as it is: none",
        ]
    )


def test_a_workbook_for_another_language_or_without_its_sheets_is_not_read(place: Path) -> None:
    file = out(place, place / "t.xlsx", "pl")
    assert "Urdu (ur)" in complaints(place, file)[0]
    book = Workbook()
    book.save(other := place / "other.xlsx")
    assert complaints(place, other) == [
        f"{name}!A1: this sheet is missing: export the workbook again" for name in SHEETS
    ]
    (place / "none.xlsx").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(BadInput, match="damaged"):
        back(place, place / "none.xlsx")


def test_easy_read_names_its_pictures_and_keeps_the_national_words(place: Path) -> None:
    file = out(place, place / "t.xlsx", "en-easy")
    fill(file, {f"{KEY}: questions.kindness.picture": "cat", "_blocks/fft: question.text": "How was it?"})
    found = complaints(place, file, "en-easy")
    assert any("there is no picture 'cat'" in one for one in found)
    assert any("NHS England's" in one for one in found)


def test_a_catalogue_of_two_folders_is_written_into_the_later(place: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    both = Catalogue.load([place, own])
    file = out(place, tmp_path / "t.xlsx")
    fill(file, {f"{KEY}: title": "عنوان"})
    made = take(file, Translations.load(both), both.get(KEY), "ur", folder=own)
    assert made == [own / "clinic" / "v1.ur.yaml"]
