"""A form that is keyed twice: the second entry, what differs, and the decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Response, request

from survey.domain.errors import DatabaseDown
from survey.domain.questionnaire import Question
from survey.services import respond
from survey.services.double_entry import Entry, brought_back, carried, note_differences
from survey.web.keying import pages
from survey.web.keying.batch import site
from survey.web.keying.entries import Form
from survey.web.patient.forms import field_name
from survey.web.patient.logs import note_fault


@dataclass(frozen=True, slots=True)
class Difference:
    """A question whose two entries differ, in words."""

    name: str
    number: int
    text: str
    first: str
    second: str


def take(form: Form) -> Response:
    """The first entry, the second or the decision, by what the page brought back."""
    if "first" not in request.form:
        return _first(form)
    first = _brought(form, "first")
    if "second" not in request.form:
        return _second(form, first)
    return _decided(form, first, _brought(form, "second"))


def _first(form: Form) -> Response:
    entry = form.sent()
    if wrong := form.problems(entry):
        return pages.form(form, given=entry, wrong=wrong, status=400)
    return pages.form(form, first=_carried(form, entry, "first"))


def _second(form: Form, first: Entry) -> Response:
    # Own words are keyed once: a comma would be a difference.
    keyed = form.of_kind(form.sent(), own_words=False)
    entry = [*keyed, *form.of_kind(first, own_words=True)]
    if wrong := form.problems(entry):
        return pages.form(form, given=keyed, wrong=wrong, first=_carried(form, first, "first"), status=400)
    if any(form.differences(first, entry).values()):
        return _ask(form, first, entry)
    return _keep(form, first, entry, settled=first)


def _decided(form: Form, first: Entry, second: Entry) -> Response:
    chosen = {one.name: request.form.get(f"is_{one.name}") for one in _differences(form, first, second)}
    if not set(chosen.values()) <= {"first", "second"}:
        return _ask(form, first, second, status=400)
    by_second = {name for name, which in chosen.items() if which == "second"}
    settled = [pair for pair in first if pair[0] not in by_second]
    settled += [pair for pair in second if pair[0] in by_second]
    if wrong := form.problems(settled):  # the decisions lead to a question that neither entry answered
        return pages.form(form, given=settled, wrong=wrong, first=_carried(form, first, "first"), status=400)
    return _keep(form, first, second, settled=settled)


def _ask(form: Form, first: Entry, second: Entry, *, status: int = 200) -> Response:
    return pages.page(
        "differences",
        form,
        status=status,
        undecided=status != 200,
        differences=list(_differences(form, first, second)),
        first=_carried(form, first, "first"),
        second=_carried(form, second, "second"),
    )


def _keep(form: Form, first: Entry, second: Entry, *, settled: Entry) -> Response:
    desk, service = site().desk, form.batch.service
    replayed = respond.has_arrived(desk, service, form.token, form.batch.channel)
    reply = pages.kept(form, settled)
    if reply.status_code == 303 and not replayed:
        try:
            note_differences(desk, service, form.differences(first, second))
        except DatabaseDown as error:  # the response is kept: told otherwise, staff would key it again
            note_fault(error, request.url_rule)
    return reply


def _differences(form: Form, first: Entry, second: Entry) -> Iterator[Difference]:
    one, other = form.answers(first), form.answers(second)
    differ = form.differences(first, second)
    for number, question in enumerate(form.version.questions, start=1):
        if differ.get(question.code):
            entries = (_said(question, answers.get(question.code)) for answers in (one, other))
            yield Difference(field_name(question.code), number, question.text, *entries)


def _said(question: Question, answer: str | None) -> str:
    labels = {one.code: one.label for one in question.options}
    return ", ".join(labels[code] for code in question.chosen(answer)) if answer else "Not answered"


def _carried(form: Form, entry: Entry, which: str) -> str:
    return carried(site().desk, form.token, entry, which=which)


def _brought(form: Form, which: str) -> Entry:
    return brought_back(site().desk, form.token, request.form[which], which=which)
