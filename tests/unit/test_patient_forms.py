"""What comes back from the patient's page is tidied, checked against its version and sorted."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Literal

import pytest
from flask import Flask
from hypothesis import given as with_any
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.editions import as_published
from survey.catalogue.words import in_english
from survey.domain.questionnaire import Question, Questionnaire
from survey.domain.response import Response
from survey.web.patient import forms

SAY = in_english().say


@pytest.fixture
def questionnaire(catalogue: Catalogue) -> Questionnaire:
    return catalogue.get("nhs-111/v1")


def problems(questionnaire: Questionnaire, **sent: str) -> dict[str, str]:
    with Flask("test").test_request_context():
        return forms.problems(questionnaire, forms.form_class(questionnaire)(formdata=MultiDict(sent)))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("  spaces \n", "spaces"),
        ("nul\x00bell\x07", "nulbell"),
        ("e\u0301", "\u00e9"),
        ("tab\tstays", "tab\tstays"),
        ("👩🏽‍⚕️ اردو", "👩🏽‍⚕️ اردو"),
        (None, ""),
    ],
)
def test_text_is_tidied(sent: str | None, kept: str) -> None:
    assert forms.tidy(sent) == kept


@with_any(st.text())
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    assert forms.tidy(forms.tidy(text)) == forms.tidy(text)


@with_any(st.text())
def test_no_control_character_reaches_the_database(text: str) -> None:
    control = {chr(n) for n in (*range(32), *range(127, 160))} - {"\n", "\t"}
    assert not control & set(forms.tidy(text))


def test_a_form_is_built_once_a_version(questionnaire: Questionnaire) -> None:
    assert forms.form_class(questionnaire) is forms.form_class(replace(questionnaire))


def test_a_question_named_like_a_part_of_the_form_does_no_harm(questionnaire: Questionnaire) -> None:
    odd = [replace(questionnaire.questions[0], code=code) for code in ("data", "errors", "validate", "meta")]
    strange = replace(questionnaire, questions=tuple(odd), digest="1" * 64)
    assert problems(strange, q_data="good", q_validate="excellent") == {"validate": SAY("unknown")}


def test_a_required_question_must_be_answered(questionnaire: Questionnaire) -> None:
    needed = [replace(one, required=not one.about_you) for one in questionnaire.questions]
    strict = replace(questionnaire, questions=tuple(needed), digest="2" * 64)
    wrong = problems(strict, q_fft="good", q_comment="  ")
    assert "fft" not in wrong
    assert wrong["kindness"] == SAY("choose")
    assert set(wrong) == {one.code for one in needed if one.required} - {"fft"}


def test_answers_are_sorted_by_where_they_will_be_kept(questionnaire: Questionnaire) -> None:
    given = {"fft": "good", "comment": "Thanks", "age_band": "under_16"}
    assert forms.response(questionnaire, given) == Response(
        {"fft": "good"}, {"comment": "Thanks"}, {"age_band": "under_16"}
    )


def test_a_comment_is_measured_in_characters_not_bytes(questionnaire: Questionnaire) -> None:
    assert problems(questionnaire, q_comment="\U0001f691" * 1000) == {}
    assert "comment" in problems(questionnaire, q_comment="x" * 1001)
    assert problems(questionnaire, q_comment="a\r\n" * 500) == {}


def test_what_is_far_too_long_is_refused_without_being_composed(
    questionnaire: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = "a" + "\u0327\u0301" * 15_000  # composing a run of marks takes time that grows with its square
    sizes: list[int] = []
    compose = unicodedata.normalize

    def counted(form: Literal["NFC"], text: str) -> str:
        sizes.append(len(text))
        return compose(form, text)

    monkeypatch.setattr(unicodedata, "normalize", counted)
    wrong = problems(questionnaire, q_comment=marks, q_fft=marks)
    assert "characters or fewer" in wrong["comment"]
    assert wrong["fft"] == SAY("unknown")
    assert max(sizes) <= forms.LONGEST_READ
    assert forms.tidy(" \n" * 9_000) == ""


def test_a_text_question_without_hint_still_warns(questionnaire: Questionnaire) -> None:
    from survey.web.patient import fragments

    bare = Question("comment", "text", "Anything else?", "a test", max_length=1000)
    one = replace(questionnaire, questions=(bare,), digest="3" * 64)
    [step] = fragments.steps(as_published(one), given={}, wrong={})
    assert "Please do not write anyone" in step.html
    assert "116 123" in step.html
