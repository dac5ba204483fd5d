"""Several answers, points and numbers come back as the answers that may be kept, or are kindly refused."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from survey.catalogue.words import in_english
from survey.domain.questionnaire import Questionnaire
from survey.domain.response import Response
from survey.web.patient import forms
from tests.kinds import every_kind, required

SAY = in_english().say
RANGE = "Write a number from 1 to 99"
TOGETHER = "Choose ‘None of these’ or the others, not both"
Sent = list[tuple[str, str]]


def came_back(
    sent: Sent, questionnaire: Questionnaire | None = None
) -> tuple[dict[str, str], dict[str, str]]:
    """What is wrong with what was sent, and what would be kept of it."""
    asked = questionnaire or every_kind()
    with Flask("test").test_request_context():
        form = forms.form_class(asked)(formdata=MultiDict(sent))
        return forms.problems(asked, form), forms.answered(asked, form)


def of_number(text: str) -> tuple[str | None, str | None]:
    wrong, kept = came_back([("q_waiting", "long"), ("q_hours", text)])
    return wrong.get("hours"), kept.get("hours")


@pytest.mark.parametrize(
    ("text", "band"),
    [
        *[(text, "few") for text in ("1", "4", " 3\n", "003", "٣", "3\x00")],
        *[(text, "many") for text in ("5", "99", "007", "۱۲")],
    ],
)
def test_a_number_is_kept_as_its_band(text: str, band: str) -> None:
    assert of_number(text) == (None, band)


@pytest.mark.parametrize(
    ("text", "says"),
    [(text, SAY("figures")) for text in ("about 3", "3 hours", "three", "2-3", "1 000", "3.", "½", "3²", "x")]
    + [(text, SAY("whole")) for text in ("3.5", "3,5", "1,000", "1.000.000", ".5", "٣,٥")]
    + [(text, RANGE) for text in ("0", "100", "-3", "−3", "1" * 5_000, "9" * 20)],
)
def test_what_is_no_number_of_the_question_is_refused_in_words(text: str, says: str) -> None:
    assert of_number(text) == (says, None)


def test_the_number_itself_is_in_nothing_that_is_kept() -> None:
    sent = {"waiting": "long", "hours": "77", "ease": "p10"}
    _, kept = came_back([(f"q_{code}", answer) for code, answer in sent.items()])
    assert kept == {"waiting": "long", "hours": "many", "ease": "p10"}
    assert b"77" not in forms.response(every_kind(), kept).encode()
    assert b"77" in forms.response(every_kind(), sent).encode()  # what was sent, kept as it came


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        ("food noise", "noise food"),
        ("food food", "food"),
        ("none", "none"),
        ("light food noise", "noise light food"),
    ],
)
def test_several_are_kept_in_the_order_of_the_options(chosen: str, kept: str) -> None:
    sent = [("q_troubles", code) for code in ["", *chosen.split()]]
    assert came_back(sent) == ({}, {"troubles": kept})


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ("noise none", TOGETHER),
        ("none noise", TOGETHER),
        ("noise dark", SAY("unknown")),
        ("none dark", SAY("unknown")),
    ],
)
def test_several_that_cannot_be_chosen_together_are_refused(chosen: str, says: str) -> None:
    sent = [("q_troubles", code) for code in ["", *chosen.split()]]
    assert came_back(sent) == ({"troubles": says}, {})


def test_answers_are_sorted_by_kind() -> None:
    sent = [
        ("q_waiting", "long"),
        ("q_hours", "6"),
        ("q_told", "Soon"),
        ("q_troubles", "food"),
        ("q_ease", "p1"),
    ]
    _, kept = came_back([*sent, ("q_hard", "p2"), ("q_comment", "No"), ("q_age", "old")])
    rated = {"waiting": "long", "hours": "many", "troubles": "food", "ease": "p1", "hard": "p2"}
    assert forms.response(every_kind(), kept) == Response(
        rated, {"told": "Soon", "comment": "No"}, {"age": "old"}
    )


def test_what_was_not_asked_is_dropped_whatever_it_says() -> None:
    sent = [("q_waiting", "short"), ("q_hours", "many hours"), ("q_told", "x" * 900), ("q_hard", "p9")]
    assert came_back(sent) == ({}, {"waiting": "short"})


def test_a_wrong_answer_asks_nothing_more() -> None:
    wrong, kept = came_back([("q_waiting", "long"), ("q_hours", "100"), ("q_told", "Nothing")])
    assert wrong == {"hours": RANGE}
    assert kept == {"waiting": "long"}


def test_answers_to_nothing_that_was_asked_are_no_answers() -> None:
    assert came_back([("q_hours", "5"), ("q_told", "Nothing")]) == ({"waiting": SAY("nothing")}, {})


def test_what_must_be_answered_must_be_where_it_is_asked() -> None:
    asked = required(every_kind())
    short, _ = came_back([("q_waiting", "short"), ("q_ease", "p9")], asked)
    assert short == {"troubles": SAY("choose"), "comment": SAY("write_words")}
    long, _ = came_back([("q_waiting", "long"), ("q_ease", "p9")], asked)
    assert long == {"hours": SAY("write_number")} | short
