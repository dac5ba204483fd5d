"""A bad connection: answers are tried again, never lost, never counted twice."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect

from tests.browser.test_patient_survey import CONTINUE, to_question
from tests.town import Town
from tests.transport import received, ticket_of

WAITING = "Not sent yet – trying again"


def answer_all(page: Page, address: str, town: Town) -> None:
    page.goto(f"{address}/i/{ticket_of(town)}")
    page.get_by_label("Good", exact=True).check()
    to_question(page, 8)


def test_a_post_that_fails_twice_is_sent_a_third_time(town: Town, address: str, page: Page) -> None:
    tries = []

    def fail_twice(route: Route) -> None:
        if route.request.method == "POST":
            tries.append(route.request.post_data)
            if len(tries) == 1:
                return route.abort("connectionreset")
            if len(tries) == 2:
                return route.fulfill(status=503, body="away")
        return route.continue_()

    page.route("**/i/*", fail_twice)
    answer_all(page, address, town)
    page.click(CONTINUE)
    expect(page.get_by_role("status").filter(has_text=WAITING)).to_be_visible()
    page.click(CONTINUE)  # an impatient press sends nothing more
    expect(page.locator("h1")).to_have_text("Thank you", timeout=15_000)
    assert page.url == f"{address}/thanks"
    assert len(set(tries)) == 1
    assert len(tries) == 3
    assert len(received(town)) == 1


def test_an_answer_lost_on_its_way_back_is_thanked_for_at_the_next_try(
    town: Town, address: str, page: Page
) -> None:
    lost = []

    def lose_the_first_reply(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch(max_redirects=0).status)
            return route.abort("connectionreset")
        return route.continue_()

    page.route("**/i/*", lose_the_first_reply)
    answer_all(page, address, town)
    page.click(CONTINUE)
    expect(page.locator("h1")).to_have_text("Thank you", timeout=15_000)
    assert lost == [303]
    assert len(received(town)) == 1


def test_after_a_minute_without_connection_the_answers_are_still_there(
    town: Town, address: str, page: Page
) -> None:
    tries = []

    def fail(route: Route) -> None:
        if route.request.method == "POST" and len(tries) < 7:
            tries.append(1)
            return route.abort("internetdisconnected")
        return route.continue_()

    page.clock.install()
    page.route("**/i/*", fail)
    answer_all(page, address, town)
    page.click(CONTINUE)
    for _ in range(40):
        page.clock.run_for(2000)
        page.wait_for_timeout(20)
    expect(page.get_by_role("status").filter(has_text="Your answers are still on this page")).to_be_visible()
    assert len(tries) == 7
    page.click(CONTINUE)  # now as an ordinary form
    expect(page.locator("h1")).to_have_text("Thank you")
    assert len(received(town)) == 1


def test_a_link_that_ended_meanwhile_says_so(town: Town, address: str, page: Page) -> None:
    answer_all(page, address, town)
    town.do("DELETE FROM ticket")
    page.click(CONTINUE)
    expect(page.locator("h1")).to_have_text("This link has been used or has ended")
    expect(page.locator("h1")).to_be_focused()


def test_after_sending_the_back_button_shows_no_answers(town: Town, address: str, page: Page) -> None:
    answer_all(page, address, town)
    page.click(CONTINUE)
    expect(page.locator("h1")).to_have_text("Thank you")
    page.go_back()
    expect(page.locator("input:checked")).to_have_count(0)
