"""Every kind of question by touch and by keys, and the way that answers lead through them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import Engine
from werkzeug.datastructures import MultiDict

from survey.catalogue.words import in_english
from survey.domain.response import Response
from survey.web.patient import forms
from survey.web.patient.app import create_preview
from tests.browser.conftest import listening, phone
from tests.browser.test_patient_survey import CONTINUE, to_question
from tests.kinds import QUESTIONS, every_kind, required, ward_town
from tests.town import Town
from tests.transport import received, site_of, ticket_of

SAY = in_english().say

TARGET = 44  # px


@pytest.fixture
def town(sqlite: Engine, keys_dir: Path) -> Town:
    return ward_town(sqlite, keys_dir)


@pytest.fixture
def address(town: Town) -> Iterator[str]:
    with listening(site_of(town)) as found:
        yield found


def title(of: str) -> str:
    return f"{of} – Your stay on the ward"


def on(page: Page, answer: str | None = None) -> None:
    """Continue; after choosing an answer by its words."""
    if answer is not None:
        page.locator(".step.now").get_by_label(answer, exact=True).check()
    page.click(CONTINUE)


def test_the_numbers_of_the_questions_stay_true_as_answers_lead_on(
    town: Town, address: str, page: Page
) -> None:
    page.goto(f"{address}/i/{ticket_of(town)}")
    expect(page).to_have_title(title("Question 1 of 5 or more"))
    on(page, "Very long")
    expect(page).to_have_title(title("Question 2 of 6 or more"))
    page.fill("#q_hours", "12")
    on(page)
    expect(page).to_have_title(title("Question 3 of 8"))
    expect(page.locator("h2:visible")).to_contain_text("What were you told while you waited?")
    page.go_back()
    expect(page).to_have_title(title("Question 2 of 8"))
    page.fill("#q_hours", "3")
    on(page)
    expect(page).to_have_title(title("Question 3 of 6 or more"))
    expect(page.locator("h2:visible")).to_contain_text("Which of these troubled you?")


def test_who_changes_their_mind_sends_nothing_of_the_way_they_left(
    town: Town, address: str, page: Page
) -> None:
    page.goto(f"{address}/i/{ticket_of(town)}")
    on(page, "Long")
    page.fill("#q_hours", "12")
    on(page)
    page.fill("textarea:visible", "They said soon")
    on(page)
    for _ in range(3):
        page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Long", exact=True)).to_be_checked()
    on(page, "Not long")
    expect(page).to_have_title(title("Question 2 of 5 or more"))
    expect(page.locator("h2:visible")).to_contain_text("Which of these troubled you?")
    to_question(page, 5)
    expect(page.locator("h1")).to_have_text("Thank you")
    assert received(town) == [Response({"waiting": "short"})]


def test_who_comes_back_to_a_way_finds_their_answers_there(town: Town, address: str, page: Page) -> None:
    page.goto(f"{address}/i/{ticket_of(town)}")
    on(page, "Long")
    page.fill("#q_hours", "2")
    on(page)
    page.go_back()
    page.go_back()
    page.get_by_label("Not long").check()
    page.go_forward()  # the hours are asked no more: the next question is shown in their place
    expect(page.locator("h2:visible")).to_contain_text("Which of these troubled you?")
    page.go_back()
    on(page, "Long")
    assert page.input_value("#q_hours") == "2"
    page.evaluate("document.forms[0].submit()")
    expect(page.locator("h1")).to_have_text("Thank you")
    assert received(town) == [Response({"waiting": "long", "hours": "few"})]


def test_the_button_sends_unless_an_answer_leads_on(page: Page) -> None:
    with listening(create_preview(every_kind(*QUESTIONS[:2]))) as address:
        page.goto(address)
        button = page.locator(CONTINUE)
        expect(button).to_have_text("Send my answers")
        page.get_by_label("Long", exact=True).check()
        expect(button).to_have_text("Continue")
        page.get_by_label("Not long").check()
        expect(button).to_have_text("Send my answers")
        on(page)
        expect(page.locator("h1")).to_have_text("Thank you")


def test_none_of_these_unticks_the_others_and_they_untick_it(page: Page) -> None:
    with listening(create_preview(every_kind(QUESTIONS[3]))) as address:
        page.goto(address)
        for code, left in (
            ("noise", ["noise"]),
            ("food", ["noise", "food"]),
            ("none", ["none"]),
            ("light", ["light"]),
        ):
            page.check(f"[value={code}]")
            assert page.eval_on_selector_all(":checked", "found => found.map(one => one.value)") == left


def test_the_page_says_of_a_number_what_the_server_says(town: Town, address: str, page: Page) -> None:
    page.goto(f"{address}/i/{ticket_of(town)}")
    on(page, "Long")
    for text in ("about 3", "3 hours", "three", "3,5", "1.000", "2-3", "-3", "0", "100", "9" * 30, "٣,٥"):
        page.fill("#q_hours", text)
        on(page)
        assert page.locator(".fault").inner_text() == by_server(text), text
        expect(page).to_have_title(title("Error: Question 2 of 6 or more"))
        expect(page.locator("#q_hours")).to_be_focused()
        described = page.get_attribute("#q_hours", "aria-describedby")
        assert described == "q_hours-error q_hours-hint"
    page.fill("#q_hours", " ۱۲ ")
    on(page)
    expect(page).to_have_title(title("Question 3 of 8"))


def by_server(text: str) -> str:
    with Flask("test").test_request_context():
        form = forms.form_class(every_kind())(formdata=MultiDict({"q_waiting": "long", "q_hours": text}))
        return forms.problems(every_kind(), form)["hours"]


def boxes(found: Locator) -> list[tuple[float, float, float, float]]:
    """Left, top, width and height of each."""
    return [
        (box["x"], box["y"], box["width"], box["height"])
        for one in found.all()
        if (box := one.bounding_box())
    ]


@pytest.mark.parametrize(("width", "in_a_row"), [(320, False), (360, False), (544, True), (1440, True)])
def test_a_scale_is_a_row_where_there_is_room_and_a_column_on_a_phone(
    chromium: Browser, width: int, *, in_a_row: bool
) -> None:
    with (
        listening(create_preview(every_kind(QUESTIONS[4]))) as address,
        phone(chromium, width=width) as page,
    ):
        page.goto(address)
        rings = boxes(page.get_by_role("radio"))
        assert len(rings) == 11
        assert len({top for _, top, _, _ in rings}) == (1 if in_a_row else 11)
        assert len({left for left, _, _, _ in rings}) == (11 if in_a_row else 1)
        assert min(min(ring[2:]) for ring in rings) >= TARGET
        steps = [b[0] - a[0] if in_a_row else b[1] - a[1] for a, b in pairwise(rings)]
        assert min(steps) >= TARGET  # none lies over another
        for words in ("Very hard", "Very easy"):
            [seen] = [
                one
                for one in page.get_by_text(words).all()
                if (one.bounding_box() or {"width": 0})["width"] > 9
            ]
            assert seen.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_scale_is_answered_by_keys(page: Page) -> None:
    with listening(create_preview(every_kind(QUESTIONS[4]))) as address:
        page.goto(address)
        expect(page.get_by_role("radio", name="0 – Very hard", exact=True)).to_have_count(1)
        page.get_by_role("radio", name="0 – Very hard", exact=True).focus()
        page.keyboard.press("Space")
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        expect(page.get_by_role("radio", name="3", exact=True)).to_be_checked()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowUp")
        expect(page.get_by_role("radio", name="1", exact=True)).to_be_checked()


def test_without_script_all_is_shown_and_says_of_whom_it_is_asked(
    town: Town, address: str, plain_page: Page
) -> None:
    page = plain_page
    page.goto(f"{address}/i/{ticket_of(town)}")
    expect(page.locator(".step:visible")).to_have_count(8)
    expect(page.locator(".only:visible")).to_have_count(3)
    expect(page.locator("#q_hours-hint")).to_contain_text(
        "Only if you said ‘Long’ or ‘Very long’ to ‘How was your wait?’"
    )
    page.get_by_label("Not long").check()
    page.fill("#q_hours", "a long time")
    page.get_by_label("The food").check()
    page.get_by_label("Lights left on").check()
    page.fill("#q_told", "Not asked")
    page.click(CONTINUE)
    expect(page.locator("h1")).to_have_text("Thank you")
    assert received(town) == [Response({"waiting": "short", "troubles": "light food"})]


def test_with_script_nobody_is_told_whom_else_a_question_is_for(town: Town, address: str, page: Page) -> None:
    page.goto(f"{address}/i/{ticket_of(town)}")
    expect(page.locator(".only")).to_have_count(0)
    ids = page.eval_on_selector_all(
        "[aria-describedby]", "found => found.flatMap(one => one.getAttribute('aria-describedby').split(' '))"
    )
    assert all(page.evaluate("id => !id || !!document.getElementById(id)", one) for one in ids)
    expect(page.locator("#q_hard-hint")).to_have_count(0)
    expect(page.locator("#q_hours-hint")).to_have_text("Write a whole number of hours.")


def test_a_form_that_came_back_asks_along_its_way_too(town: Town, address: str, page: Page) -> None:
    page.goto(f"{address}/i/{ticket_of(town)}")
    to_question(page, 5)
    page.click(CONTINUE)
    expect(page.locator(".nhsuk-error-summary")).to_be_focused()
    seen = page.locator(".step:visible [class*=caption]")
    assert seen.all_inner_texts() == [f"Question {n} of 5" for n in range(1, 6)]
    page.get_by_label("Very long").check()
    page.fill("#q_hours", "5")
    assert seen.all_inner_texts() == [f"Question {n} of 8" for n in range(1, 9)]
    page.fill("#q_told", "Nothing")
    page.fill("#q_hours", "4")
    assert seen.all_inner_texts() == [f"Question {n} of 6" for n in range(1, 7)]
    page.click(CONTINUE)
    expect(page.locator("h1")).to_have_text("Thank you")
    assert received(town) == [Response({"waiting": "very_long", "hours": "few"})]


def test_what_must_be_answered_stops_only_where_it_is_asked(page: Page) -> None:
    with listening(create_preview(required(every_kind()))) as address:
        page.goto(address)
        expect(page.locator(".skip")).to_be_hidden()
        on(page)
        expect(page.locator(".fault")).to_have_text(SAY("choose"))
        on(page, "Not long")  # so that nobody has to say how many hours
        on(page)
        expect(page.locator(".fault:visible")).to_have_text(SAY("choose"))
        on(page, "The food")
        page.check("[value=p9]:visible")
        on(page)
        on(page)
        expect(page.locator(".fault:visible")).to_have_text(SAY("write_words"))
        page.fill("textarea:visible", "No")
        on(page)
        expect(page.locator(".skip")).to_be_visible()
        on(page)
        expect(page.locator("h1")).to_have_text("Thank you")
