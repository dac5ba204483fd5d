"""Slots on a real database: one process runs each, a heartbeat holds it, a killed run is taken over."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time as times
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import Engine

from survey.clock import AGAIN
from survey.domain.calendar import Week
from survey.domain.errors import NotFound
from survey.services import once
from survey.services.once import Hand
from survey.storage import slots
from survey.storage.database import transaction
from tests.together import together

LAST = Week(2026, 47)
WEDNESDAY = datetime(2026, 11, 25, 12, tzinfo=UTC)
NOON = WEDNESDAY.replace(tzinfo=None)  # as the tables have it
LEASE = timedelta(minutes=10)


def short(engine: Engine, name: str) -> Hand:
    return Hand(
        engine, name, lease=timedelta(seconds=1), beat=timedelta(seconds=0.1), retry=timedelta(seconds=1)
    )


def claim(engine: Engine, holder: str, now: datetime) -> bool:
    with transaction(engine) as session:
        return slots.claim(session, "tally", str(LAST), holder=holder, now=now, lease=LEASE)


# -- slots ----------------------------------------------------------------------------------------------


def test_a_claimed_slot_is_nobody_elses_until_its_lease_ends(database: Engine):
    assert claim(database, "first", NOON)
    assert not claim(database, "second", NOON + LEASE - timedelta(seconds=1))
    assert claim(database, "second", NOON + LEASE)


def test_of_many_who_find_a_lease_ended_one_takes_over(database: Engine):
    claim(database, "killed", NOON)
    taken = together(8, lambda n: claim(database, f"clock {n}", NOON + LEASE))
    assert sorted(taken) == [False] * 7 + [True]


def test_who_lost_a_slot_can_neither_extend_nor_finish_it(database: Engine):
    claim(database, "slow", NOON)
    claim(database, "second", NOON + LEASE)
    with transaction(database) as session:
        assert not slots.extend(session, "tally", str(LAST), holder="slow", until=NOON + 2 * LEASE)
        assert not slots.finish(session, "tally", str(LAST), holder="slow", now=NOON, outcome="late")
        assert not slots.of_job(session, "tally")[str(LAST)].done


def test_a_done_slot_is_never_claimed_again(database: Engine):
    assert once.run_once(once.hand(database), "tally", LAST, lambda: "well") == "well"
    assert not claim(database, "later", NOON + timedelta(days=3650))


# -- a run ----------------------------------------------------------------------------------------------


def test_a_run_longer_than_its_lease_is_held_by_its_heartbeat(database: Engine):
    began, end = threading.Event(), threading.Event()

    def slowly() -> str:
        began.set()
        end.wait(10)
        return "well"

    runner = threading.Thread(target=once.run_once, args=(short(database, "slow"), "tally", LAST, slowly))
    runner.start()
    began.wait(10)
    times.sleep(2.5)  # more than two leases
    assert once.run_once(short(database, "other"), "tally", LAST, lambda: "twice") is None
    end.set()
    runner.join()
    assert [run.outcome for run in once.recent(database, 5)] == ["well"]


def test_a_killed_run_is_taken_over_after_its_lease_and_not_before(database: Engine):
    killed = subprocess.Popen(
        [sys.executable, "-c", HANGS, database.url.render_as_string(hide_password=False)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    with killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"running\n"
        killed.send_signal(signal.SIGKILL)
    second = short(database, "second")
    assert once.run_once(second, "tally", LAST, lambda: "too soon") is None
    times.sleep(3.2)
    assert once.run_once(second, "tally", LAST, lambda: "taken over") == "taken over"


HANGS = """
import sys, time
from datetime import timedelta
from survey.domain.calendar import Week
from survey.services import once
from survey.storage.database import engine

def hang():
    print("running", flush=True)
    time.sleep(60)

hand = once.Hand(engine(sys.argv[1]), "killed", lease=timedelta(seconds=3), beat=timedelta(minutes=1))
once.run_once(hand, "tally", Week(2026, 47), hang)
"""


def test_a_failed_run_is_let_go_and_tried_again_later(database: Engine):
    def fails() -> str:
        raise NotFound("there is no service 'BUS9'")

    with time_machine.travel(WEDNESDAY, tick=False) as now:
        with pytest.raises(NotFound):
            once.run_once(once.hand(database), "tally", LAST, fails)
        [run] = once.recent(database, 5)
        assert run.outcome == "failed, NotFound: there is no service 'BUS9'"
        assert once.run_once(once.hand(database), "tally", LAST, lambda: "too soon") is None
        now.shift(timedelta(minutes=AGAIN))
        assert once.run_once(once.hand(database), "tally", LAST, lambda: "well") == "well"


def test_a_job_without_a_week_is_run_again_and_again_but_by_one_at_a_time(sqlite: Engine):
    def inside() -> str:
        assert once.run_alone(once.hand(sqlite), "deliver", lambda: "at once") is None
        return "sent"

    assert once.run_alone(once.hand(sqlite), "deliver", inside) == "sent"
    assert once.run_alone(once.hand(sqlite), "deliver", lambda: "sent more") == "sent more"
    assert len(once.recent(sqlite, 5)) == 1
