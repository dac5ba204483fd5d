"""Staff key a form by keys alone, or without script by Tab; anybody can work the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from survey.domain.response import Response
from survey.web.keying.app import create_app
from tests.browser.conftest import listening, phone
from tests.browser.test_patient_access import assert_accessible, sideways
from tests.kinds import ward_town
from tests.town import Town
from tests.transport import SERVICE, received

DESK = {"width": 1024, "height": 768}
QUESTION = "fieldset:focus, fieldset:focus-within"


@pytest.fixture
def desk(town: Town) -> Iterator[str]:
    with listening(create_app(town.desk, one_in=0)) as found:
        yield found


def begin(page: Page, address: str, channel: str = "On paper, sent from home") -> None:
    page.goto(address)
    page.get_by_label("Service code").fill(SERVICE)
    page.get_by_label(channel).check()
    page.keyboard.press("Enter")
    page.wait_for_selector("form.keyed")


def in_hand(page: Page) -> str:
    return (page.locator(QUESTION).locator(".number").text_content() or "").strip()


def test_a_form_is_keyed_with_one_key_an_answer(town: Town, desk: str, chromium: Browser) -> None:
    with phone(chromium, **DESK) as page:
        begin(page, desk)
        assert in_hand(page) == "1"
        for key in ("2", "1", "0"):
            page.keyboard.press(key)
        assert in_hand(page) == "4"
        page.keyboard.press("Backspace")
        assert in_hand(page) == "3"
        page.keyboard.press("3")
        page.locator("textarea").focus()
        page.keyboard.type("2 hours late. 1 kind man.")
        page.keyboard.press("Enter")
        page.keyboard.press("z")  # no such answer
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("status")).to_have_text("Kept. The next form is ready.")
        assert in_hand(page) == "1"
    (kept,) = received(town)
    questions = town.catalogue.get("patient-transport/v1").questions
    assert kept.answers["fft"] == questions[0].options[1].code
    assert kept.answers[questions[1].code] == questions[1].options[0].code
    assert kept.comments == {"comment": "2 hours late. 1 kind man."}
    assert kept.way == {"channel": "paper_home"}


def test_every_kind_of_answer_has_its_keys_and_what_is_not_asked_is_passed_over(
    sqlite: Engine, keys_dir: Path, chromium: Browser
) -> None:
    town = ward_town(sqlite, keys_dir)
    with listening(create_app(town.desk, one_in=0)) as address, phone(chromium, **DESK) as page:
        begin(page, address)
        for key in (
            "3",
            "1",
            "2",
            "Enter",
            *"Nothing",
            "Enter",
            "3",
            "1",
            "Enter",
            "3",
            "5",
            *"No",
            "Enter",
            "2",
        ):
            page.keyboard.press(key)
        assert page.evaluate("document.activeElement.tagName") == "BUTTON"
        assert_accessible(page, "every kind")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Kept.")
        for key in ("1", "Space", "b"):
            page.keyboard.press(key)
        assert in_hand(page) == "7"  # neither the hours nor what follows from them, nor what is hard
        assert_accessible(page, "passed over")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("text=Kept.")
    way = {"channel": "paper_home"}
    assert sorted(received(town), key=lambda one: len(one.answers)) == [
        Response({"waiting": "short", "ease": "p10"}, way=way),
        Response(
            {"waiting": "very_long", "hours": "many", "troubles": "noise food", "ease": "p2", "hard": "p5"},
            {"told": "Nothing", "comment": "No"},
            {"age": "old"},
            way,
        ),
    ]


def test_without_script_it_is_an_ordinary_form(town: Town, desk: str, chromium: Browser) -> None:
    with phone(chromium, script=False, **DESK) as page:
        begin(page, desk, "By telephone")
        page.locator("[name=q_fft]").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Kept.")
    assert [(one.answers, one.way) for one in received(town)] == [({"fft": "good"}, {"channel": "telephone"})]


def test_a_form_drawn_is_keyed_again_and_what_differs_is_decided_by_keys(
    town: Town, chromium: Browser
) -> None:
    with listening(create_app(town.desk, one_in=1)) as address, phone(chromium, **DESK) as page:
        begin(page, address)
        page.keyboard.press("2")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("text=Key this form once more")
        assert page.locator("input:checked, textarea").count() == 0
        assert_accessible(page, "once more")
        page.keyboard.press("3")
        page.keyboard.press("1")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("text=The two entries differ")
        assert_accessible(page, "differences")
        page.keyboard.press("ArrowDown")  # the second entry of the first question
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Kept.")
    (kept,) = received(town)
    assert kept.answers == {"fft": "neither"}


@pytest.mark.parametrize("size", [DESK, {"width": 360, "height": 640}])
def test_the_pages_are_worked_by_everybody(desk: str, chromium: Browser, size: dict[str, int]) -> None:
    with phone(chromium, **size) as page:
        page.goto(desk)
        assert_accessible(page, "start")
        begin(page, desk)
        assert_accessible(page, "form")
        assert sideways(page) <= 0
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("[role=alert]")
        assert_accessible(page, "wrong")
