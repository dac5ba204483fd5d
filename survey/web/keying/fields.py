"""A version's questions as the keying page shows them: numbered as on paper, a key beside each answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from survey.catalogue.words import in_english
from survey.domain.keying import keys_of
from survey.domain.questionnaire import Question, Questionnaire
from survey.web.patient import routing
from survey.web.patient.forms import field_name

_INPUTS = {"single": "radio", "scale": "radio", "multiple": "checkbox", "number": "number", "text": "text"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be pressed."""

    code: str
    label: str
    key: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One question of the page."""

    name: str
    number: int
    text: str
    hint: str  # read aloud on the telephone; on paper it stands already
    input: str
    choices: Sequence[Choice]
    answer: str  # as it was sent, of a number or a text
    unit: str
    longest: int | None
    only: str  # of whom it is asked
    rule: str | None  # the same for the script, as the patient's page has it
    bands: str | None
    wrong: str


def fields(
    questionnaire: Questionnaire,
    *,
    given: Mapping[str, str],
    wrong: Mapping[str, str],
    own_words: bool = True,
) -> list[Field]:
    """In the paper's order. `own_words`: also what is written, which nobody keys a second time."""
    asked = enumerate(questionnaire.questions, start=1)
    return [
        _field(questionnaire, one, number, answer=given.get(one.code, ""), wrong=wrong.get(one.code, ""))
        for number, one in asked
        if own_words or one.kind != "text"
    ]


def _field(
    questionnaire: Questionnaire, question: Question, number: int, *, answer: str, wrong: str
) -> Field:
    chosen = question.chosen(answer) if answer else ()
    options = () if question.kind == "number" else question.options
    keys = keys_of(question) if options else {}
    return Field(
        name=field_name(question.code),
        number=number,
        text=question.text,
        hint=" ".join(filter(None, (question.hint, question.why if question.about_you else None))),
        input=_INPUTS[question.kind],
        choices=[Choice(one.code, one.label, keys[one.code], one.code in chosen) for one in options],
        answer=answer,
        unit=question.unit or "",
        longest=question.max_length,
        only=routing.of_whom(questionnaire, question, in_english()) or "",
        rule=routing.rule(question),
        bands=routing.bands(question),
        wrong=wrong,
    )
