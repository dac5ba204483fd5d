"""A patient answers: one question at a time, by touch or by keys, with script and without."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Page, Request, Route, expect

from survey.domain.response import Response
from tests.town import Town
from tests.transport import SERVICE, received, ticket_of

PACKET = 14_600
CONTINUE = "button[type=submit]"


def to_question(page: Page, number: int) -> None:
    """Continue until question `number` of the unanswered survey."""
    for _ in range(number - 1):
        page.click(CONTINUE)


def test_the_survey_is_one_request_one_small_answer_and_leaves_nothing_behind(
    town: Town, address: str, page: Page
) -> None:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108  # a builtin cannot listen
    reply = page.goto(f"{address}/i/{ticket_of(town)}", wait_until="networkidle")
    to_question(page, 8)
    assert reply is not None
    assert reply.request.sizes()["responseBodySize"] <= PACKET
    assert [one.url for one in asked] == [page.url]
    assert page.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_one_question_at_a_time_with_its_number_in_the_title_and_the_focus(
    town: Town, address: str, page: Page
) -> None:
    page.goto(f"{address}/i/{ticket_of(town)}")
    expect(page).to_have_title("Question 1 of 8 – Your journey with patient transport")
    assert page.locator("fieldset:visible, textarea:visible").count() == 1
    expect(page.locator("nav")).to_be_hidden()
    page.get_by_label("Very good").check()
    page.click(CONTINUE)
    expect(page).to_have_title("Question 2 of 8 – Your journey with patient transport")
    assert "Question 2 of 8" in page.evaluate("document.activeElement.textContent")
    assert page.evaluate("document.activeElement.tagName") == "H2"
    assert page.locator("fieldset:visible, textarea:visible").count() == 1
    expect(page.locator("nav")).to_be_visible()


def test_the_first_screen_holds_the_question_its_answers_the_promise_and_continue(
    town: Town, address: str, page: Page
) -> None:
    town.do("UPDATE organisation SET name = 'North East Ambulance Service NHS Foundation Trust'")
    page.goto(f"{address}/s/{SERVICE}")
    for what in ("text=Overall, how was your experience", "text=Don't know", "text=Nobody can tell"):
        box = page.locator(f"{what} >> visible=true").first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 640
    button = page.locator(CONTINUE).bounding_box()
    assert button is not None
    assert button["y"] + button["height"] <= 640
    for label in page.locator("label:visible").all():
        size = label.bounding_box()
        assert size is not None
        assert size["height"] + 8 >= 44
        assert size["x"] + size["width"] >= 340
    for ring in page.locator("input[type=radio]:visible").all():
        size = ring.bounding_box()
        assert size is not None
        assert min(size["width"], size["height"]) >= 44


def test_a_patient_answers_with_the_keyboard_alone(town: Town, address: str, page: Page) -> None:
    page.goto(f"{address}/i/{ticket_of(town)}")
    for _ in range(3):  # past the links to easy read and to large print
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")  # as a form is sent by keys: on to the next question
    for _ in range(4):
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Kind driver")
    for _ in range(3):
        page.locator(CONTINUE).focus()
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Thank you")
    [one] = received(town)
    assert one.answers["fft"] == "good"
    assert set(one.answers) == {"fft", "kindness", "information", "waiting", "involvement"}
    assert one.comments == {"comment": "Kind driver"}


def test_without_script_the_same_page_is_one_form(town: Town, address: str, plain_page: Page) -> None:
    page = plain_page
    page.goto(f"{address}/i/{ticket_of(town)}")
    assert page.locator("fieldset:visible").count() == 7
    expect(page.locator("h1")).to_have_text("Your journey with patient transport")
    page.get_by_label("Very poor").first.check()
    page.locator("textarea").fill("Late.\nTwice.")
    page.click(CONTINUE)
    expect(page.locator("h1")).to_have_text("Thank you")
    assert page.url == f"{address}/thanks"
    assert received(town) == [Response({"fft": "very_poor"}, {"comment": "Late.\nTwice."})]


def test_the_browsers_back_button_and_the_back_link_keep_the_answers(
    town: Town, address: str, page: Page
) -> None:
    page.goto(f"{address}/i/{ticket_of(town)}")
    page.get_by_label("Good", exact=True).check()
    page.click(CONTINUE)
    page.get_by_label("Very kind", exact=True).check()
    page.click(CONTINUE)
    page.go_back()
    expect(page).to_have_title("Question 2 of 8 – Your journey with patient transport")
    expect(page.get_by_label("Very kind", exact=True)).to_be_checked()
    assert page.evaluate("document.activeElement.tagName") == "H2"
    page.get_by_role("button", name="Back").click()
    expect(page).to_have_title("Question 1 of 8 – Your journey with patient transport")
    expect(page.get_by_label("Good", exact=True)).to_be_checked()
    page.go_forward()
    expect(page).to_have_title("Question 2 of 8 – Your journey with patient transport")


def test_a_double_click_neither_skips_a_question_nor_stores_twice(
    town: Town, address: str, page: Page
) -> None:
    page.goto(f"{address}/i/{ticket_of(town)}")
    page.get_by_label("Good", exact=True).check()
    page.dblclick(CONTINUE)
    expect(page).to_have_title("Question 2 of 8 – Your journey with patient transport")
    to_question(page, 7)
    expect(page).to_have_title("Question 8 of 8 – Your journey with patient transport")
    page.evaluate("for (let i = 0; i < 3; i++) document.querySelector('[type=submit]').click()")
    expect(page.locator("h1")).to_have_text("Thank you")
    assert len(received(town)) == 1


def test_a_double_click_without_script_stores_once(town: Town, address: str, plain_page: Page) -> None:
    plain_page.goto(f"{address}/i/{ticket_of(town)}")
    plain_page.get_by_label("Good", exact=True).check()
    plain_page.dblclick(CONTINUE)
    expect(plain_page.locator("h1")).to_have_text("Thank you")
    assert len(received(town)) == 1


def test_what_the_script_sends_is_what_the_form_would_send(
    town: Town, address: str, page: Page, plain_page: Page
) -> None:
    bodies = []

    def note(route: Route) -> None:
        if route.request.method == "POST":
            bodies.append((route.request.post_data, route.request.headers["content-type"].split(";")[0]))
        route.continue_()

    for one in (page, plain_page):
        one.route("**/i/*", note)
        one.goto(f"{address}/i/{ticket_of(town)}")
        one.get_by_label("Good", exact=True).check()
        if one is page:
            to_question(page, 6)
        one.locator("textarea").fill("two\nlines & é")
        if one is page:
            to_question(page, 3)
        one.click(CONTINUE)
        expect(one.locator("h1")).to_have_text("Thank you")
    (by_script, kind), (by_form, same_kind) = bodies
    assert kind == same_kind == "application/x-www-form-urlencoded"
    # A browser's own submit ends lines with CRLF; the server makes them one.
    assert parse_qsl(by_script.replace("%0A", "%0D%0A")) == parse_qsl(by_form)
    assert len({str(one) for one in received(town)}) == 1


def test_a_comment_that_is_too_long_is_said_at_once(town: Town, address: str, page: Page) -> None:
    page.goto(f"{address}/i/{ticket_of(town)}")
    to_question(page, 6)
    page.fill("textarea", "x" * 1003)
    expect(page.locator("text=3 characters too many")).to_be_visible()
    page.click(CONTINUE)
    expect(page).to_have_title("Error: Question 6 of 8 – Your journey with patient transport")
    expect(page.locator("textarea")).to_be_focused()
    described = page.get_attribute("textarea", "aria-describedby")
    assert described is not None
    assert described.startswith("q_comment-error ")
    page.fill("textarea", "x" * 1000)
    page.click(CONTINUE)
    expect(page).to_have_title("Question 7 of 8 – Your journey with patient transport")


@pytest.mark.parametrize("script", [True, False])
def test_nothing_answered_leads_to_the_first_question(
    town: Town, address: str, page: Page, plain_page: Page, *, script: bool
) -> None:
    one = page if script else plain_page
    one.goto(f"{address}/i/{ticket_of(town)}")
    if script:
        to_question(one, 8)
    one.click(CONTINUE)
    expect(one.locator(".nhsuk-error-summary")).to_contain_text("Answer at least one question")
    if script:
        expect(one.locator(".nhsuk-error-summary")).to_be_focused()
    one.get_by_role("link", name="Answer at least one question").click()
    expect(one.locator("#q_fft")).to_be_focused()
    one.locator("#q_fft").check()
    one.click(CONTINUE)
    expect(one.locator("h1")).to_have_text("Thank you")
    assert received(town) == [Response({"fft": "very_good"})]
