"""Staff key a form by keys alone, or without script by Tab; anybody can work the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from survey.web.keying.app import create_app
from tests.browser.conftest import listening, phone
from tests.browser.test_patient_access import assert_accessible, sideways
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


def test_without_script_it_is_an_ordinary_form(town: Town, desk: str, chromium: Browser) -> None:
    with phone(chromium, script=False, **DESK) as page:
        begin(page, desk, "By telephone")
        page.locator("[name=q_fft]").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Kept.")
    assert [(one.answers, one.way) for one in received(town)] == [({"fft": "good"}, {"channel": "telephone"})]


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
