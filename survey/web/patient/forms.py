"""What comes back from a patient's page: one form class for each published version, and what it says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import AnyOf, DataRequired, Length, Optional

from survey.domain.questionnaire import Question, Questionnaire
from survey.domain.response import Response

CHOOSE = "Choose an answer to this question"
UNKNOWN = "Choose one of the answers on the list"
NOTHING = "Answer at least one question"
LONGEST_READ = 5_000  # characters of one answer; no question takes more than 1,000
_NEWLINES = re.compile(r"\r\n?|[\u2028\u2029\x85\x0b\x0c]")


def field_name(code: str) -> str:
    """A question's field; the prefix keeps a question called 'data' or 'errors' from shadowing the form's."""
    return f"q_{code}"


@lru_cache(maxsize=64)
def form_class(questionnaire: Questionnaire) -> type[FlaskForm]:
    """The form of one published version, built once."""

    class Meta:
        # There is no session and no cookie that a forged request could ride on: who knows the ticket, or
        # holds the form's signed nonce, may answer; nobody else can. That is the defence.
        csrf = False

    fields: dict[str, Any] = {field_name(one.code): _field(one) for one in questionnaire.questions}
    return type("PatientForm", (FlaskForm,), {"Meta": Meta, **fields})


def _field(question: Question) -> Any:
    if question.kind == "text":
        most = question.max_length or 0
        says = f"Your comment must be {most:,} characters or fewer"
        presence = DataRequired("Write something here") if question.required else Optional()
        limits = [presence, Length(max=most, message=says)]
        return StringField(question.text, filters=[tidy], validators=limits)
    presence = DataRequired(CHOOSE) if question.required else Optional()
    known = AnyOf([option.code for option in question.options], message=UNKNOWN)
    return StringField(question.text, filters=[tidy], validators=[presence, known])


def tidy(text: str | None) -> str:
    """One kind of newline, composed characters, no control characters (PostgreSQL keeps no NUL).

    What is far too long for any question is left uncomposed, to be refused: composing takes time that grows
    with the square of a run of combining marks.
    """
    lines = _NEWLINES.sub("\n", text or "")
    kept = (c for c in lines if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    tidied = "".join(kept).strip()
    return unicodedata.normalize("NFC", tidied).strip() if len(tidied) <= LONGEST_READ else tidied


def given(questionnaire: Questionnaire, form: FlaskForm) -> dict[str, str]:
    """What was answered, by question code, as it was sent."""
    found = {one.code: form[field_name(one.code)].data or "" for one in questionnaire.questions}
    return {code: answer for code, answer in found.items() if answer}


def problems(questionnaire: Questionnaire, form: FlaskForm) -> dict[str, str]:
    """What is wrong, by question code; the first question's fault where nothing was answered at all."""
    form.validate()
    wrong = {one.code: form[field_name(one.code)].errors for one in questionnaire.questions}
    found = {code: str(errors[0]) for code, errors in wrong.items() if errors}
    if not found and not given(questionnaire, form):
        return {questionnaire.questions[0].code: NOTHING}
    return found


def response(questionnaire: Questionnaire, answered: Mapping[str, str]) -> Response:
    """What was answered, sorted by where it will be kept."""

    def among(chosen: Any) -> dict[str, str]:
        return {one.code: answered[one.code] for one in questionnaire.questions if chosen(one)}

    return Response(
        answers=among(lambda q: q.code in answered and q.kind == "single" and not q.about_you),
        comments=among(lambda q: q.code in answered and q.kind == "text"),
        about_you=among(lambda q: q.code in answered and q.about_you),
    )
