"""The page and the server agree on what is asked: the shipped script in Chromium, and Questionnaire.path."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, assume, find, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from survey.domain.questionnaire import Condition, Kind, Option, Question, Questionnaire, Rule
from survey.web.patient import routing
from survey.web.patient.app import create_preview
from tests.browser.conftest import listening, phone
from tests.kinds import every_kind

CODES = ("a", "b", "constructor")  # the last is a word of JavaScript's own objects, as some questions' are
NAMES = ("one", "two", "three", "toString", "five", "valueOf", "seven")
NUMBERS = {"a": 0, "b": 7, "constructor": 99}  # one in each band
OPTIONS: Mapping[Kind, tuple[Option, ...]] = {
    "single": tuple(Option(code, code, "neither") for code in CODES),
    "scale": tuple(Option(code, code, "neither") for code in CODES),
    "multiple": tuple(Option(code, code, "neither", alone=code == "constructor") for code in CODES),
    "number": tuple(
        Option(code, code, "neither", least=least, most=most)
        for code, least, most in zip(CODES, (0, 5, 10), (4, 9, 99), strict=True)
    ),
    "text": (),
}
ANSWERS: Mapping[Kind, tuple[str, ...]] = {
    "single": CODES,
    "scale": CODES,
    "multiple": ("a", "b", "a b", "constructor"),
    "number": CODES,
    "text": ("a", "Late"),
}
Case = tuple[Questionnaire, dict[str, str]]
few = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a shorter case would take minutes in a browser
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
options = st.frozensets(st.sampled_from(CODES), min_size=1, max_size=2)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A questionnaire of up to seven questions, and answers to any of them, asked or not."""
    questions: list[Question] = []
    for code in NAMES[: draw(st.integers(2, len(NAMES)))]:
        kind = draw(st.sampled_from(list(OPTIONS)))
        show_if = draw(rules([one.code for one in questions if one.options]))
        asked = Question(code, kind, f"{code}?", "a test", options=OPTIONS[kind], show_if=show_if)
        questions.append(replace(asked, max_length=None if asked.options else 9))
    return every_kind(*questions), draw(answers(tuple(questions)))


def rules(earlier: list[str]) -> st.SearchStrategy[Rule]:
    """That some of these were answered so; often that nothing is asked of earlier answers."""
    if not earlier:
        return st.just(())
    every = st.lists(st.builds(Condition, st.sampled_from(earlier), options), min_size=1, max_size=2)
    return st.lists(every.map(tuple), max_size=2).map(tuple)


def answers(questions: tuple[Question, ...]) -> st.SearchStrategy[dict[str, str]]:
    optional = {one.code: st.sampled_from(ANSWERS[one.kind]) for one in questions}
    return st.fixed_dictionaries({}, optional=optional)


Show = Callable[[Questionnaire], Page]


@pytest.fixture(scope="module")
def show(chromium: Browser) -> Iterator[Show]:
    """The page of one questionnaire after another, in one window."""
    now: dict[str, Flask] = {}

    def answering(environ: Any, start: Any) -> Any:
        return now["app"](environ, start)

    with listening(answering) as address, phone(chromium) as page:

        def of(questionnaire: Questionnaire) -> Page:
            now["app"] = create_preview(questionnaire)
            page.goto(address)
            return page

        yield of


@few
@given(st.lists(cases(), min_size=25, max_size=25))
def test_the_script_and_the_server_ask_the_same(show: Show, some: list[Case]) -> None:
    found = show(every_kind()).evaluate(
        "cases => cases.map(([questions, chosen]) => path(questions, chosen).map(one => one.name))",
        [(asked_of(questionnaire), chosen(questionnaire, given)) for questionnaire, given in some],
    )
    assert found == [named(questionnaire.path(given)) for questionnaire, given in some]


def asked_of(questionnaire: Questionnaire) -> list[dict[str, object]]:
    """The questions as the script reads them from the page."""
    rules = [(one.code, routing.rule(one)) for one in questionnaire.questions]
    return [{"name": f"q_{code}", "rule": rule and json.loads(rule)} for code, rule in rules]


def chosen(questionnaire: Questionnaire, given: Mapping[str, str]) -> dict[str, list[str]]:
    """The codes that each field holds."""
    return {
        f"q_{one.code}": list(one.chosen(given[one.code])) if one.code in given else []
        for one in questionnaire.questions
    }


def named(questions: tuple[Question, ...]) -> list[str]:
    return [f"q_{one.code}" for one in questions]


def test_a_page_that_listened_to_answers_off_the_path_would_ask_something_else() -> None:
    def naive(questionnaire: Questionnaire, given: Mapping[str, str]) -> list[Question]:
        def holds(one: Condition) -> bool:
            found = questionnaire.question(one.question).chosen(given.get(one.question, ""))
            return not one.options.isdisjoint(found)

        return [
            one
            for one in questionnaire.questions
            if not one.show_if or any(all(map(holds, every)) for every in one.show_if)
        ]

    seen = settings(max_examples=2_000, phases=[Phase.generate], database=None)
    questionnaire, given = find(
        cases(), lambda case: naive(*case) != list(case[0].path(case[1])), settings=seen
    )
    assert len(questionnaire.path(given)) < len(naive(questionnaire, given))


@few
@given(cases())
def test_who_clicks_through_sees_and_sends_what_the_server_keeps(show: Show, case: Case) -> None:
    questionnaire, given = case
    kept = questionnaire.on_path(given)
    assume(kept)
    seen: list[str] = []
    said: list[str] = []
    page = show(questionnaire)
    with page.expect_request(lambda one: one.method == "POST") as sent:
        for question in questionnaire.path(given):
            seen.append(str(page.locator(".step:visible [name]").first.get_attribute("name")))
            said.append(page.locator(".now [class*=caption]").inner_text())
            fill(page, question, given.get(question.code))
            page.click("[type=submit]")
    assert seen == named(questionnaire.path(given))
    for number, caption in enumerate(said, start=1):  # what it says stays true to the end
        assert caption in {f"Question {number} of {len(seen)}", *at_least(number, len(seen))}
    posted = {name for name, _ in parse_qsl(sent.value.post_data or "") if name.startswith("q_")}
    assert posted == {f"q_{code}" for code in kept}


def at_least(number: int, total: int) -> set[str]:
    return {f"Question {number} of {most} or more" for most in range(number, total + 1)}


def fill(page: Page, question: Question, given: str | None) -> None:
    """Answer the question that is shown, or leave it out."""
    if given is None:
        return
    if question.kind == "number":
        page.fill(f"#q_{question.code}", str(NUMBERS[given]))
    elif question.kind == "text":
        page.fill(f"#q_{question.code}", given)
    else:
        for code in question.chosen(given):
            page.check(f"[name=q_{question.code}][value={code}]")


@few
@given(cases(), st.data())
def test_a_form_that_came_back_shows_and_sends_what_is_asked(
    show: Show, case: Case, data: st.DataObject
) -> None:
    questionnaire, _ = case
    page = show(questionnaire)
    page.evaluate("document.forms[0].submit()")  # nothing answered
    page.wait_for_selector(".nhsuk-error-summary")
    for _ in range(8):
        given = data.draw(answers(questionnaire.questions))
        shown, live = page.evaluate(FILL, typed(questionnaire, given))
        assert shown == live == named(questionnaire.path(given))


def typed(questionnaire: Questionnaire, given: Mapping[str, str]) -> dict[str, list[str]]:
    """What each field holds, of a number the number itself."""
    held = chosen(questionnaire, given)
    numbers = [one.code for one in questionnaire.questions if one.kind == "number" and one.code in given]
    return held | {f"q_{code}": [str(NUMBERS[given[code]])] for code in numbers}


FILL = """held => {
  const form = document.forms[0], fields = [...form.querySelectorAll('.step [name]')];
  for (const field of fields) {
    if (/radio|checkbox/.test(field.type)) field.checked = held[field.name].includes(field.value);
    else field.value = held[field.name][0] || '';
  }
  form.dispatchEvent(new Event('input'));
  const names = some => [...new Set(some.map(one => one.name))];
  return [names(fields.filter(one => one.offsetParent)), names(fields.filter(one => !one.disabled))];
}"""
