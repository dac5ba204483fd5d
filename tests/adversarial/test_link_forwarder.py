"""The link forwarder and the replayer: one link in many hands, one form sent many times.

The forwarder sends a personal link to three others. The replayer has recorded a whole request: he sends it
again before and after the count, at the same moment, from other addresses, with other answers, and edits what
is hidden in the form. They want more than one response, or to learn what the first one answered.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import time_machine
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import this_week
from survey.domain.organisation import Service
from survey.domain.response import Response
from survey.privacy.tickets import new_ticket
from survey.storage import directory
from survey.storage.database import transaction
from tests.together import together
from tests.town import WEEK, Town
from tests.transport import SERVICE, received, site_of, ticket_of, transport_town

OTHER = "PTS002"
ANSWERS = ("good", "poor", "very_good", "neither")  # the owner's, and those of three who got the link
Reply = tuple[int, bytes, tuple[tuple[str, str], ...]]


@pytest.fixture
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-11-04 10:00Z", tick=False) as traveller:  # in WEEK
        yield traveller


@pytest.fixture
def town(database: Engine, keys_dir: Path, catalogue: Catalogue, now: time_machine.Traveller) -> Town:
    """Two services that ask the same."""
    town = transport_town(database, keys_dir, catalogue)
    with transaction(town.clock) as session:
        other = Service(OTHER, "Another", "patient-transport", "RTT01", "PL1")
        directory.keep_service(session, other)
    town.prepare(WEEK)
    return town


@pytest.fixture
def client(town: Town) -> FlaskClient:
    return site_of(town).test_client()


def send(client: FlaskClient, path: str, data: Mapping[str, str], *, address: str = "81.2.69.142") -> Reply:
    """One POST, and all that comes back."""
    reply = client.post(path, data=data, environ_overrides={"REMOTE_ADDR": address})
    return reply.status_code, reply.data, tuple(sorted(reply.headers.items()))


def forward(client: FlaskClient, path: str) -> list[Reply]:
    """Four hands, four addresses, four ways to answer."""
    return [
        send(client, path, form(answer), address=f"81.2.69.{n}") for n, answer in enumerate(ANSWERS, start=1)
    ]


def form(answer: str, **more: str) -> dict[str, str]:
    return {"q_fft": answer, "version": "patient-transport/v1", **more}


def poster_form(client: FlaskClient, service: str = SERVICE) -> dict[str, str]:
    """A poster's form as it was shown, answered."""
    found = re.findall(r'name="(form|version)" value="([^"]*)"', client.get(f"/s/{service}").text)
    return {"q_fft": "good", **dict(found)}


# -- one link, many hands --------------------------------------------------------------------------


def test_a_forwarded_link_makes_one_response_the_first(town: Town, client: FlaskClient) -> None:
    replies = forward(client, f"/i/{ticket_of(town)}")
    assert received(town) == [Response({"fft": ANSWERS[0]})]
    assert len(set(replies)) == 1  # nobody learns who was first, nor what the first one said


def test_of_many_at_one_moment_one_is_stored_and_all_are_told_the_same(town: Town) -> None:
    site, path = site_of(town), f"/i/{ticket_of(town)}"
    replies = together(8, lambda n: send(site.test_client(), path, form(ANSWERS[n % 4])))
    assert len(received(town)) == 1
    assert len(set(replies)) == 1


def test_after_the_first_answer_the_link_shows_nothing_of_it(town: Town, client: FlaskClient) -> None:
    shown = []
    for answer in ANSWERS[:2]:
        path = f"/i/{ticket_of(town)}"
        client.post(path, data=form(answer, q_comment="the porter called Archibald"))
        reply = client.get(path)
        shown.append((reply.status_code, reply.data))
    assert len(set(shown)) == 1
    assert b"Archibald" not in shown[0][1]
    assert shown[0] == (410, client.get(f"/i/{new_ticket()}").data)


def test_the_same_link_in_many_hands_wins_against_a_naive_site() -> None:
    site, stored = naive_site()
    replies = forward(site.test_client(), "/i/ticket")
    assert len(stored) == 4
    assert len(set(replies)) > 1
    assert ANSWERS[-1].encode() in site.test_client().get("/i/ticket").data


# -- one request, many times -----------------------------------------------------------------------


def test_a_replay_is_counted_once_however_late_it_comes(
    town: Town, client: FlaskClient, now: time_machine.Traveller
) -> None:
    tickets = town.invite(SERVICE, 12, WEEK)
    for ticket in tickets:
        client.post(f"/i/{ticket}", data=form("good"))
    replay = [send(client, f"/i/{tickets[0]}", form(answer)) for answer in ANSWERS]
    assert town.tally(WEEK).responses == 12
    for day in ("2026-11-04", "2026-11-10", "2026-12-24"):
        now.move_to(f"{day} 10:00Z")
        replay += [send(client, f"/i/{tickets[0]}", form(answer)) for answer in ANSWERS]
    assert Counter(status for status, *_ in replay) == {303: 4, 410: 12}
    assert (town.sealed, town.number("response"), town.tally(WEEK + 7).responses) == (0, 12, 0)
    unknown = send(client, f"/i/{new_ticket()}", form("good"))
    assert set(replay[4:]) == {unknown}


HIDDEN = [
    {"version": "inpatient/v1"},
    {"version": "patient-transport/v2"},
    {"version": ""},
    {"version": "x" * 5000},
    {"form": "x"},
    {"service": OTHER, "service_code": OTHER, "box": "0" * 32, "week": str(WEEK + 1), "id": "0" * 64},
    {"ticket": "a" * 26, "hash": "0" * 64, "batch": "1"},
    {"q_fft": "very_good"},
]


@pytest.mark.parametrize("edited", HIDDEN, ids=[next(iter(one)) for one in HIDDEN])
def test_editing_what_is_hidden_makes_no_second_response(
    town: Town, client: FlaskClient, edited: dict[str, str]
) -> None:
    path = f"/i/{ticket_of(town)}"
    first = form("good") | edited
    for data in (first, form("poor") | edited, first, form("poor")):
        client.post(path, data=data)
    assert len(received(town)) == 1
    assert town.rows(
        "SELECT service, questionnaire, week, ticketed FROM box WHERE id IN (SELECT box FROM sealed)"
    ) == [(SERVICE, "patient-transport/v1", str(WEEK), True)]


def test_a_ticket_opens_no_other_service_and_no_other_door(town: Town, client: FlaskClient) -> None:
    ticket, poster = ticket_of(town), poster_form(client)
    tried = [
        (f"/s/{OTHER}", form("good", form=ticket)),
        (f"/s/{SERVICE}", form("good", form=ticket)),
        (f"/s/{OTHER}", poster),
        (f"/i/{poster['form'].split('.')[0]}", poster),
        (f"/i/{new_ticket()}", poster),
        (f"/i/{ticket.upper()}", form("good")),
        (f"/i/{ticket}/", form("good")),
        (f"/i/{ticket}%0a", form("good")),
    ]
    assert {send(client, path, data)[0] for path, data in tried} <= {404, 405, 410}
    assert (town.number("ticket"), town.sealed) == (1, 0)


# -- a poster's form -------------------------------------------------------------------------------


def test_a_poster_s_form_makes_one_response_before_and_after_its_count(
    town: Town, client: FlaskClient, now: time_machine.Traveller
) -> None:
    forms = [poster_form(client) for _ in range(12)]
    for one in forms:
        send(client, f"/s/{SERVICE}", one)
    again = [send(client, f"/s/{SERVICE}", one | {"q_fft": "poor"}) for one in forms]
    assert len(set(again)) == 1
    assert town.tally(WEEK).responses == 12
    for day, through in (("04", WEEK), ("09", WEEK), ("15", WEEK), ("16", WEEK + 1), ("23", WEEK + 2)):
        now.move_to(f"2026-11-{day} 10:00Z")
        town.prepare(this_week())
        for _ in ("before the tally", "after it"):
            for one in forms:
                send(client, f"/s/{SERVICE}", one)
            town.tally(through)
    assert (town.sealed, town.number("response")) == (0, 12)


def test_of_one_poster_s_form_at_one_moment_one_is_stored(town: Town, client: FlaskClient) -> None:
    site, one = site_of(town), poster_form(client)
    replies = together(
        8, lambda n: send(site.test_client(), f"/s/{SERVICE}", one | {"q_fft": ANSWERS[n % 4]})
    )
    assert len(received(town)) == 1
    assert len(set(replies)) == 1


def test_a_forged_an_edited_and_an_old_form_store_nothing(
    town: Town, client: FlaskClient, now: time_machine.Traveller
) -> None:
    genuine = poster_form(client)
    nonce, week, version, signature = genuine["form"].split(".")
    forged = [
        "",
        ".".join((nonce, str(WEEK + 20), version, signature)),
        ".".join((nonce[::-1], week, version, signature)),
        ".".join((nonce, week, "inpatient/v1", signature)),
        ".".join((nonce, week, version, signature[::-1])),
    ]
    replies = {send(client, f"/s/{SERVICE}", genuine | {"form": token}) for token in forged}
    now.move_to("2026-11-18 10:00Z")  # two weeks on: what was counted of it may be forgotten
    town.prepare(WEEK + 2)
    replies.add(send(client, f"/s/{SERVICE}", genuine))
    assert {status for status, *_ in replies} == {410}
    assert len({body for _, body, _ in replies}) == 1
    assert town.sealed == 0


def test_the_same_replays_win_against_a_naive_site() -> None:
    site, stored = naive_site()
    for _ in range(3):
        send(site.test_client(), "/i/ticket", form("good"))
    together(8, lambda n: send(site.test_client(), "/i/ticket", form(ANSWERS[n % 4])))
    assert len(stored) == 11


def naive_site() -> tuple[Flask, Sequence[str]]:
    """A site whose link may be used again, to correct what was said; it shows it, and keeps each version."""
    site, stored = Flask("naive"), list[str]()

    @site.route("/i/<ticket>", methods=["GET", "POST"])
    def answer(ticket: str) -> str:
        before = stored[-1] if stored else ""
        if request.method == "POST":
            stored.append(request.form["q_fft"])
        return f"{ticket}: you said {before}"

    return site, stored
