"""Everybody can read and work the pages: axe, narrow and zoomed screens, right-to-left scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from survey.catalogue.catalogue import Catalogue
from survey.web.patient.app import create_preview
from tests.browser.conftest import listening, phone
from tests.browser.test_patient_survey import CONTINUE, to_question
from tests.town import Town
from tests.transport import ticket_of

NARROW = {"width": 320, "height": 640}
ZOOMED = {"width": 320, "height": 256}  # 1280 × 1024 at 400 %


def states(page: Page, address: str, town: Town, *, script: bool) -> Iterator[str]:
    """Lead a page through every state; the state's name at each."""
    link = f"{address}/i/{ticket_of(town)}"
    page.goto(link)
    yield "first question"
    if script:
        page.click("summary")
        yield "the promise"
        to_question(page, 3)
        yield "in the middle"
        to_question(page, 4)
        page.fill("textarea", "W" * 1003)
        page.click(CONTINUE)
        yield "too long"
        page.fill("textarea", "")
        to_question(page, 4)
    else:
        page.click(CONTINUE)
    page.wait_for_selector(".nhsuk-error-summary")
    yield "error summary"
    page.check("#q_fft")
    page.click(CONTINUE)
    page.wait_for_selector("text=Thank you")
    yield "thank you"
    page.goto(link)
    yield "ended link"
    page.goto(f"{address}/how")
    yield "how"
    page.goto(f"{address}/nothing")
    yield "not found"


def sideways(page: Page) -> int:
    found: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return found


def assert_accessible(page: Page, state: str) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, f"{state}: {found.generate_report()}"


def test_axe_finds_nothing_wrong_in_any_state(town: Town, address: str, page: Page) -> None:
    for state in states(page, address, town, script=True):
        assert_accessible(page, state)


def test_axe_finds_nothing_wrong_without_script(
    town: Town, address: str, page: Page, plain_page: Page
) -> None:
    # axe is script itself: it looks at what stands on the scriptless page, copied without its script.
    for state in states(plain_page, address, town, script=False):
        page.set_content(re.sub(r"<script>.*?</script>", "", plain_page.content(), flags=re.DOTALL))
        assert_accessible(page, state)


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("size", [NARROW, ZOOMED])
def test_no_state_scrolls_sideways(
    town: Town, address: str, chromium: Browser, *, script: bool, size: dict[str, int]
) -> None:
    town.do("UPDATE organisation SET name = 'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch'")
    with phone(chromium, script=script, **size) as page:
        for state in states(page, address, town, script=script):
            assert sideways(page) <= 0, state


def test_a_right_to_left_questionnaire_turns_the_page_round(chromium: Browser, catalogue: Catalogue) -> None:
    urdu = replace(catalogue.get("patient-transport/v1"), language="ur", digest="0" * 64)
    with listening(create_preview(urdu)) as address, phone(chromium, **NARROW) as page:
        page.goto(address)
        ring = page.locator("input[type=radio]").first.bounding_box()
        assert ring is not None
        assert ring["x"] > 200
        assert sideways(page) <= 0
        assert Axe().run(page).violations_count == 0
