"""The NHS design system's components as HTML: questions, buttons, the error summary."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader
from markupsafe import Markup

from survey.domain.questionnaire import Question, Questionnaire
from survey.web.patient.forms import field_name

# Stands above a comment box whose questionnaire says nothing: nobody can be called back.
WARNING = (
    "Please do not write anyone's name, or anything that shows who you are. Nobody can write back to you "
    "from here. If you need help now, call 111, or 999 if a life is in danger. To talk to someone at any "
    "time, call Samaritans on 116 123. To make a complaint, ask the hospital or trust for PALS."
)


@cache
def _environment() -> Environment:
    # Their macros reach into parameters that nobody gave; our templates run under StrictUndefined.
    return Environment(
        loader=PackageLoader("nhsuk_frontend_jinja", "templates"),
        undefined=ChainableUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _component(folder: str, name: str, params: Mapping[str, Any]) -> Markup:
    module = _environment().get_template(f"nhsuk/components/{folder}/macro.jinja").module
    return Markup(getattr(module, name)(params))  # noqa: S704  # rendered under autoescape


def questions(
    questionnaire: Questionnaire, *, given: Mapping[str, str], wrong: Mapping[str, str]
) -> list[Markup]:
    """Each question as HTML, with the answers given so far and what is wrong with them.

    Slow (a few milliseconds a question): what is the same for everyone is rendered once and kept.
    """
    total = len(questionnaire.questions)
    render = {"single": _radios, "text": _comment}
    return [
        render[question.kind](
            question,
            caption=f"Question {number} of {total}",
            answer=given.get(question.code, ""),
            problem=wrong.get(question.code),
        )
        for number, question in enumerate(questionnaire.questions, start=1)
    ]


def _radios(question: Question, *, caption: str, answer: str, problem: str | None) -> Markup:
    name = field_name(question.code)
    # The first option's id is the field's own (the macro's habit): the error summary's link lands on it.
    required = {"required": "required"} if question.required else {}
    return _component(
        "radios",
        "radios",
        {
            "name": name,
            "idPrefix": name,
            "value": answer,
            "fieldset": {"legend": _heading(question, caption)},
            "hint": _hint(question),
            "errorMessage": problem,
            "items": [
                {"value": option.code, "text": option.label, "attributes": required}
                for option in question.options
            ],
        },
    )


def _comment(question: Question, *, caption: str, answer: str, problem: str | None) -> Markup:
    name = field_name(question.code)
    return _component(
        "character-count",
        "characterCount",
        {
            "name": name,
            "id": name,
            "value": answer,
            "maxlength": question.max_length,
            "rows": 5,
            "label": _heading(question, caption),
            "hint": _hint(question),
            "errorMessage": problem,
        },
    )


def _heading(question: Question, caption: str) -> dict[str, Any]:
    level = {"level": 2, "attributes": {"tabindex": "-1"}}
    return {"text": question.text, "size": "m", "caption": caption, "heading": level}


def _hint(question: Question) -> str | None:
    if question.kind == "text":
        return question.hint or WARNING
    if question.about_you:
        return f"{question.hint} {question.why}" if question.hint else question.why
    return question.hint


def error_summary(problems: Sequence[tuple[str, str]]) -> Markup:
    """The list of what is wrong, each linked to its field: (id, message)."""
    return _component(
        "error-summary",
        "errorSummary",
        {
            "titleText": "There is a problem",
            "errorList": [{"href": f"#{field}", "text": message} for field, message in problems],
        },
    )


def button(text: str) -> Markup:
    return squeezed(_component("button", "button", {"text": text}))


def back_link() -> Markup:
    """The Back link, as a button: it goes nowhere without the script."""
    return squeezed(_component("back-link", "backLink", {"element": "button", "type": "button"}))


def squeezed(html: Markup) -> Markup:
    """Without indentation; never for HTML that holds a patient's text."""
    return Markup(re.sub(r"\s*\n\s*", "\n", html))  # noqa: S704  # only white space is taken away
