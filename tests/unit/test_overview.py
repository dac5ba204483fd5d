"""The tables of themes and pathways that the questionnaires' README shows."""

from __future__ import annotations

from survey.catalogue.overview import themes
from survey.domain.questionnaire import Indicator, Option, Question, Questionnaire, State

YES = (Option("good", "Good", "favourable"), Option("bad", "Bad", "unfavourable"))


def asked(key: str, *codes: str, about: tuple[str, ...] = (), state: State = "published") -> Questionnaire:
    """A questionnaire that asks these; `waiting` and `fft` have indicators."""
    pathway, _, version = key.partition("/v")
    followed = [code for code in codes if code in {"fft", "waiting"}]
    return Questionnaire(
        pathway=pathway,
        version=int(version),
        title="Made up",
        state=state,
        digest="",
        questions=(
            *(Question(code, "single", "How?", "why", options=YES) for code in codes),
            *(Question(code, "single", "Who?", "why", options=YES, about_you=True) for code in about),
        ),
        indicators=tuple(
            Indicator(f"{code}_positive", "name", code, f"{code}/1", frozenset({"good"}), frozenset())
            for code in followed
        ),
    )


def rows(*questionnaires: Questionnaire) -> list[list[str]]:
    table = [line for line in themes(questionnaires).splitlines() if line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_a_questionnaire_is_a_row_with_what_is_asked_in_its_order():
    table = rows(asked("ward/v1", "fft", "comment", "waiting", about=("age_band",)))
    assert table[:3] == [
        ["questionnaire", "of the care", "of the person"],
        ["---"] * 3,
        ["ward/v1", "fft/1, comment, waiting/1", "age_band"],
    ]


def test_a_draft_is_called_one_and_nothing_asked_is_a_dash():
    assert rows(asked("ward/v2", "fft", state="draft"))[2] == ["ward/v2 (draft)", "fft/1", "–"]


def test_a_theme_of_several_pathways_is_a_row_the_most_asked_first():
    table = rows(asked("a/v1", "fft", "waiting"), asked("b/v1", "fft"), asked("c/v1", "fft"))
    assert table[5:] == [["theme", "pathways", "which"], ["---", "---:", "---"], ["fft/1", "3", "all"]]


def test_a_theme_that_few_pathways_lack_names_those():
    with_it = [asked(f"{name}/v1", "waiting") for name in "abcd"]
    assert rows(*with_it, asked("e/v1", "fft"))[-1] == ["waiting/1", "4", "all but e"]


def test_a_theme_of_less_than_most_names_the_pathways_that_ask_it():
    without = [asked(f"{name}/v1", "fft") for name in "cde"]
    table = rows(asked("b/v1", "waiting"), asked("a/v1", "waiting"), *without)
    assert ["waiting/1", "2", "a, b"] in table


def test_a_theme_that_not_every_version_asks_names_those_that_do():
    few = [asked("c/v1", "comment"), asked("d/v1", "comment")]
    both = [asked("a/v1", "waiting"), asked("b/v1", "comment"), asked("b/v2", "waiting", "comment")]
    assert ["waiting/1", "2", "a, b v2"] in rows(*both, *few)
    assert ["comment", "3", "all but a; only b v2, v3"] in rows(
        asked("a/v1", "fft"), asked("b/v1", "fft"), asked("b/v2", "comment"), asked("b/v3", "comment"), *few
    )
