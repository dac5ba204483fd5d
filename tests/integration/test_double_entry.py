"""A form keyed twice: one response, what differs decided by hand, and nothing kept of it but numbers."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError
from werkzeug.test import TestResponse

from survey.catalogue.catalogue import Catalogue
from survey.cli import state
from survey.cli.keyed import keyed as command
from survey.domain.errors import DatabaseDown
from survey.services.double_entry import is_drawn
from survey.services.keyed import ENOUGH, error_rates
from survey.storage import keyed
from survey.storage.database import transaction
from survey.web.keying import twice
from survey.web.keying.app import create_app
from tests.integration.test_patient_page import hidden
from tests.logins import login
from tests.town import WEEK, Town
from tests.transport import SERVICE, received, transport_town

PAPER = {"service": SERVICE, "channel": "paper_here"}
FIRST = {"q_fft": "poor", "q_kindness": "kind", "q_comment": "It was\ncold."}
SECOND = {"q_fft": "good", "q_kindness": "kind"}


@pytest.fixture
def town(one_database: Engine, keys_dir: Path, catalogue: Catalogue) -> Town:
    return transport_town(one_database, keys_dir, catalogue)


@pytest.fixture
def client(town: Town) -> FlaskClient:
    return create_app(town.desk, one_in=1).test_client()


def send(client: FlaskClient, token: str, data: dict[str, str], **batch: str) -> TestResponse:
    return client.post("/form", query_string=PAPER | batch, data=data | {"form": token})


def begin(client: FlaskClient, **batch: str) -> str:
    return hidden(client.get("/form", query_string=PAPER | batch).text, "form")


def brought(reply: TestResponse, *names: str) -> dict[str, str]:
    return {name: html.unescape(hidden(reply.text, name)) for name in names}


def checks(town: Town) -> dict[str, tuple[int, int]]:
    rows = town.rows("SELECT question, checked, differing FROM keyed_check")
    return {question: (checked, differing) for question, checked, differing in rows}


def test_the_same_twice_is_one_response_and_counts_of_every_question(town: Town, client: FlaskClient) -> None:
    token = begin(client)
    once = send(client, token, FIRST)
    assert "Key this form once more" in once.text
    assert received(town) == []
    assert not re.search(r"<input[^>]*value=\"(?:poor|kind)\"[^>]*checked", once.text)
    for _ in range(2):  # the second click, too
        assert send(client, token, FIRST | brought(once, "first")).status_code == 303
    (kept,) = received(town)
    assert (kept.answers["fft"], kept.comments["comment"]) == ("poor", "It was\ncold.")
    asked = [one.code for one in town.catalogue.get("patient-transport/v1").questions if one.kind != "text"]
    assert checks(town) == dict.fromkeys(asked, (1, 0))


@pytest.mark.parametrize(("which", "fft"), [("first", "poor"), ("second", "good")])
def test_what_differs_is_shown_and_decided_and_counted(
    town: Town, client: FlaskClient, which: str, fft: str
) -> None:
    token = begin(client)
    once = send(client, token, FIRST)
    asks = send(client, token, SECOND | brought(once, "first"))
    assert ("Poor" in asks.text, "Good" in asks.text, asks.text.count("<fieldset>")) == (True, True, 1)
    carried = brought(asks, "first", "second")
    undecided = send(client, token, carried)
    assert (undecided.status_code, "Decide each" in undecided.text) == (400, True)
    assert received(town) == []
    assert send(client, token, carried | {"is_q_fft": which}).status_code == 303
    (kept,) = received(town)
    assert (kept.answers["fft"], kept.comments["comment"]) == (fft, "It was\ncold.")
    assert (checks(town)["fft"], checks(town)["kindness"]) == ((1, 1), (1, 0))


def test_a_first_entry_that_was_changed_or_is_another_forms_keeps_nothing(
    town: Town, client: FlaskClient
) -> None:
    token, other = begin(client), begin(client)
    first = brought(send(client, token, FIRST), "first")["first"]
    foreign = brought(send(client, other, FIRST), "first")["first"]
    asks = brought(send(client, token, SECOND | {"first": first}), "first", "second")
    swapped = {"first": asks["second"], "second": asks["first"]}
    forged = [first.replace("poor", "good"), foreign, "", "x", ".[]", f"{first} ", first.partition(".")[2]]
    for entry in forged:
        assert send(client, token, FIRST | {"first": entry}).status_code == 410, entry
    for data in (swapped, asks | {"second": forged[0]}):
        assert send(client, token, data | {"is_q_fft": "first"}).status_code == 410
    assert (received(town), checks(town)) == ([], {})


def test_a_response_that_was_kept_is_thanked_for_where_its_check_cannot_be_counted(
    town: Town, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told that nothing was kept, staff would key the form again, and it would count twice."""

    def down(*_: object) -> None:
        raise DatabaseDown("the database does not answer")

    monkeypatch.setattr(twice, "note_differences", down)
    token = begin(client)
    once = send(client, token, FIRST)
    assert send(client, token, FIRST | brought(once, "first")).status_code == 303
    assert len(received(town)) == 1
    assert checks(town) == {}


def test_the_lot_cannot_be_drawn_again(town: Town) -> None:
    client = create_app(town.desk, one_in=2).test_client()
    for _ in range(6):
        token = begin(client)
        twice = {"Key this form once more" in send(client, token, FIRST).text for _ in range(3)}
        assert len(twice) == 1


def test_one_in_ten_is_drawn_and_what_was_said_by_telephone_never(town: Town, client: FlaskClient) -> None:
    drawn = [number for number in range(3000) if is_drawn(town.desk, f"form {number}", 10)]
    assert 230 < len(drawn) < 370  # four standard deviations
    assert not is_drawn(town.desk, "form", 0)
    spoken = {"channel": "telephone"}
    assert send(client, begin(client, **spoken), FIRST, **spoken).status_code == 303
    assert checks(town) == {}


def test_nothing_of_an_entry_lies_in_the_database_before_it_is_sealed(
    town: Town, client: FlaskClient
) -> None:
    token = begin(client)
    send(client, token, FIRST | {"q_comment": "Gallowgate heron"})
    assert (town.rows("SELECT * FROM sealed"), checks(town)) == ([], {})


@pytest.mark.postgres
def test_a_stolen_page_writes_numbers_alone_and_reads_none(
    postgres: Engine, keys_dir: Path, catalogue: Catalogue
) -> None:
    town = transport_town(postgres, keys_dir, catalogue)
    with login(postgres, "heard_patient") as (_, process):
        with transaction(process) as session:
            keyed.note(session, SERVICE, WEEK, "fft", differs=False)
            keyed.note(session, SERVICE, WEEK, "fft", differs=True)
            keyed.note(session, SERVICE, WEEK, "Ada Lovelace", differs=True)
        for forbidden in ("SELECT * FROM keyed_check", "DELETE FROM keyed_check"):
            with pytest.raises(ProgrammingError, match="permission denied"), process.begin() as connection:
                connection.execute(text(forbidden))
    assert checks(town) == {"fft": (2, 1)}


def test_a_rate_has_an_interval_or_says_that_too_few_were_checked(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "database", lambda: town.clock)
    assert "no form has been keyed twice yet" in CliRunner().invoke(command).output
    for question, checked, differing in (("fft", 200, 3), ("kindness", ENOUGH - 1, 0)):
        values = f"'{SERVICE}', '2026-W40', '{question}', {checked}, {differing}"
        town.do(f"INSERT INTO keyed_check VALUES ({values})")
    (fft, kindness) = error_rates(town.clock, SERVICE)
    assert (round(fft.low or 0, 4), round(fft.high or 0, 4)) == (0.0051, 0.0432)
    assert (kindness.low, kindness.high) == (None, None)
    said = CliRunner().invoke(command).output
    assert "fft                      3 of 200 forms differ: 1.5% (0.5% to 4.3%)" in said
    assert "0 of 49 forms differ; too few to give a rate: 50 are needed" in said
