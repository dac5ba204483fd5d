"""A tablet in a waiting room: it warns, clears itself, returns to its start; Back shows nobody's answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from survey.domain.response import Response
from tests.browser.conftest import phone
from tests.browser.test_patient_access import assert_accessible, sideways
from tests.browser.test_patient_survey import CONTINUE
from tests.town import Town
from tests.transport import SERVICE, received

TABLET = {"width": 1024, "height": 768}
WARNING = "dialog"
FIRST = "text=Overall, how was your experience"
THANKS = "h1:has-text('Thank you')"


@pytest.fixture
def tablet(chromium: Browser, address: str) -> Iterator[Page]:
    with phone(chromium, **TABLET) as page:
        page.goto(f"{address}/k/{SERVICE}")
        yield page


@pytest.fixture
def kiosk(tablet: Page) -> Page:
    """A tablet at its first screen, whose clock can be turned on; a slow machine's own seconds count too."""
    tablet.clock.install()
    tablet.reload()
    return tablet


def pass_by(page: Page, seconds: int) -> None:
    page.clock.run_for(seconds * 1000)


def begin(page: Page) -> None:
    """One answer given, at the second question."""
    page.get_by_label("Very good").check()
    page.click(CONTINUE)
    page.wait_for_selector("text=Question 2 of 8")


def assert_at_start(page: Page) -> None:
    assert_checked(page, 0)
    assert page.locator("textarea").evaluate("one => one.value") == ""
    expect(page.locator(WARNING)).to_be_hidden()


def answer_all(page: Page) -> None:
    begin(page)
    while page.locator(CONTINUE).is_visible() and not page.locator(THANKS).is_visible():
        last = page.locator(CONTINUE).text_content() == "Send my answers"
        page.click(CONTINUE)
        if last:
            break
    page.wait_for_selector(THANKS)


def test_after_45_idle_seconds_it_clears_itself_and_for_20_of_them_it_warns(kiosk: Page) -> None:
    begin(kiosk)
    token = kiosk.locator("[name=form]").input_value()
    pass_by(kiosk, 15)
    expect(kiosk.locator(WARNING)).to_be_hidden()
    pass_by(kiosk, 11)
    warning = kiosk.get_by_role("alertdialog", name="Are you still there?")
    expect(warning).to_be_visible()
    expect(warning).to_have_accessible_description(
        re.compile(r"If not, your answers will be cleared in (1\d|20) seconds\."),
    )
    assert kiosk.evaluate("document.activeElement.textContent") == "Carry on"
    assert_accessible(kiosk, "warning")
    pass_by(kiosk, 10)
    expect(warning).to_be_visible()
    pass_by(kiosk, 9)
    assert_at_start(kiosk)
    assert kiosk.locator("[name=form]").input_value() != token


@pytest.mark.parametrize("how", ["touch", "key", "button"])
def test_any_touch_or_key_says_that_somebody_is_there_and_answers_nothing(kiosk: Page, how: str) -> None:
    begin(kiosk)
    pass_by(kiosk, 30)
    expect(kiosk.locator(WARNING)).to_be_visible()
    if how == "touch":
        kiosk.mouse.click(200, 300)  # where an answer stands, beneath
    elif how == "key":
        kiosk.keyboard.press("ArrowDown")
    else:
        kiosk.get_by_role("button", name="Carry on").click()
    expect(kiosk.locator(WARNING)).to_be_hidden()
    assert kiosk.locator("input:checked").count() == 1
    pass_by(kiosk, 20)
    expect(kiosk.locator(WARNING)).to_be_hidden()
    expect(kiosk.locator("text=Question 2 of 8")).to_be_visible()


def test_who_goes_on_is_never_warned_and_an_untouched_screen_neither(kiosk: Page) -> None:
    pass_by(kiosk, 60)
    expect(kiosk.locator(WARNING)).to_be_hidden()
    begin(kiosk)
    for _ in range(4):
        pass_by(kiosk, 20)
        kiosk.mouse.move(300, 300)
        kiosk.mouse.move(310, 310)
        expect(kiosk.locator(WARNING)).to_be_hidden()


def test_answers_are_sent_once_as_a_tablets_and_its_screen_returns_by_itself(town: Town, kiosk: Page) -> None:
    answer_all(kiosk)
    assert_accessible(kiosk, "thanks")
    pass_by(kiosk, 46)
    assert_at_start(kiosk)
    kiosk.get_by_label("Very poor").check()
    answer_all(kiosk)
    kiosk.get_by_role("link", name="Back to the start").click()
    assert_at_start(kiosk)
    assert [one.answers["fft"] for one in received(town)] == ["very_good", "very_good"]
    assert {one.way["channel"] for one in received(town)} == {"kiosk"}


def test_back_shows_nobodys_answer(town: Town, tablet: Page) -> None:
    """A sent answer and one left half-way: neither comes back, from the browser's memory either."""
    begin(tablet)
    tablet.get_by_role("button", name="Back").click()
    assert_checked(tablet, 1)  # the page's own Back is the same person's
    begin(tablet)
    tablet.go_back()
    assert tablet.url == "about:blank"  # a tablet in its own mode has no such page before
    tablet.go_forward()
    assert_at_start(tablet)
    answer_all(tablet)
    tablet.go_back()
    tablet.go_forward()
    assert_at_start(tablet)
    assert len(received(town)) == 1


def assert_checked(page: Page, many: int) -> None:
    page.wait_for_selector(f"{FIRST} >> visible=true")
    assert page.locator("input:checked").count() == many


def test_back_after_a_form_without_script_shows_no_answer(
    town: Town, address: str, chromium: Browser
) -> None:
    with phone(chromium, script=False, **TABLET) as page:
        page.goto(f"{address}/k/{SERVICE}")
        page.check("#q_fft")
        page.click(CONTINUE)
        page.wait_for_selector(THANKS)
        page.go_back()
        page.wait_for_selector(FIRST)
        assert page.locator("input:checked").count() == 0
    assert received(town) == [Response({"fft": "very_good"}, way={"channel": "kiosk"})]


def test_without_script_the_thanks_return_by_themselves(address: str, chromium: Browser) -> None:
    with phone(chromium, script=False, **TABLET) as page:

        def soon(route: Route) -> None:
            reply = route.fetch()
            route.fulfill(response=reply, body=reply.text().replace('content="60;', 'content="1;'))

        page.route("**/thanks*", soon)
        page.goto(f"{address}/k/{SERVICE}/thanks?lang=en-easy")
        page.wait_for_selector(FIRST)
        assert page.url == f"{address}/k/{SERVICE}"


def test_a_language_goes_with_the_person_who_chose_it(kiosk: Page) -> None:
    kiosk.click("text=Easy read")
    kiosk.wait_for_selector("html.easy")
    assert kiosk.evaluate("history.length") == 2  # about:blank, and the survey
    pass_by(kiosk, 46)
    kiosk.wait_for_selector("html:not(.easy)")
    assert_at_start(kiosk)


def test_while_the_server_is_away_nobody_meets_the_last_ones_form(address: str, kiosk: Page) -> None:
    """A second answer under the first one's number would be taken for a second click, and lost."""
    begin(kiosk)
    kiosk.route("**/*", lambda route: route.abort())
    pass_by(kiosk, 46)
    expect(kiosk.get_by_role("alert")).to_have_text("This survey is not working just now")
    expect(kiosk.locator("form")).to_be_hidden()
    assert kiosk.locator("input:checked").count() == 0
    kiosk.unroute("**/*")
    pass_by(kiosk, 11)
    assert_at_start(kiosk)


def test_nothing_clears_answers_that_are_on_their_way(town: Town, kiosk: Page) -> None:
    kiosk.route("**/*", lambda route: route.abort())
    begin(kiosk)
    for _ in range(7):
        kiosk.click(CONTINUE)
    for _ in range(6):
        pass_by(kiosk, 5)
        expect(kiosk.locator(WARNING)).to_be_hidden()
    kiosk.unroute("**/*")
    for _ in range(20):
        pass_by(kiosk, 5)
        if kiosk.locator(THANKS).is_visible():
            break
    kiosk.wait_for_selector(THANKS)
    assert len(received(town)) == 1


@pytest.mark.parametrize("size", [TABLET, {"width": 768, "height": 1024}, {"width": 360, "height": 640}])
def test_a_tablet_is_worked_by_everybody_and_leads_nowhere_else(
    address: str, chromium: Browser, size: dict[str, int]
) -> None:
    with phone(chromium, **size) as page:
        for start in (f"{address}/k/{SERVICE}", f"{address}/k/{SERVICE}?lang=en-easy&print=large"):
            page.goto(start)
            assert_accessible(page, start)
            assert sideways(page) <= 0
            places = page.eval_on_selector_all("a", "all => all.map(one => one.pathname)")
            assert set(places) <= {f"/k/{SERVICE}"}
            assert page.locator("[target], form:not([autocomplete=off])").count() == 0
            rows = page.locator(".nhsuk-radios__item >> visible=true")
            assert all((one.bounding_box() or {"height": 0})["height"] >= 48 for one in rows.all())
