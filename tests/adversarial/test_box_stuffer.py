"""Someone who may write the database, or holds the patient's process, puts rows into boxes."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from survey.domain.errors import Refused
from survey.privacy import tickets
from survey.privacy.sealing import seal
from survey.services.quarantine import decide
from survey.storage import boxes, ring
from survey.storage.database import transaction
from survey.storage.hatch import Box
from survey.storage.hatch import put as put_row
from tests.logins import login
from tests.town import WEEK, Town, a_response


def forge(town: Town, box: str, n: int = 1) -> bytes:
    """A sound sealed response: the public key is there for anyone."""
    ((key,),) = town.rows("SELECT public_key FROM box WHERE id = :id", id=box)
    return seal(a_response(n).encode(), box=box, public_key=bytes(key))


def test_more_rows_than_spent_tickets_set_the_service_s_boxes_aside(town: Town) -> None:
    town.build("BUS2")
    town.fill("BUS1", 12)
    town.fill("BUS2", 12)
    for n in range(12):
        town.visit("BUS1", a_response(n))
    box = town.box("BUS1")
    town.stuff(box, forge(town, box))
    done = town.tally()
    assert done.responses == 24  # of the other service, and of the posters
    assert done.set_aside == [
        "BUS1: 13 ticketed responses stored for 12 tickets spent; in quarantine until two people have decided"
    ]
    assert town.rows("SELECT state FROM box WHERE id = :id", id=box) == [("quarantined",)]
    assert town.number("sealed", f"box = '{box}'") == 13
    assert town.number("response", "service = 'BUS1'") == 12


def test_a_row_stuffed_into_a_box_of_a_later_week_is_noticed_too(town: Town) -> None:
    town.fill("BUS1", 12)
    later = town.box("BUS1", WEEK + 2)
    town.stuff(later, forge(town, later))
    assert town.tally().responses == 0


def test_fewer_rows_than_spent_tickets_set_the_box_aside(town: Town) -> None:
    town.fill("BUS1", 12)
    town.do("DELETE FROM sealed WHERE id IN (SELECT id FROM sealed LIMIT 1)")
    assert town.tally().responses == 0
    assert town.sealed == 11


def test_a_box_set_aside_stays_so_even_when_its_numbers_are_right_again(town: Town) -> None:
    town.fill("BUS1", 12)
    box = town.box("BUS1")
    before = {bytes(row[0]) for row in town.rows("SELECT id FROM sealed")}
    town.stuff(box, forge(town, box))
    town.tally()
    for (row_id,) in town.rows("SELECT id FROM sealed"):
        if bytes(row_id) not in before:
            town.do("DELETE FROM sealed WHERE id = :id", id=row_id)
    done = town.tally()
    assert (done.responses, town.sealed) == (0, 12)
    assert "12 responses are in quarantine" in done.set_aside[0]


@pytest.mark.parametrize("size", [0, 1, 1136, 6256])
def test_a_garbage_row_leaves_its_whole_box_sealed_and_others_are_counted(town: Town, size: int) -> None:
    town.build("BUS2")
    town.fill("BUS2", 12)
    for n in range(12):
        town.visit("BUS1", a_response(n))
    box = town.box("BUS1", ticketed=False)
    town.stuff(box, secrets.token_bytes(size))
    done = town.tally()
    assert done.responses == 12
    why = f"a row of {WEEK} does not open with its box's key"
    assert done.set_aside == [f"BUS1: {why}; in quarantine until two people have decided"]
    assert town.number("sealed", f"box = '{box}'") == 13
    assert town.number("response", "service = 'BUS1'") == 0


def test_an_empty_row_is_a_response_until_its_box_is_counted_and_none_after(town: Town) -> None:
    def held() -> dict[str, int]:
        with transaction(town.clock, reading=True) as session:
            found = {one.id: one.responses for one in ring.not_done(session)}
            assert {box: n for box, n in found.items() if n} == boxes.sizes(session)
        return found

    town.prepare()
    box, later = (town.box("BUS1", week, ticketed=False) for week in (WEEK, WEEK + 1))
    for n in range(12):
        town.visit("BUS1", a_response(n))
    town.stuff(later, b"")
    assert (held()[box], held()[later]) == (12, 1)
    town.count()
    assert (held()[box], held()[later]) == (0, 1)
    for n in range(12):
        town.visit("BUS1", a_response(n), WEEK + 1)
    assert "does not open" in town.tally(WEEK + 1).set_aside[0]


def test_a_row_moved_from_another_box_does_not_open(town: Town) -> None:
    town.prepare()
    for n in range(12):
        town.visit("BUS1", a_response(n))
    town.visit("BUS1", a_response(20), WEEK + 1)
    box = town.box("BUS1", ticketed=False)
    town.do("UPDATE sealed SET box = :box", box=box)
    assert len(town.tally().set_aside) == 1
    assert town.number("response") == 0


def test_rows_that_go_between_look_and_count_do_not_leave_few_to_be_opened(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.prepare()
    for n in range(12):
        town.visit("BUS1", a_response(n))
    real = boxes.rows
    monkeypatch.setattr(boxes, "rows", lambda session, box: real(session, box)[:3])
    assert f"sealed rows of {WEEK} have gone" in town.tally().set_aside[0]
    assert town.number("response") == 0


@pytest.mark.parametrize(
    ("service", "ticketed", "put"),
    [("BUS2", True, "unknown"), ("BUS1", False, "closed"), ("", True, "closed")],
)
def test_a_ticket_puts_only_into_a_ticketed_box_of_its_service(
    town: Town, service: str, ticketed: bool, put: str
) -> None:
    town.build("BUS2").invite("BUS1", 1)
    ((hashed,),) = town.rows("SELECT hash FROM ticket")
    box_id = town.box(service, ticketed=ticketed) if service else "no such box"
    box = Box(box_id, service, "bus/v1", ticketed, WEEK, public_key=b"", signature=b"")
    with transaction(town.engine) as session:
        row_id = secrets.token_bytes(32)
        assert put_row(session, ticket=bytes(hashed), row_id=row_id, box=box, body=b"x") == put
    assert (town.number("ticket"), town.number("sealed")) == (1, 0)


# -- fill a box with known answers, subtract them: what is left is the one that was not known ----

VICTIM, MINE = 7, range(100, 109)


def left_over(town: Town) -> list[dict[str, str]]:
    """What he has not put there himself of all that was counted."""
    mine = [dict(a_response(n).answers) for n in MINE]
    kept = [_read(answers) for (answers,) in town.rows("SELECT answers FROM response")]
    return [answers for answers in kept if answers not in mine]


def stuffed(town: Town) -> None:
    """One person answers by ticket; he puts nine sealed rows of his own beside it, as the owner may."""
    (ticket,) = town.invite("BUS1", 1)
    town.answer(ticket, a_response(VICTIM))
    box = town.box("BUS1")
    for n in MINE:
        town.stuff(box, forge(town, box, n))


def test_who_stuffs_a_ticketed_box_learns_nothing_before_two_people_have_decided(town: Town) -> None:
    stuffed(town)
    for _ in range(3):
        assert town.tally().responses == 0
    decided = {"keys_dir": town.keys_dir, "reason": "looked at it"}
    with pytest.raises(Refused, match="only 1 are people's for certain"):
        decide(town.clock, "BUS1", "count", who="anna", **decided)
    decide(town.clock, "BUS1", "destroy", who="ben", **decided)
    with pytest.raises(Refused, match="a second person must"):
        decide(town.clock, "BUS1", "destroy", who="ben", **decided)
    assert (town.tally().responses, left_over(town)) == (0, [])
    decide(town.clock, "BUS1", "destroy", who="carl", **decided)
    assert (town.tally().responses, left_over(town), town.sealed) == (0, [], 0)


def test_where_rows_and_tickets_are_not_reconciled_he_reads_the_one_answer(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boxes, "ticketed_balance", lambda *_of: boxes.Balance(0, 0, 0))
    stuffed(town)
    assert town.tally().responses == 10
    assert left_over(town) == [dict(a_response(VICTIM).answers)]


def test_a_limit_that_is_stated_posters_may_be_filled_by_anyone(town: Town) -> None:
    town.prepare()
    town.visit("BUS1", a_response(VICTIM))
    for n in MINE:
        town.visit("BUS1", a_response(n))
    assert town.tally().responses == 10
    assert left_over(town) == [dict(a_response(VICTIM).answers)]


def test_a_limit_that_is_stated_the_owner_of_the_tables_may_replace_all_rows_but_one(town: Town) -> None:
    links = town.invite("BUS1", 10)
    for n, ticket in enumerate(links):
        town.answer(ticket, a_response(VICTIM if n == 0 else n + 20))
    box, his = town.box("BUS1"), tickets.row_id(town.desk.keys.server_key, links[0])
    others = [one for (one,) in town.rows("SELECT id FROM sealed") if bytes(one) != his]
    for n, one in zip(MINE, others, strict=True):
        town.do("UPDATE sealed SET body = :body WHERE id = :one", body=forge(town, box, n), one=one)
    assert town.tally().responses == 10  # as many rows as tickets: nothing to be seen
    assert left_over(town) == [dict(a_response(VICTIM).answers)]


@pytest.mark.postgres
def test_neither_process_s_role_can_put_a_row_where_no_ticket_was_spent(
    postgres: Engine, keys_dir: Path
) -> None:
    town = Town(postgres, keys_dir).build("BUS1")
    town.fill("BUS1", 3)
    box = town.box("BUS1")
    known = {"box": box, "poster": town.box("BUS1", ticketed=False), "id": bytes(32)}
    puts = {
        "closed": "SELECT put(NULL, :id, :box, 'x')",
        "unknown": "SELECT put('made up', :id, :box, 'x')",
        "stored": "SELECT put(NULL, :id, :poster, 'x')",  # the limit that is stated
    }
    with login(postgres, "heard_patient") as (_, engine), engine.begin() as connection:
        for said, put in puts.items():
            assert connection.scalar(text(put), known) == said
    rows = ("INSERT INTO sealed VALUES ('d', :box, 'x')", "UPDATE sealed SET body = 'x' WHERE box = :box")
    with login(postgres, "heard_clock") as (_, engine), engine.connect() as connection:
        for sql in (*rows, *puts.values()):
            with pytest.raises(ProgrammingError, match=r"permission denied|row-level security"):
                connection.execute(text(sql), known)
            connection.rollback()
    assert town.number("sealed", f"box = '{box}'") == 3


def _read(answers: object) -> dict[str, str]:
    found: dict[str, str] = json.loads(answers) if isinstance(answers, str) else answers  # type: ignore[assignment]
    return found
