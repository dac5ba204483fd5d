"""What a link shows and what becomes of an answer: stored once, or honestly refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from survey.domain.errors import DatabaseDown, HeardError, LinkEnded, NotFound, NotSaved, Refused
from survey.domain.response import Response
from survey.privacy.tickets import ticket_hash
from survey.services.organise import close_service
from survey.services.respond import (
    Desk,
    invited,
    respond_visiting,
    shown_version,
    visiting,
)
from survey.storage.database import engine, transaction
from survey.storage.hatch import Box, put
from tests.town import WEEK, Town, a_response, catalogue_of


def test_a_ticket_shows_its_questionnaire_and_spends_nothing(town: Town) -> None:
    (ticket,) = town.invite("BUS1", 1)
    for _ in range(3):
        shown = invited(town.desk, ticket)
        assert (shown.service_name, shown.provider_name) == ("Bus BUS1", "Test Trust")
        assert (shown.questionnaire.key, shown.form_token) == ("bus/v1", None)
    assert town.number("ticket") == 1


def test_a_poster_shows_the_version_in_force_with_a_token_of_its_own_each_time(town: Town) -> None:
    tokens = {visiting(town.desk, "BUS1", week=WEEK).form_token for _ in range(3)}
    assert len(tokens) == 3
    assert {shown_version(town.desk, "BUS1", str(token)).key for token in tokens} == {"bus/v1"}


def test_an_answer_spends_the_ticket_and_leaves_one_sealed_row(town: Town) -> None:
    (ticket,) = town.invite("BUS1", 1)
    town.answer(ticket, a_response())
    assert (town.number("ticket"), town.number("sealed")) == (0, 1)
    with pytest.raises(LinkEnded):
        invited(town.desk, ticket)


def test_a_replay_is_quiet_while_its_box_waits_and_ended_when_it_was_counted(town: Town) -> None:
    tickets = town.fill("BUS1", 10)
    town.answer(tickets[0], a_response())
    assert town.number("sealed") == 10
    town.tally()
    with pytest.raises(LinkEnded):
        town.answer(tickets[0], a_response())


def test_a_replay_with_other_answers_changes_nothing(town: Town) -> None:
    (ticket,) = town.invite("BUS1", 1)
    town.answer(ticket, a_response(1))
    before = town.rows("SELECT body FROM sealed")
    town.answer(ticket, a_response(2))
    assert town.rows("SELECT body FROM sealed") == before


def test_an_empty_response_is_not_stored_and_spends_nothing(town: Town) -> None:
    (ticket,) = town.invite("BUS1", 1)
    with pytest.raises(NotSaved):
        town.answer(ticket, Response())
    assert (town.number("ticket"), town.number("sealed")) == (1, 0)


def test_a_closed_service_takes_nothing_and_what_it_has_is_counted(town: Town) -> None:
    tickets = town.invite("BUS1", 11)
    for n, ticket in enumerate(tickets[:10]):
        town.answer(ticket, a_response(n))
    token = visiting(town.desk, "BUS1", week=WEEK).form_token
    close_service(town.engine, "BUS1")
    for attempt in (
        lambda: invited(town.desk, tickets[10]),
        lambda: town.answer(tickets[10], a_response()),
        lambda: visiting(town.desk, "BUS1", week=WEEK),
        lambda: respond_visiting(town.desk, "BUS1", str(token), a_response(), week=WEEK),
    ):
        with pytest.raises(LinkEnded):
            attempt()
    with pytest.raises(Refused):
        town.invite("BUS1", 1)
    assert town.tally().responses == 10


def test_an_unknown_service_is_not_found(town: Town) -> None:
    with pytest.raises(NotFound):
        visiting(town.desk, "NOSUCH", week=WEEK)


def test_where_no_box_is_open_the_answer_is_said_not_to_be_saved(town: Town) -> None:
    (ticket,) = town.invite("BUS1", 1)
    with pytest.raises(NotSaved, match="no box is open"):
        town.answer(ticket, a_response(), WEEK + 9)
    assert town.number("ticket") == 1


def test_a_form_opened_on_sunday_comes_back_on_the_monday_of_a_new_version(town: Town) -> None:
    old = catalogue_of(v1=date(2020, 12, 28))
    town.catalogue = catalogue_of(v1=date(2020, 12, 28), v2=(WEEK + 1).monday)
    town.prepare(WEEK + 1)
    token = visiting(Desk(town.engine, town.desk.keys, old), "BUS1", week=WEEK).form_token
    respond_visiting(town.desk, "BUS1", str(token), a_response(), week=WEEK + 1)
    assert town.rows("SELECT questionnaire FROM sealed JOIN box ON box.id = sealed.box") == [("bus/v1",)]


def test_the_longest_response_fits(town: Town) -> None:
    (ticket,) = town.invite("BUS1", 1)
    longest = a_response(comment="\N{SNOWMAN}" * 1000, **{"ethnic-group": "other", "age": "75+"})
    town.answer(ticket, longest)
    assert town.number("sealed") == 1


def test_a_response_that_is_too_long_is_said_not_to_be_saved(town: Town) -> None:
    (ticket,) = town.invite("BUS1", 1)
    with pytest.raises(NotSaved, match="shorter"):
        town.answer(ticket, a_response(comment="\x01" * 1000))  # six bytes each
    assert town.number("ticket") == 1


@pytest.mark.parametrize(
    "harm",
    [
        "ALTER TABLE sealed RENAME TO lost",
        "ALTER TABLE ticket RENAME TO lost",
        "ALTER TABLE box RENAME TO lost",
        "DROP VIEW open_box",
        "DROP VIEW patient_service",
    ],
)
def test_a_database_that_is_broken_is_never_taken_for_saved(town: Town, harm: str) -> None:
    (ticket,) = town.invite("BUS1", 1)
    town.do(harm)
    with pytest.raises(HeardError) as caught:
        town.answer(ticket, a_response())
    assert isinstance(caught.value, NotSaved | DatabaseDown)


def test_a_database_that_is_away_is_said_to_be(town: Town) -> None:
    (ticket,) = town.invite("BUS1", 1)
    away = Town(engine("postgresql://nobody@127.0.0.1:1/nothing"), town.keys_dir)
    attempts: list[Callable[[], object]] = [
        lambda: away.answer(ticket, a_response()),
        lambda: invited(away.desk, ticket),
        lambda: visiting(away.desk, "BUS1", week=WEEK),
    ]
    for attempt in attempts:
        with pytest.raises(DatabaseDown):
            attempt()
    away.engine.dispose()


@pytest.mark.parametrize("body", [b"", b"x" * 8193], ids=["empty", "huge"])
def test_no_body_is_put_that_seal_would_not_make(town: Town, body: bytes) -> None:
    town.prepare()
    box = Box(town.box("BUS1", ticketed=False), "BUS1", "bus/v1", False, WEEK, public_key=b"", signature=b"")
    with transaction(town.desk.engine) as session:
        assert put(session, ticket=None, row_id=bytes(32), box=box, body=body) == "closed"
    assert town.number("sealed") == 0


@pytest.mark.parametrize("length", [0, 31, 33, 100_000])
def test_no_id_is_put_that_the_page_would_not_make(town: Town, length: int) -> None:
    ((ticket,), box) = (town.invite("BUS1", 1), town.box("BUS1"))
    mine = Box(box, "BUS1", "bus/v1", True, WEEK, public_key=b"", signature=b"")
    hashed = ticket_hash(town.desk.keys.pepper, ticket)
    with transaction(town.desk.engine) as session:
        assert put(session, ticket=hashed, row_id=bytes(length), box=mine, body=b"x") == "closed"
    assert (town.number("sealed"), town.number("ticket")) == (0, 1)
    with transaction(town.desk.engine) as session:
        assert put(session, ticket=hashed, row_id=bytes(32), box=mine, body=b"x") == "stored"
