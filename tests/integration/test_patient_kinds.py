"""Every kind of question over a real database: what lies in the box is what was asked, as it may be kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from survey.domain.response import Response
from tests.kinds import ward_town
from tests.town import Town
from tests.transport import SERVICE, received, site_of, ticket_of

VERSION = "ward/v1"


@pytest.fixture
def town(database: Engine, keys_dir: Path) -> Town:
    return ward_town(database, keys_dir)


@pytest.fixture
def client(town: Town) -> FlaskClient:
    return site_of(town).test_client()


def test_answers_of_every_kind_lie_in_the_box(town: Town, client: FlaskClient) -> None:
    sent = {
        "q_waiting": "very_long",
        "q_hours": "12",
        "q_told": "Nothing",
        "q_troubles": ["food", "noise"],
        "q_ease": "p2",
        "q_hard": "p5",
        "q_comment": "No",
        "q_age": "old",
    }
    assert client.post(f"/i/{ticket_of(town)}", data=sent).status_code == 303
    assert received(town) == [
        Response(
            {"waiting": "very_long", "hours": "many", "troubles": "noise food", "ease": "p2", "hard": "p5"},
            {"told": "Nothing", "comment": "No"},
            {"age": "old"},
        )
    ]


def test_a_form_without_script_stores_nothing_that_was_not_asked(town: Town, client: FlaskClient) -> None:
    path = f"/s/{SERVICE}"
    token = re.search(r'name="form" value="([^"]*)"', client.get(path).text)
    assert token is not None
    sent = {
        "q_waiting": "short",  # so that the hours are not asked, nor what follows from them
        "q_hours": "12",
        "q_told": "This is of another branch",
        "q_ease": "p2",
        "q_hard": "p5",  # asked of who had noise
        "q_comment": "Kind",
    }
    data = {**sent, "form": token[1], "version": VERSION}
    assert [client.post(path, data=data).status_code for _ in range(2)] == [303, 303]
    assert received(town) == [Response({"waiting": "short", "ease": "p2"}, {"comment": "Kind"})]


def test_answers_to_nothing_that_was_asked_spend_no_link(town: Town, client: FlaskClient) -> None:
    path = f"/i/{ticket_of(town)}"
    reply = client.post(path, data={"q_hours": "12", "q_told": "All off the path", "version": VERSION})
    assert reply.status_code == 400
    assert "Answer at least one question" in reply.text
    assert ">All off the path</textarea>" in reply.text
    assert received(town) == []
    assert client.get(path).status_code == 200


def test_what_is_wrong_is_said_and_what_was_given_stands_there_again(town: Town, client: FlaskClient) -> None:
    path = f"/i/{ticket_of(town)}"
    sent = {"q_waiting": "long", "q_hours": "about 3", "q_troubles": ["noise", "none"], "q_ease": "p7"}
    reply = client.post(path, data=sent)
    assert reply.status_code == 400
    for field, says in (
        ("q_hours", "Write only the number, in figures"),
        ("q_troubles", "Choose ‘None of these’ or the others, not both"),
    ):
        assert re.search(rf'href="#{field}">\s*{says}\s*</a>', reply.text)
        assert reply.text.count(f'id="{field}"') == 1
    assert 'value="about 3"' in reply.text
    assert re.findall(r'value="(\w+)" checked', reply.text) == ["long", "noise", "none", "p7"]
    assert received(town) == []
    assert client.post(path, data=sent | {"q_hours": "3", "q_troubles": "none"}).status_code == 303
    assert received(town) == [Response({"waiting": "long", "hours": "few", "troubles": "none", "ease": "p7"})]


def test_a_number_is_not_on_the_page_that_thanks_for_it(town: Town, client: FlaskClient) -> None:
    sent = {"q_waiting": "long", "q_hours": "97"}
    reply = client.post(f"/i/{ticket_of(town)}", data=sent, follow_redirects=True)
    assert "Thank you" in reply.text
    assert "97" not in reply.text[reply.text.index("<body") :]
