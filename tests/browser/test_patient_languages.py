"""Languages, easy read and large print in a real browser: chosen by a link, turned round, big, accessible."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.editions import Editions
from survey.catalogue.pieces import Translations
from survey.domain.response import Response
from survey.web.patient.app import create_preview
from tests.browser.conftest import PHONE, listening, phone
from tests.browser.test_patient_access import NARROW, assert_accessible, sideways
from tests.browser.test_patient_survey import CONTINUE, to_question
from tests.town import Town
from tests.transport import SERVICE, received, ticket_of, transport_town

KINDS = "mental-health-community/v1"  # has a number, and many that are about oneself


@pytest.fixture
def town(sqlite: Engine, keys_dir: Path, reviewed: Catalogue) -> Town:
    return transport_town(sqlite, keys_dir, reviewed)


@pytest.fixture
def tried(reviewed: Catalogue) -> Iterator[str]:
    """A survey of hard questions, on trial."""
    editions = Editions(Translations.load(reviewed))
    with listening(create_preview(reviewed.get("general-practice/v1"), editions=editions)) as address:
        yield address


def test_a_language_is_one_link_one_request_and_the_same_page_turned_round(
    town: Town, address: str, page: Page
) -> None:
    page.goto(f"{address}/i/{ticket_of(town)}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("link", name="اردو").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.wait_for_load_state("networkidle")
    assert asked == [page.url]
    assert page.context.cookies() == []
    ring = page.locator("input[type=radio]").first.bounding_box()
    assert ring is not None
    assert ring["x"] > 200
    expect(page.locator(".languages")).to_be_visible()
    page.click(CONTINUE)
    expect(page.locator(".languages")).to_be_hidden()  # on the first screen alone


def test_a_patient_answers_in_urdu_with_script(town: Town, address: str, page: Page) -> None:
    page.goto(f"{address}/s/{SERVICE}?lang=ur")
    expect(page).to_have_title("8 میں سے سوال 1 – مریضوں کی گاڑی میں آپ کا سفر")
    page.get_by_label("بہت اچھا", exact=True).check()
    to_question(page, 6)
    page.fill("textarea", "x" * 1003)
    expect(page.locator("text=زائد حروف: 3").first).to_be_visible()
    page.click(CONTINUE)
    expect(page.locator(".fault")).to_have_text("اپنا تبصرہ مختصر کریں۔ زائد حروف: 3")
    page.fill("textarea", "شکریہ")
    to_question(page, 3)
    expect(page.locator(CONTINUE)).to_have_text("میرے جوابات بھیجیں")
    page.click(CONTINUE)
    expect(page.locator("h1")).to_have_text("شکریہ")
    expect(page.locator("html")).to_have_attribute("lang", "ur")
    assert received(town) == [Response({"fft": "very_good"}, {"comment": "شکریہ"}, way={"language": "ur"})]


def test_a_patient_answers_in_easy_read_without_script(town: Town, address: str, plain_page: Page) -> None:
    page = plain_page
    page.goto(f"{address}/i/{ticket_of(town)}")
    page.get_by_role("link", name="Easy read").click()
    expect(page.locator("h1")).to_have_text("Your trip with patient transport")
    page.click(CONTINUE)
    expect(page.locator(".nhsuk-error-summary")).to_contain_text("Answer one question or more")
    page.get_by_label("Very kind", exact=True).check()
    page.click(CONTINUE)
    expect(page.locator("h1")).to_have_text("Thank you")
    expect(page.locator("main")).to_contain_text("They are locked away.")
    assert received(town) == [Response({"kindness": "very_kind"}, way={"language": "en-easy"})]


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("lang=ur", PHONE),
        ("lang=en-easy", PHONE),
        ("lang=en&print=large", PHONE),
        ("lang=ur&print=large", PHONE),
        ("lang=en-easy&print=large", PHONE),
        ("lang=ur&print=large", NARROW),
        ("lang=en-easy&print=large", NARROW),
    ],
)
def test_every_question_is_accessible_and_fits(
    chromium: Browser, tried: str, query: str, size: dict[str, int]
) -> None:
    with phone(chromium, **size) as page:
        page.goto(f"{tried}/?{query}")
        questions = page.locator(".step").count()
        for number in range(questions):
            if number in {0, 2, 8, 9} or size is NARROW:
                assert sideways(page) <= 0, number
            if number in {0, 2, 8, 9} and size is PHONE:
                assert_accessible(page, f"{query}, question {number + 1}")
            if number + 1 < questions:
                page.click(CONTINUE)


@pytest.mark.parametrize("query", ["lang=ur", "lang=en-easy"])
def test_a_form_that_came_back_and_the_thanks_are_accessible(
    chromium: Browser, tried: str, query: str
) -> None:
    with phone(chromium) as page:
        page.goto(f"{tried}/?{query}")
        page.evaluate("document.forms[0].submit()")
        page.wait_for_selector(".nhsuk-error-summary")
        assert_accessible(page, "came back")
        assert sideways(page) <= 0
        page.check("#q_fft")
        page.click(CONTINUE)
        page.wait_for_selector("h1[tabindex]")
        assert_accessible(page, "thanks")
        assert sideways(page) <= 0


def test_easy_read_shows_a_picture_beside_each_question_and_never_one_alone(
    chromium: Browser, tried: str
) -> None:
    with phone(chromium) as page:
        page.goto(f"{tried}/?lang=en-easy")
        for _ in range(3):
            heading = page.locator("h2:visible")
            picture, words = (
                heading.locator("svg").bounding_box(),
                heading.locator("span").last.bounding_box(),
            )
            assert picture is not None
            assert words is not None
            assert picture["width"] >= 48
            assert picture["x"] + picture["width"] <= words["x"]
            for label in page.locator("label:visible").all():
                assert label.inner_text().strip()
                ring = page.locator(f"#{label.get_attribute('for')}").bounding_box()
                box = label.locator("svg").bounding_box()
                assert ring is not None
                assert box is not None
                assert abs((ring["y"] + ring["height"] / 2) - (box["y"] + box["height"] / 2)) <= 2
            page.click(CONTINUE)
        drawn = page.evaluate("[...document.querySelectorAll('use')].every(u => u.getBBox().width > 10)")
        assert drawn or page.locator("use:visible").count() > 0


def test_large_print_is_half_as_large_again_and_black_on_white(chromium: Browser, tried: str) -> None:
    sizes, colours = [], []
    for query in ("lang=en", "lang=en&print=large"):
        with phone(chromium) as page:
            page.goto(f"{tried}/?{query}")
            measured = "one => [parseFloat(getComputedStyle(one).fontSize), getComputedStyle(one).color]"
            for what in ("label", "h2", "button[type=submit]"):
                size, colour = page.locator(what).first.evaluate(measured)
                sizes.append(size)
                colours.append(colour)
    usual, large = sizes[:3], sizes[3:]
    assert [round(big / small, 2) for small, big in zip(usual, large, strict=True)] == [1.5, 1.5, 1.5]
    assert colours[3] == "rgb(0, 0, 0)"


def test_large_print_is_kept_to_the_end_and_can_be_left(town: Town, address: str, page: Page) -> None:
    page.goto(f"{address}/i/{ticket_of(town)}")
    page.get_by_role("link", name="Large print").click()
    expect(page.locator("html")).to_have_class("large js")
    page.get_by_role("link", name="Usual print").click()
    page.get_by_role("link", name="Large print").click()
    page.get_by_label("Good", exact=True).check()
    to_question(page, 8)
    page.click(CONTINUE)
    expect(page.locator("h1")).to_have_text("Thank you")
    expect(page.locator("html")).to_have_class("large")
    assert received(town) == [Response({"fft": "good"})]  # how large it was is nobody's business
