"""The promise as patients and operators meet it: on a phone, turned round, enlarged, on paper."""

from __future__ import annotations

import io

import pikepdf
import pytest
from playwright.sync_api import Browser, Page, expect

from survey.config import Keep
from survey.web.patient.app import create_app
from tests.browser.conftest import listening, phone
from tests.browser.test_patient_access import NARROW, ZOOMED, assert_accessible, sideways
from tests.town import Town
from tests.transport import SERVICE, ticket_of

HALF = {"width": 640, "height": 512}  # 1280 × 1024 at 200 %
DESK = {"width": 1280, "height": 900}
PAGES = {"/how": 1, "/promise": 2}  # sheets of A4
FIRST_WORDS = """() => {
    const range = document.createRange();
    range.selectNodeContents(document.querySelector("h1"));
    const box = range.getBoundingClientRect();
    return [box.left, box.right];
}"""
LINK = "How your answers stay anonymous"


@pytest.mark.parametrize("script", [True, False])
def test_the_promise_is_linked_beside_the_first_question_and_only_there(
    town: Town, address: str, chromium: Browser, *, script: bool
) -> None:
    with phone(chromium, script=script) as page:
        page.goto(f"{address}/i/{ticket_of(town)}")
        link = page.get_by_role("link", name=LINK)
        expect(link).to_be_visible()
        first, place = page.locator(".step").first.bounding_box(), link.bounding_box()
        assert first is not None
        assert place is not None
        assert first["y"] < place["y"] < first["y"] + first["height"]
        assert place["height"] >= 24  # a target that a thumb can meet: WCAG 2.2, 2.5.8
        if script:
            page.click("button[type=submit]")
            expect(link).to_be_hidden()


def test_reading_the_promise_loses_no_answer(town: Town, address: str, page: Page) -> None:
    page.goto(f"{address}/i/{ticket_of(town)}")
    page.get_by_label("Good", exact=True).check()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=LINK).click()
    expect(opened.value.locator("h1")).to_have_text(LINK)
    expect(page.get_by_label("Good", exact=True)).to_be_checked()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("size", [NARROW, HALF, DESK])
def test_axe_finds_nothing_wrong(address: str, chromium: Browser, path: str, size: dict[str, int]) -> None:
    with phone(chromium, **size) as page:
        page.goto(address + path)
        assert_accessible(page, path)


@pytest.mark.parametrize("size", [NARROW, ZOOMED, HALF])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_nothing_scrolls_sideways_and_lines_begin_at_their_edge(
    address: str, chromium: Browser, size: dict[str, int], direction: str
) -> None:
    with phone(chromium, **size) as page:
        for path in PAGES:
            page.goto(address + path)
            page.evaluate("direction => document.documentElement.dir = direction", direction)
            assert sideways(page) <= 0
            left, right = page.evaluate(FIRST_WORDS)
            assert (left if direction == "ltr" else size["width"] - right) < 40


def test_drawings_stand_before_their_words_in_either_direction(address: str, chromium: Browser) -> None:
    with phone(chromium, **NARROW) as page:
        page.goto(f"{address}/how")
        for direction, before in (("ltr", True), ("rtl", False)):
            page.evaluate("direction => document.documentElement.dir = direction", direction)
            drawn = [one.bounding_box() for one in page.locator("ol svg").all()]
            said = [one.bounding_box() for one in page.locator("ol p").all()]
            assert len(drawn) == len(said) == 5
            for picture, text in zip(drawn, said, strict=True):
                assert picture is not None
                assert text is not None
                assert (picture["x"] < text["x"]) is before


@pytest.mark.parametrize(("path", "sheets"), PAGES.items())
def test_the_page_prints_on_its_sheets_of_a4(address: str, chromium: Browser, path: str, sheets: int) -> None:
    with phone(chromium) as page:
        page.goto(address + path)
        printed = page.pdf(format="A4", prefer_css_page_size=True, display_header_footer=False)
    with pikepdf.open(io.BytesIO(printed)) as paper:
        assert len(paper.pages) == sheets
        *_, width, height = (float(edge) for edge in paper.pages[0].mediabox)  # type: ignore[arg-type]
    assert (round(width), round(height)) == (595, 842)


def test_a_page_with_more_on_it_would_need_another_sheet(address: str, chromium: Browser) -> None:
    with phone(chromium) as page:
        page.goto(f"{address}/how")
        page.evaluate(
            "document.querySelector('section').before(document.querySelector('.columns').cloneNode(true))"
        )
        with pikepdf.open(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True))) as paper:
            assert len(paper.pages) > 1


@pytest.mark.parametrize("path", PAGES)
def test_without_script_and_from_no_one_else(address: str, plain_page: Page, path: str) -> None:
    asked: list[str] = []
    plain_page.on("request", lambda request: asked.append(request.url))
    plain_page.goto(address + path, wait_until="networkidle")
    assert asked == [address + path]
    expect(plain_page.locator("h1")).to_be_visible()
    assert plain_page.locator("script").count() == 0


def test_the_pages_name_the_limits_of_the_installation(town: Town, chromium: Browser) -> None:
    keep = Keep(sealed_weeks=41, comments_weeks=7, responses_weeks=99, backups=17)
    with listening(create_app(town.desk, keep=keep)) as address, phone(chromium) as page:
        page.goto(f"{address}/s/{SERVICE}")
        page.goto(f"{address}/how")
        expect(page.locator("main")).to_contain_text("still too few after 41 weeks")
        expect(page.locator("main")).to_contain_text("take them away about 7 weeks later")
        page.get_by_role("link", name="Read the promise in full").click()
        expect(page.locator("h1")).to_have_text("The promise, exactly")
        for says in (
            "up to 41 weeks",
            "kept as written for 7 weeks",
            "99 weeks; the counts",
            "the newest 17",
        ):
            expect(page.locator("main")).to_contain_text(says)
