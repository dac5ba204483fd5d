"""The NHS design system's components as HTML: questions, buttons, the error summary."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader
from markupsafe import Markup, escape

from survey.catalogue import easy
from survey.catalogue.answer_words import point
from survey.catalogue.editions import Edition
from survey.catalogue.words import Words
from survey.domain.languages import is_easy
from survey.domain.questionnaire import Kind, Question
from survey.web.patient import drawings, routing
from survey.web.patient.forms import field_name

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
    pictures: frozenset[str] = frozenset()  # by name

    def squeezed(self) -> Step:
        return replace(self, html=squeezed(self.html))


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question as an edition asks it."""

    question: Question
    answer: str
    words: Words
    pictures: Sequence[str | None]  # beside its options


def steps(edition: Edition, *, given: Mapping[str, str], wrong: Mapping[str, str]) -> list[Step]:
    """Each question, with the answers given so far and what is wrong with them.

    Slow (a few milliseconds a question): what is the same for everyone is rendered once and kept.
    """
    questions, words = edition.questionnaire.questions, edition.words
    found = []
    for number, question in enumerate(questions, start=1):
        picture, beside = easy.of_question(edition, question), easy.of_options(edition, question)
        caption = words.say("question_of", number=number, total=len(questions))
        params = {
            **_named(question, caption, drawings.drawn(picture, question.text)),
            "hint": _hint(edition, question),
            "errorMessage": _error(wrong.get(question.code), words),
        }
        html = _FIELDS[question.kind](_Asked(question, given.get(question.code, ""), words, beside), params)
        shown = frozenset(name for name in (picture, *beside) if name)
        found.append(Step(html, question.required, routing.rule(question), routing.bands(question), shown))
    return found


def _error(message: str | None, words: Words) -> Params | None:
    return {"text": message, "visuallyHiddenText": words.say("error")} if message else None


def _items(asked: _Asked) -> list[dict[str, Any]]:
    return [
        {"value": one.code, "html": escape(drawings.drawn(picture, one.label))}
        for one, picture in zip(asked.question.options, asked.pictures, strict=True)
    ]


def _radios(asked: _Asked, params: Params) -> Markup:
    # The first option's id is the field's own (the macro's habit): the error summary's link lands on it.
    items = [{**item, "attributes": _required(asked.question)} for item in _items(asked)]
    more = {"value": asked.answer, "items": items}
    return _component("radios", "radios", {**params, **more})


def _scale(asked: _Asked, params: Params) -> Markup:
    """Radios in a row, with the words of its ends below; in a column each beside its point."""
    question = asked.question
    points = [point(option) for option in question.options]
    items = [
        {"value": option.code, "html": _point(*point), "attributes": _required(question)}
        for option, point in zip(question.options, points, strict=True)
    ]
    ends = Markup('<div class="ends" aria-hidden="true"><span>{}</span><span>{}</span></div>').format(
        points[0][1], points[-1][1]
    )
    more = {
        "value": asked.answer,
        "items": items,
        "classes": "scale",
        "formGroup": {"afterInputs": {"html": ends}},
    }
    return _component("radios", "radios", {**params, **more})


def _point(number: str, words: str) -> Markup:
    return Markup("{}<span> – {}</span>").format(number, words) if words else escape(number)


def _checkboxes(asked: _Asked, params: Params) -> Markup:
    options = asked.question.options
    items = [
        item | ({"behaviour": "exclusive"} if one.alone else {})
        for item, one in zip(_items(asked), options, strict=True)
    ]
    first = next((place for place, one in enumerate(options) if one.alone), 0)
    if first and all(one.alone for one in options[first:]):
        items.insert(first, {"divider": asked.words.say("or_one")})
    more = {"values": asked.question.chosen(asked.answer), "items": items}
    return _component("checkboxes", "checkboxes", {**params, **more})


def _number(asked: _Asked, params: Params) -> Markup:
    more = {
        "value": asked.answer,
        "inputmode": "numeric",  # a number field would change with the wheel, and refuse '3 hours' silently
        "spellcheck": False,
        "width": 5,  # room to see that one wrote '3 days'
        "suffix": asked.question.unit,
        "attributes": _required(asked.question),
    }
    return _component("input", "input", {**params, **more})


def _comment(asked: _Asked, params: Params) -> Markup:
    more = {
        "value": asked.answer,
        "maxlength": asked.question.max_length,
        "rows": 5,
        "textareaDescriptionText": asked.words.say("room", most=asked.question.max_length),
        "attributes": _required(asked.question),
    }
    return _component("character-count", "characterCount", {**params, **more})


_FIELDS: Mapping[Kind, Callable[[_Asked, Params], Markup]] = {
    "single": _radios,
    "scale": _scale,
    "multiple": _checkboxes,
    "number": _number,
    "text": _comment,
}


def _required(question: Question) -> dict[str, str]:
    return {"required": "required"} if question.required else {}


def _named(question: Question, caption: str, text: str | Markup) -> Params:
    level = {"level": 2, "attributes": {"tabindex": "-1"}}
    heading = {"html": escape(text), "size": "m", "caption": caption, "heading": level}
    name = field_name(question.code)
    if question.kind in {"number", "text"}:
        return {"name": name, "id": name, "label": heading}
    return {"name": name, "fieldset": {"legend": heading}}


def _hint(edition: Edition, question: Question) -> Markup | None:
    # The sentence for who has no script stands apart: with script it goes.
    words = edition.words
    only = routing.of_whom(edition.questionnaire, question, words)
    of_whom = [Markup('<span class="only">{}</span>').format(only)] if only else []
    needed = words.say("needed") if question.required else None
    said = [one for one in (question.hint, _how(question, words), needed) if one]
    if is_easy(edition.tag):
        said = [drawings.lines(one) for one in said]
    return Markup(" ").join([*of_whom, *said]) if of_whom or said else None


def _how(question: Question, words: Words) -> str | None:
    """What a question says of itself, beside its own hint."""
    if question.kind == "text":
        return None if question.hint else words.say("comment_warning")  # nobody can be called back
    if question.kind == "multiple":
        return words.say("choose_all")
    if question.kind == "number" and question.unit:
        return words.say("whole_number_of", unit=question.unit)
    if question.kind == "number":
        return words.say("whole_number")
    return question.why if question.about_you else None


def error_summary(problems: Sequence[tuple[str, str]], words: Words) -> Markup:
    """The list of what is wrong, each linked to its field: (id, message)."""
    return _component(
        "error-summary",
        "errorSummary",
        {
            "titleText": words.say("problem"),
            "errorList": [{"href": f"#{field}", "text": message} for field, message in problems],
        },
    )


def button(text: str) -> Markup:
    return squeezed(_component("button", "button", {"text": text}))


def back_link(text: str) -> Markup:
    """The Back link, as a button: it goes nowhere without the script."""
    return squeezed(
        _component("back-link", "backLink", {"element": "button", "type": "button", "text": text})
    )


def squeezed(html: Markup) -> Markup:
    """Without indentation; never for HTML that holds a patient's text."""
    return Markup(re.sub(r"\s*\n\s*", "\n", html))  # noqa: S704  # only white space is taken away
