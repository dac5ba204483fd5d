"""What two people let pass leaves ten people in every pool, and is no more than their boxes can hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey.domain.calendar import Week
from survey.domain.errors import Misconfigured, Refused
from survey.privacy.sealing import seal
from survey.services import quarantine
from survey.services.pools import CARRIED
from survey.services.quarantine import Standing
from survey.storage import audit
from survey.storage.database import transaction
from survey.storage.decisions import Choice
from tests.region import Visit, region, send, withheld
from tests.town import WEEK, Town, a_response

CERTAIN = "of 12 responses by ticket only 3 are people's for certain"


def stuff(town: Town, n: int, week: Week = WEEK) -> None:
    """Sound responses in BUS1's ticketed box that no ticket was spent for."""
    box = town.box("BUS1", week)
    ((key,),) = town.rows("SELECT public_key FROM box WHERE id = :id", id=box)
    for way in range(n):
        town.stuff(box, seal(a_response(900 + way).encode(), box=box, public_key=bytes(key)))


def spoil_a_poster(town: Town, n: int = 12, week: Week = WEEK) -> None:
    """`n` people at a poster, and a row in their box that does not open."""
    town.prepare(week)
    for way in range(n):
        town.visit("BUS1", a_response(way), week)
    town.stuff(town.box("BUS1", week, ticketed=False), bytes(1200))


def decide(town: Town, choice: Choice) -> Standing:
    for who in ("ada", "bob"):
        last = quarantine.decide(
            town.clock, "BUS1", choice, who=who, reason="looked at it", keys_dir=town.keys_dir
        )
    assert last.ended
    return last


def test_two_people_cannot_have_three_counted_among_nine_that_somebody_put_there(town: Town) -> None:
    town.fill("BUS1", 3)
    stuff(town, 9)
    town.tally()
    with pytest.raises(Refused, match=CERTAIN):
        decide(town, "count")
    assert (town.number("decision"), town.tally().responses) == (0, 0)
    decide(town, "destroy")
    assert (town.sealed, town.tally().responses, withheld(town)) == (0, 0, 12)


def test_ten_people_are_counted_whatever_lies_beside_them(town: Town) -> None:
    town.fill("BUS1", 10)
    stuff(town, 9)
    town.tally()
    decide(town, "count")
    done = town.tally()
    assert (done.responses, done.waiting, done.set_aside) == (19, 0, [])


def test_boxes_let_out_wait_for_the_weeks_that_bring_ten_people(town: Town) -> None:
    """Ten are sure over both weeks, and three in the first alone, though it holds twelve rows."""
    town.fill("BUS1", 3)
    town.fill("BUS1", 7, WEEK + 1, first=20)
    stuff(town, 9)
    town.tally(WEEK + 1)
    decide(town, "count")
    assert town.tally(WEEK + 1).responses == 19
    assert town.rows("SELECT DISTINCT span FROM response") == [(f"{WEEK}/{WEEK + 1}",)]


def test_rows_put_into_a_box_that_was_still_open_are_not_taken_for_people(town: Town) -> None:
    town.fill("BUS1", 12)
    town.fill("BUS1", 3, WEEK + 1, first=20)
    stuff(town, 9, WEEK + 1)
    town.tally()
    decide(town, "destroy")
    done = town.tally(WEEK + 1)
    assert (done.responses, done.waiting, done.set_aside) == (0, 12, [])
    town.fill("BUS1", 7, WEEK + 2, first=30)
    assert town.tally(WEEK + 2).responses == 19


def test_small_pools_in_doubt_are_not_merged_under_ten_people(town: Town) -> None:
    region(town)
    send(town, Visit("BUS2", WEEK, 6), first=40)
    town.fill("BUS1", 11)
    town.fill("BUS1", 3, WEEK + 1, first=20)
    stuff(town, 3, WEEK + 1)
    town.tally()
    decide(town, "destroy")
    assert town.tally(WEEK + 1 + CARRIED).merged == 0
    assert town.number("response") == 0
    later = WEEK + 2 + CARRIED
    send(town, Visit("BUS3", later, 6), first=60)
    assert town.tally(later + CARRIED).merged == 18  # three, six and six are sure


def test_deciding_about_a_poster_box_lets_no_ticketed_row_pass(town: Town) -> None:
    spoil_a_poster(town)
    town.tally()
    town.fill("BUS1", 3, WEEK + 1)
    stuff(town, 9, WEEK + 1)
    decide(town, "destroy")
    assert town.rows("SELECT accepted FROM service") == [(0,)]
    done = town.tally(WEEK + 1)
    assert (done.responses, len(done.set_aside)) == (0, 1)
    with pytest.raises(Refused, match=CERTAIN):
        decide(town, "count")


def test_a_decision_lets_pass_no_more_than_its_boxes_can_hold(town: Town) -> None:
    town.fill("BUS1", 10)
    town.fill("BUS1", 12, WEEK + 1, first=20)
    stuff(town, 12, WEEK + 1)
    town.tally()
    decide(town, "destroy")
    assert town.rows("SELECT counted, accepted FROM service") == [(10, 10)]
    (line,) = town.tally(WEEK + 1).set_aside
    assert "34 ticketed responses stored for 22 tickets spent, 10 more were let pass" in line
    assert town.number("response") == 0


def test_the_list_says_how_the_numbers_stand_and_what_would_pass(town: Town) -> None:
    spoil_a_poster(town)
    town.tally()
    assert quarantine.numbers(town.clock) == {"BUS1": ((0, 0, 0), 0)}
    town.fill("BUS1", 12, WEEK + 1)
    stuff(town, 2, WEEK + 1)
    assert quarantine.numbers(town.clock) == {"BUS1": ((14, 12, 0), 0)}
    town.tally(WEEK + 1)
    assert quarantine.numbers(town.clock) == {"BUS1": ((14, 12, 0), 2)}


def test_the_audit_chain_keeps_what_was_let_pass_and_where_it_may_lie(town: Town) -> None:
    town.fill("BUS1", 12)
    town.fill("BUS1", 4, WEEK + 1, first=20)
    stuff(town, 2)
    town.tally()
    decide(town, "count")
    with transaction(town.engine, reading=True) as session:
        last = audit.newest(session)
    assert last is not None
    assert last.about["passed"] == 2
    assert last.about["left"] == {town.box("BUS1"): 14, town.box("BUS1", WEEK + 1): 4}


def test_without_the_second_copy_of_the_keys_nobody_destroys_a_box(town: Town, tmp_path: Path) -> None:
    town.fill("BUS1", 12)
    stuff(town, 1)
    town.tally()
    away = {"keys_dir": town.keys_dir, "copy_dir": tmp_path / "not mounted", "reason": "looked at it"}
    for who in ("ada", "bob"):
        with pytest.raises(Misconfigured, match="the second copy of the keys is not at"):
            quarantine.decide(town.clock, "BUS1", "destroy", who=who, **away)
    assert (town.sealed, town.number("decision")) == (13, 0)
