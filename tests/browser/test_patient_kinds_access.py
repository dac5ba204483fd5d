"""Everybody can read and work every kind of question: axe, narrow, wide, zoomed; with script and without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page

from survey.web.patient.app import create_preview
from tests.browser.conftest import PHONE, listening, phone
from tests.browser.test_patient_access import NARROW, ZOOMED, assert_accessible, sideways
from tests.browser.test_patient_survey import CONTINUE
from tests.kinds import every_kind

WIDE = {"width": 1440, "height": 900}
SIZES = (PHONE, NARROW, ZOOMED, WIDE)
TARGET = 44  # px


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with listening(create_preview(every_kind())) as found:
        yield found


def states(page: Page, address: str) -> Iterator[str]:
    """Lead a page with script through every kind, wrong and right; the state's name at each."""
    page.goto(address)
    page.check("[value=very_long]")
    page.click(CONTINUE)
    page.fill("#q_hours", "about 3")
    page.click(CONTINUE)
    yield "a number that is none"
    page.fill("#q_hours", "12")
    yield "a number"
    for _ in range(2):
        page.click(CONTINUE)
    page.check("[value=noise]")
    yield "several"
    page.click(CONTINUE)
    page.check("[value=p2]:visible")
    yield "a long scale"
    page.click(CONTINUE)
    yield "a short scale"


def plain_states(page: Page, address: str) -> Iterator[str]:
    """The one form without script, and as it comes back."""
    page.goto(address)
    yield "one form"
    page.check("[value=long]")
    page.fill("#q_hours", "3 hours")
    page.check("[value=noise]")
    page.check("[value=none]")
    page.click(CONTINUE)
    page.wait_for_selector(".nhsuk-error-summary")
    yield "what is wrong"


def small(page: Page) -> list[str]:
    """Fields that a finger would miss."""
    return [
        str(one.get_attribute("id"))
        for one in page.locator(".step input:visible, .step textarea:visible").all()
        if (box := one.bounding_box()) and min(box["width"], box["height"]) < TARGET
    ]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size['width']}x{size['height']}")
def test_every_kind_is_accessible_and_fits(chromium: Browser, address: str, size: dict[str, int]) -> None:
    with phone(chromium, **size) as page:
        for state in states(page, address):
            assert_accessible(page, state)
            assert sideways(page) <= 0, state
            assert small(page) == [], state


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size['width']}x{size['height']}")
def test_every_kind_is_accessible_and_fits_without_script(
    chromium: Browser, address: str, page: Page, size: dict[str, int]
) -> None:
    with phone(chromium, script=False, **size) as plain:
        for state in plain_states(plain, address):
            assert sideways(plain) <= 0, state
            assert small(plain) == [], state
            # axe is script itself: it looks at what stands on the scriptless page, copied without its script.
            page.set_content(re.sub(r"<script>.*?</script>", "", plain.content(), flags=re.DOTALL))
            assert_accessible(page, state)


def test_a_form_that_came_back_is_accessible_with_script(page: Page, address: str) -> None:
    page.goto(address)
    page.check("[value=long]")
    page.click(CONTINUE)
    page.fill("#q_hours", "3 hours")
    page.evaluate("document.forms[0].submit()")
    page.wait_for_selector(".nhsuk-error-summary")
    assert_accessible(page, "came back")
    assert page.locator(".step:visible").count() == 6


def test_every_kind_turns_round_in_a_right_to_left_script(chromium: Browser) -> None:
    urdu = replace(every_kind(), language="ur", digest="0" * 64)
    with listening(create_preview(urdu)) as address, phone(chromium, **WIDE) as page:
        for state in states(page, address):
            assert sideways(page) <= 0, state
            assert_accessible(page, state)
            if state == "a long scale":
                first, *_, last = (one.bounding_box() for one in page.locator("[name=q_ease]").all())
                assert first is not None
                assert last is not None
                assert first["x"] > last["x"]
