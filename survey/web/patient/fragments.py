"""The NHS design system's components as HTML: questions, buttons, the error summary."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader
from markupsafe import Markup, escape

from survey.domain.questionnaire import Kind, Question, Questionnaire
from survey.web.patient import routing
from survey.web.patient.forms import field_name

# Stands above a comment box whose questionnaire says nothing: nobody can be called back.
WARNING = (
    "Please do not write anyone's name, or anything that shows who you are. Nobody can write back to you "
    "from here. If you need help now, call 111, or 999 if a life is in danger. To talk to someone at any "
    "time, call Samaritans on 116 123. To make a complaint, ask the hospital or trust for PALS."
)

Params = Mapping[str, Any]  # what a macro is told


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


def _component(folder: str, name: str, params: Params) -> Markup:
    module = _environment().get_template(f"nhsuk/components/{folder}/macro.jinja").module
    return Markup(getattr(module, name)(params))  # noqa: S704  # rendered under autoescape


@dataclass(frozen=True, slots=True)
class Step:
    """One question as HTML, and what the page's script needs to know of it."""

    html: Markup
    required: bool
    rule: str | None  # JSON: after which answers it is asked
    bands: str | None  # JSON: of a number

    def squeezed(self) -> Step:
        return replace(self, html=squeezed(self.html))


def steps(questionnaire: Questionnaire, *, given: Mapping[str, str], wrong: Mapping[str, str]) -> list[Step]:
    """Each question, with the answers given so far and what is wrong with them.

    Slow (a few milliseconds a question): what is the same for everyone is rendered once and kept.
    """
    total = len(questionnaire.questions)
    found = []
    for number, question in enumerate(questionnaire.questions, start=1):
        params = {
            **_named(question, f"Question {number} of {total}"),
            "hint": _hint(question, routing.words(questionnaire, question)),
            "errorMessage": wrong.get(question.code),
        }
        html = _FIELDS[question.kind](question, given.get(question.code, ""), params)
        found.append(Step(html, question.required, routing.rule(question), routing.bands(question)))
    return found


def _radios(question: Question, answer: str, params: Params) -> Markup:
    # The first option's id is the field's own (the macro's habit): the error summary's link lands on it.
    items = [
        {"value": option.code, "text": option.label, "attributes": _required(question)}
        for option in question.options
    ]
    more = {"value": answer, "items": items}
    return _component("radios", "radios", {**params, **more})


def _scale(question: Question, answer: str, params: Params) -> Markup:
    """Radios in a row, with the words of its ends below; in a column each beside its point."""
    points = [routing.point(option) for option in question.options]
    items = [
        {"value": option.code, "html": _point(*point), "attributes": _required(question)}
        for option, point in zip(question.options, points, strict=True)
    ]
    ends = Markup('<div class="ends" aria-hidden="true"><span>{}</span><span>{}</span></div>').format(
        points[0][1], points[-1][1]
    )
    more = {
        "value": answer,
        "items": items,
        "classes": "scale",
        "formGroup": {"afterInputs": {"html": ends}},
    }
    return _component("radios", "radios", {**params, **more})


def _point(number: str, words: str) -> Markup:
    return Markup("{}<span> – {}</span>").format(number, words) if words else escape(number)


def _checkboxes(question: Question, answer: str, params: Params) -> Markup:
    items: list[dict[str, str]] = [
        {"value": one.code, "text": one.label} | ({"behaviour": "exclusive"} if one.alone else {})
        for one in question.options
    ]
    first = next((place for place, one in enumerate(question.options) if one.alone), 0)
    if first and all(one.alone for one in question.options[first:]):
        items.insert(first, {"divider": "or"})
    more = {"values": question.chosen(answer), "items": items}
    return _component("checkboxes", "checkboxes", {**params, **more})


def _number(question: Question, answer: str, params: Params) -> Markup:
    more = {
        "value": answer,
        "inputmode": "numeric",  # a number field would change with the wheel, and refuse '3 hours' silently
        "spellcheck": False,
        "width": 5,  # room to see that one wrote '3 days'
        "suffix": question.unit,
        "attributes": _required(question),
    }
    return _component("input", "input", {**params, **more})


def _comment(question: Question, answer: str, params: Params) -> Markup:
    more = {
        "value": answer,
        "maxlength": question.max_length,
        "rows": 5,
        "attributes": _required(question),
    }
    return _component("character-count", "characterCount", {**params, **more})


_FIELDS: Mapping[Kind, Callable[[Question, str, Params], Markup]] = {
    "single": _radios,
    "scale": _scale,
    "multiple": _checkboxes,
    "number": _number,
    "text": _comment,
}


def _required(question: Question) -> dict[str, str]:
    return {"required": "required"} if question.required else {}


def _named(question: Question, caption: str) -> Params:
    level = {"level": 2, "attributes": {"tabindex": "-1"}}
    heading = {"text": question.text, "size": "m", "caption": caption, "heading": level}
    name = field_name(question.code)
    if question.kind in {"number", "text"}:
        return {"name": name, "id": name, "label": heading}
    return {"name": name, "fieldset": {"legend": heading}}


def _hint(question: Question, only: str | None) -> Markup | None:
    # The sentence for who has no script stands apart: with script it goes.
    of_whom = Markup('<span class="only">{}</span>').format(only) if only else None
    needed = "You need to answer this one." if question.required else None
    said = [one for one in (of_whom, question.hint, _how(question), needed) if one]
    return Markup(" ").join(said) if said else None


def _how(question: Question) -> str | None:
    """What a question says of itself, beside its own hint."""
    if question.kind == "text":
        return None if question.hint else WARNING
    if question.kind == "multiple":
        return "Choose all that apply."
    if question.kind == "number":
        return f"Write a whole number of {question.unit}." if question.unit else "Write a whole number."
    return question.why if question.about_you else None


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
