"""What comes back from a patient's page: one form class for each published version, and what is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, StringField
from wtforms.validators import StopValidation, ValidationError

from survey.catalogue.words import Words, in_english
from survey.domain.questionnaire import Question, Questionnaire
from survey.domain.response import Response
from survey.domain.ways import ONLINE, way

LONGEST_READ = 5_000  # characters of one answer; no question takes more than 1,000
_NEWLINES = re.compile(r"\r\n?|[\u2028\u2029\x85\x0b\x0c]")
_DIGITS = {start + digit: str(digit) for start in (0x660, 0x6F0) for digit in range(10)}  # Arabic, Urdu
_IN_FIGURES = re.compile(r"[-\u2212\u2013]?[0-9]+")
_IN_PARTS = re.compile(r"[-\u2212\u2013]?[0-9]*([.,][0-9]+)+")
_LONGEST_NUMBER = 9  # digits; no band reaches as far, and Python reads no number of thousands of digits

Check = Callable[[FlaskForm, Field], None]


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with an answer, by the name of what is said of it: forms know no language."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict)
    option: str = ""  # whose label is said


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


class _Several(StringField):  # type: ignore[misc]  # WTForms is not typed
    """The codes that were chosen as one answer, in the order of `codes`; what is none of them comes last."""

    def __init__(self, *args: Any, codes: Sequence[str], **more: Any) -> None:
        super().__init__(*args, **more)
        self._place = {code: place for place, code in enumerate(codes)}

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        sent = {tidy(one) for one in valuelist} - {""}
        self.data = " ".join(sorted(sent, key=lambda code: (self._place.get(code, len(self._place)), code)))


def _field(question: Question) -> Any:
    validators = [_presence(question), _check(question)]
    if question.kind == "multiple":
        codes = [option.code for option in question.options]
        return _Several(question.text, codes=codes, validators=validators)
    return StringField(question.text, filters=[tidy], validators=validators)


def _check(question: Question) -> Check:
    kinds = {"text": _length, "number": _number}
    return kinds.get(question.kind, _on_list)(question)


def _length(question: Question) -> Check:
    most = question.max_length or 0

    def check(_form: FlaskForm, field: Field) -> None:
        if len(field.data) > most:
            raise ValidationError(Wrong("too_long", {"most": most}))

    return check


def _presence(question: Question) -> Check:
    # Whether the question was asked at all is not for one field to know: see `problems`.
    missing = {"text": "write_words", "number": "write_number"}.get(question.kind, "choose")

    def check(_form: FlaskForm, field: Field) -> None:
        if not field.data:
            raise StopValidation(Wrong(missing) if question.required else "")

    return check


def _on_list(question: Question) -> Check:
    alone = {option.code for option in question.options if option.alone}
    known = {option.code for option in question.options}

    def check(_form: FlaskForm, field: Field) -> None:
        if question.takes(field.data):
            return
        chosen = question.chosen(field.data)
        if known.issuperset(chosen) and (option := next((one for one in chosen if one in alone), None)):
            raise ValidationError(Wrong("not_both", option=option))
        raise ValidationError(Wrong("unknown"))

    return check


def _number(question: Question) -> Check:
    least = min(option.least or 0 for option in question.options)
    most = max(option.most or 0 for option in question.options)

    def check(_form: FlaskForm, field: Field) -> None:
        text = _plain_digits(field.data)
        if _IN_PARTS.fullmatch(text):
            raise ValidationError(Wrong("whole"))
        if not _IN_FIGURES.fullmatch(text):
            raise ValidationError(Wrong("figures"))
        if _band(question, field.data) is None:
            raise ValidationError(Wrong("range", {"least": least, "most": most}))

    return check


def _band(question: Question, text: str) -> str | None:
    digits = _plain_digits(text).lstrip("0") or "0"
    if not re.fullmatch(r"[0-9]+", digits) or len(digits) > _LONGEST_NUMBER or not text:
        return None
    return question.band(int(digits))


def _plain_digits(text: str) -> str:
    return text.translate(_DIGITS)


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
    """What was answered, by question code, as it was sent: for the patient's own page alone."""
    found = {one.code: form[field_name(one.code)].data or "" for one in questionnaire.questions}
    return {code: answer for code, answer in found.items() if answer}


def answered(questionnaire: Questionnaire, form: FlaskForm) -> dict[str, str]:
    """What was answered, as it may be kept: of a number its band, and nothing that was not asked."""
    return questionnaire.on_path(_kept(questionnaire, form))


def problems(questionnaire: Questionnaire, form: FlaskForm, words: Words | None = None) -> dict[str, str]:
    """What is wrong in the words of a language, by question code, with the labels of this questionnaire.

    It is the first question's fault where nothing was answered at all. What was sent to a question that was
    not asked is dropped, whatever it is.
    """
    words = words or in_english()
    form.validate()
    kept = _kept(questionnaire, form)
    found = {
        one.code: _said(errors[0], one, words)
        for one in questionnaire.path(kept)
        if (errors := form[field_name(one.code)].errors)
    }
    if not found and not questionnaire.on_path(kept):
        return {questionnaire.questions[0].code: words.say("nothing")}
    return found


def _said(wrong: Wrong, question: Question, words: Words) -> str:
    labels = {one.code: one.label for one in question.options}
    return words.say(wrong.name, answer=labels.get(wrong.option, ""), **wrong.values)


def response(
    questionnaire: Questionnaire,
    answers: Mapping[str, str],
    tag: str | None = None,
    channel: str = ONLINE,
) -> Response:
    """What was answered, sorted by where it will be kept; and how, where not online and as published."""

    def among(chosen: Callable[[Question], bool]) -> dict[str, str]:
        return {
            one.code: answers[one.code]
            for one in questionnaire.questions
            if one.code in answers and chosen(one)
        }

    return Response(
        answers=among(lambda q: q.kind != "text" and not q.about_you),
        comments=among(lambda q: q.kind == "text"),
        about_you=among(lambda q: q.about_you),
        way=way(questionnaire, tag=tag, channel=channel),
    )


def _kept(questionnaire: Questionnaire, form: FlaskForm) -> dict[str, str]:
    # A number is forgotten here; an answer that is none of a question's decides nothing about others.
    sent, found = given(questionnaire, form), {}
    for one in questionnaire.questions:
        text = sent.get(one.code, "")
        answer = _band(one, text) if one.kind == "number" else text
        if answer and one.takes(answer):
            found[one.code] = answer
    return found
