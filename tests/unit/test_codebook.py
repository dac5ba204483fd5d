"""The codebook: a row for each answer and each indicator, in words, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings

from survey.cli import questionnaire as commands
from survey.domain.questionnaire import Option, Question, Questionnaire
from survey.presenters import codebook
from survey.services.csv_file import write_csv
from tests.kinds import every_kind
from tests.questionnaires import questionnaires


def read(path: Path) -> list[dict[str, str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")  # so that Excel reads names right
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def written(questionnaire: Questionnaire, place: Path) -> list[dict[str, str]]:
    write_csv(place / "book.csv", codebook.table(questionnaire))
    return read(place / "book.csv")


def test_every_answer_and_every_indicator_has_its_row(tmp_path: Path) -> None:
    found = written(every_kind(), tmp_path)
    values = [(row["question"], row["value"]) for row in found if row["part"] != "indicator"]
    assert values == [
        (question.code, code)
        for question in every_kind().questions
        for code in ([one.code for one in question.options] or [""])
    ]
    assert [row["indicator"] for row in found if row["part"] == "indicator"] == ["wait"]


def test_conditions_bands_shares_and_storing_are_said_in_words(tmp_path: Path) -> None:
    rows = written(every_kind(), tmp_path)
    hours = next(row for row in rows if row["question"] == "hours")
    assert hours["asked of"] == "whoever answered waiting ('How was your wait?') with 'Long' or 'Very long'"
    assert (hours["band"], hours["stored"]) == (
        "1 to 4",
        "the code of the band; the number itself is not kept",
    )
    wait = rows[-1]
    assert (wait["of these"], wait["among these"]) == ("Not long", "Not long; Long")
    assert "with a space between" in next(row["stored"] for row in rows if row["kind"] == "multiple")
    assert [row["score"] for row in rows if row["question"] == "ease"] == [str(point) for point in range(11)]


def test_what_is_about_the_person_is_kept_apart_here_too(tmp_path: Path) -> None:
    rows = written(every_kind(), tmp_path)
    ages = [row for row in rows if row["question"] == "age"]
    assert {row["part"] for row in ages} == {"about the person"}
    assert all("kept apart from all other answers" in row["stored"] for row in ages)
    text = codebook.markdown(every_kind())
    assert text.index("## About care") < text.index("### comment") < text.index("## About the person")
    assert text.index("## About the person") < text.index("### age") < text.index("## What is followed")


@pytest.mark.parametrize("begins", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "=cmd|' /C calc'!A0"])
def test_no_text_is_a_formula_and_a_negative_score_stays_a_number(tmp_path: Path, begins: str) -> None:
    options = (Option("a", begins, "favourable", -1.0), Option("b", "B", "unfavourable", 1.5))
    question = Question("waiting", "single", begins, begins, begins, options)
    rows = written(replace(every_kind(), questions=(question,)), tmp_path)
    for row in rows[:2]:
        assert not any(cell.startswith(("=", "+", "@", "\t")) for cell in row.values())
        assert {row["text"], row["why"], row["hint"]} == {f"'{begins}"}
    assert rows[0]["label"] == f"'{begins}"
    assert [row["score"] for row in rows[:2]] == ["-1", "1.5"]


@given(questionnaires())
@settings(max_examples=30, deadline=None)
def test_any_questionnaire_keeps_its_tables_whole_and_its_words(drawn: Questionnaire) -> None:
    found = codebook.table(drawn)
    assert {len(row) for row in found} == {len(codebook.HEADINGS)}
    assert codebook.markdown(drawn) == codebook.markdown(drawn)
    text = codebook.markdown(drawn)
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    for question in drawn.questions:
        for option in question.options:
            assert any(line.startswith(f"| {option.code.replace('_', chr(92) + '_')} |") for line in lines)
    assert "<b>" not in text.replace("\\<b\\>", "")


def test_at_the_keyboard_twice_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for place in (first, second, first):
        words = ["codebook", "general-practice/v1", "--out", str(place)]
        assert CliRunner().invoke(commands.questionnaire, words).exit_code == 0
    names = sorted(path.name for path in first.iterdir())
    assert names == ["general-practice-v1-codebook.csv", "general-practice-v1-codebook.md"]
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)
    assert len(read(first / names[0])) > 40
