"""Killed at any step and run again, every verb of the sealed road loses, doubles and leaks nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine

from survey.privacy.keys import kept_box_keys
from survey.privacy.sealing import seal
from survey.services import quarantine
from survey.services.pools import CARRIED
from survey.services.respond import visiting
from tests.integration.deaths import deaths, do
from tests.region import Visit, answered, kept, region, send, withheld
from tests.town import WEEK, Town, a_response

DUE = WEEK + CARRIED
WORDS = "zanzibarbarian"

pytestmark = pytest.mark.proof


@pytest.fixture
def wide(database: Engine, keys_dir: Path) -> Town:
    return region(Town(database, keys_dir))


def clear_of_empty_boxes(town: Town) -> None:
    """Of the boxes that hold nothing one is enough: each costs a tally a dozen steps."""
    town.do(
        "DELETE FROM box WHERE id NOT IN (SELECT box FROM sealed)"
        " AND id <> (SELECT min(id) FROM box WHERE id NOT IN (SELECT box FROM sealed))"
    )


def assert_no_key_of_a_box_that_is_done_is_left(town: Town) -> None:
    done = {row[0] for row in town.rows("SELECT id FROM box WHERE state = 'done'")}
    assert done
    assert not done & set(kept_box_keys(town.keys_dir))


def assert_no_words_lie_about(town: Town) -> None:
    """A comment stands in its table or nowhere in the database's files."""
    if town.engine.dialect.name != "sqlite" or town.number("comment"):
        return
    file = Path(str(town.engine.url.database))
    for part in (file, file.with_name(f"{file.name}-wal")):
        assert not part.exists() or WORDS.encode() not in part.read_bytes()


def test_a_tally_that_carries_merges_folds_and_destroys(wide: Town) -> None:
    sent = send(wide, Visit("BUS1", DUE + -1, 6), first=0, comment=WORDS)  # carried into the next week
    sent += send(wide, Visit("BUS1", DUE, 5), first=6, comment=WORDS)
    sent += send(wide, Visit("BUS2", WEEK, 4), first=20, comment=WORDS)  # merged with the next
    sent += send(wide, Visit("BUS3", WEEK, 7), first=30)
    sent += send(wide, Visit("BUS4", DUE, 10, ticketed=False), first=40)
    send(wide, Visit("BUS4", DUE, 3), first=60)  # stays sealed
    clear_of_empty_boxes(wide)
    steps = 0
    for steps in deaths(wide, ["tally", str(DUE)]):
        assert not kept(wide) - sent
        assert sum(kept(wide).values()) + wide.sealed == 35, f"killed at step {steps}"
        assert_no_words_lie_about(wide)
        wide.tally(DUE)
        assert (kept(wide), wide.sealed) == (sent, 3), f"killed at step {steps}"
        assert wide.rows("SELECT text, count(*) FROM comment GROUP BY text") == [(WORDS, 15)]
        assert (wide.number("subgroup_part"), wide.number("service", "remainder")) == (3, 1)
        counted = wide.rows("SELECT code, counted FROM service WHERE NOT remainder ORDER BY code")
        assert counted == [("BUS1", 11), ("BUS2", 4), ("BUS3", 7), ("BUS4", 0)]
        totals = wide.rows("SELECT question, sum(n) FROM answer_count GROUP BY question")
        assert {int(n) for _, n in totals} == {32}
        assert wide.number("audit", "act = 'keys destroyed'") >= 1
        assert_no_key_of_a_box_that_is_done_is_left(wide)
    assert steps > 120


def test_a_response_from_a_poster(town: Town) -> None:
    town.prepare()
    form = visiting(town.desk, "BUS1", week=WEEK).form_token
    verb, steps = ["visit", "BUS1", form, 7, str(WEEK)], 0
    for steps in deaths(town, verb):
        assert town.sealed <= 1
        do(town, verb)
        assert town.sealed == 1, f"killed at step {steps}"
    assert steps >= 5


def test_withholding(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 4), first=0)
    send(wide, Visit("BUS4", WEEK, 5, ticketed=False), first=10)
    wide.tally(WEEK + 26)
    verb, steps = ["withhold", str(WEEK + 1)], 0
    for steps in deaths(wide, verb):
        assert wide.sealed + withheld(wide) == 9, f"killed at step {steps}"
        do(wide, verb)
        assert (wide.sealed, withheld(wide)) == (0, 9)
        assert wide.number("audit", "act = 'responses withheld'") == 1
        assert_no_key_of_a_box_that_is_done_is_left(wide)
    assert steps > 20


@pytest.mark.parametrize("choice", ["count", "destroy"])
def test_the_second_decision_about_a_quarantine(wide: Town, choice: str) -> None:
    sent = send(wide, Visit("BUS1", WEEK, 12), first=0)
    box = wide.box("BUS1")
    ((key,),) = wide.rows("SELECT public_key FROM box WHERE id = :id", id=box)
    wide.stuff(box, seal(a_response(99).encode(), box=box, public_key=bytes(key)))
    wide.tally()
    do(wide, ["decide", "BUS1", choice, "ada"])
    verb, steps = ["decide", "BUS1", choice, "bob"], 0
    for steps in deaths(wide, verb):
        if quarantine.in_quarantine(wide.clock):
            do(wide, verb)
        done = wide.tally()
        assert not done.set_aside, f"killed at step {steps}"
        assert wide.rows("SELECT counted, accepted FROM service WHERE code = 'BUS1'") == [(13, 1)]
        counted = sent + Counter([answered(a_response(99))]) if choice == "count" else Counter()
        assert (kept(wide), withheld(wide)) == (counted, 13 - sum(counted.values()))
        assert_no_key_of_a_box_that_is_done_is_left(wide)
    assert steps > 15
