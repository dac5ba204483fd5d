"""Translations at the keyboard: out, back, reviewed, listed, checked."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from survey.cli.questionnaire import questionnaire
from survey.domain.errors import BadInput, NotFound, Refused
from survey.resources import folder

KEY = "patient-transport/v1"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "own"
    made.mkdir()
    monkeypatch.setenv("HEARD_QUESTIONNAIRES_DIR", str(made))
    return made


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(questionnaire, [*map(str, arguments)], catch_exceptions=False)


def test_a_draft_is_read_reviewed_in_a_folder_of_ones_own_and_offered(own: Path) -> None:
    before = {one: one.read_bytes() for one in folder("questionnaires").rglob("*.yaml")}
    report = run("translate", KEY, "ur").output
    assert f"{KEY}  ur        draft " in report
    assert "_blocks/fft: 7 of 7, draft" in report
    done = run("review", "ur", KEY, "--by", "Ann Reviewer", "--on", "2026-12-01")
    assert "files are reviewed" in done.output
    assert "offered" in run("translate", KEY, "ur").output
    mark = (own / "patient-transport" / "v1.ur.yaml").read_text("utf-8").splitlines()[-1]
    assert mark.startswith('reviewed: {by: "Ann Reviewer", on: 2026-12-01, words: ')
    assert run("review", "ur", KEY, "--by", "Ann").output == "nothing was left to review\n"
    assert {one: one.read_bytes() for one in folder("questionnaires").rglob("*.yaml")} == before


def test_a_workbook_goes_out_and_comes_back(own: Path, tmp_path: Path) -> None:
    file = tmp_path / "ro.xlsx"
    assert "are 0 of them" not in run("translate", KEY, "ro", "--out", file).output
    book = load_workbook(file)
    book["Questions"]["C2"] = "Călătoria dumneavoastră"
    book.save(file)
    said = run("translate", KEY, "ro", "--in", file).output
    assert "v1.ro.yaml is written" in said
    assert f"{KEY}: 1 of 5, draft" in said
    assert f"missing: {KEY}: questions.kindness.text" in said
    with pytest.raises(Refused, match="texts are missing"):
        run("review", "ro", KEY, "--by", "Ann")


def test_every_version_is_listed_with_what_it_is_translated_into() -> None:
    said = [line.split()[:3] for line in run("list", "--languages").output.splitlines()]
    assert [KEY, "en-easy", "offered"] in said
    assert sum(tag == "ur" and state == "draft" for _, tag, state in said) == 5


def test_files_of_translations_are_checked_beside_questionnaires(own: Path) -> None:
    (own / "patient-transport").mkdir()
    file = own / "patient-transport" / "v1.ro.yaml"
    file.write_text("title: Călătoria\n", "utf-8")
    assert run("check", file).output == "1 translation is sound\n"
    file.write_text("titlu: Călătoria\n", "utf-8")
    for arguments in ((file,), ()):
        with pytest.raises(BadInput) as raised:
            run("check", *arguments)
        assert [one.field for one in raised.value.problems] == ["titlu"]


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (("translate", KEY, "xx"), NotFound, "no language that Heard knows"),
        (("translate", KEY, "en"), BadInput, "written in English itself"),
        (("translate", "nothing/v1", "ur"), NotFound, "no questionnaire"),
        (("translate", KEY, "ur", "--out", "x.csv"), BadInput, "does not end with .xlsx"),
        (("translate", KEY, "ur", "--in", "nothing.xlsx"), BadInput, "nothing.xlsx"),
        (("review", "ro", "--by", "Ann"), NotFound, "nothing of this is translated into Romanian"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: tuple[str, ...], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        run(*arguments)


def test_a_preview_of_a_file_has_the_translations_beside_it(own: Path) -> None:
    from survey.cli.drafts import editions_of

    found, editions = editions_of(str(folder("questionnaires") / "patient-transport" / "v1.yaml"))
    assert editions.tags(found) == ["en-easy", "pl", "ur"]
    by_key, same = editions_of(KEY)
    assert (by_key.digest, same.tags(by_key)) == (found.digest, editions.tags(found))
