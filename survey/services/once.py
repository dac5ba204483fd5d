"""Once: of all processes one runs a job's slot, held by a heartbeat; if it dies another takes over."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from os import getpid
from threading import Event, Thread

from sqlalchemy import Engine

from survey.domain.calendar import Week
from survey.domain.errors import DatabaseDown, HeardError
from survey.storage import slots
from survey.storage.database import transaction

FAILED = "failed"
ALWAYS = "always"  # the one slot of a job that is run again and again


@dataclass(frozen=True, slots=True)
class Hand:
    """One process that runs jobs, and how long it is believed to be alive."""

    engine: Engine
    name: str
    lease: timedelta = timedelta(minutes=10)  # a killed run is taken over after this
    beat: timedelta = timedelta(minutes=1)
    retry: timedelta = timedelta(minutes=4)  # under the clock's five, so that each round tries again


def hand(engine: Engine) -> Hand:
    """This process, by a name that no other has."""
    return Hand(engine, f"{socket.gethostname()[:50]} {getpid()} {secrets.token_hex(4)}")


def run_once(by: Hand, job: str, week: Week, work: Callable[[], str]) -> str | None:
    """Do a job's week, once for good; return how it went, None where it is another's or done.

    An error lets the slot go, to be tried again, and passes on.
    """
    outcome = _run(by, job, str(week), work)
    if outcome is not None:
        with transaction(by.engine) as session:
            slots.finish(session, job, str(week), holder=by.name, now=_now(), outcome=outcome)
    return outcome


def run_alone(by: Hand, job: str, work: Callable[[], str]) -> str | None:
    """Do a job, whenever asked, unless another process is doing it now; then None."""
    outcome = _run(by, job, ALWAYS, work)
    if outcome is not None:
        with transaction(by.engine) as session:
            slots.let_go(session, job, ALWAYS, holder=by.name, until=_now(), outcome=outcome)
    return outcome


def weeks_begun(engine: Engine, jobs: Iterable[str]) -> dict[tuple[str, Week], bool]:
    """Every week's run that was ever begun, and whether it is done."""
    with transaction(engine, reading=True) as session:
        return {
            (job, Week.parse(name)): slot.done
            for job in jobs
            for name, slot in slots.of_job(session, job).items()
        }


def recent(engine: Engine, number: int) -> list[slots.Slot]:
    """The slots touched last, newest first."""
    with transaction(engine, reading=True) as session:
        return slots.recent(session, number)


def state_of(slot: slots.Slot) -> str:
    """How a slot stands, in words."""
    if slot.done:
        return "done"
    if slot.outcome is None:
        return "running" if slot.lease_until > _now() else "left unfinished"
    return "will be tried again" if slot.outcome.startswith(FAILED) else "waits"


def _run(by: Hand, job: str, slot: str, work: Callable[[], str]) -> str | None:
    with transaction(by.engine) as session:
        if not slots.claim(session, job, slot, holder=by.name, now=_now(), lease=by.lease):
            return None
    try:
        with _held(by, job, slot):
            return work()
    except Exception as error:
        # Only our own errors' words: another's may quote what a patient wrote.
        told = f": {error}" if isinstance(error, HeardError) else ""
        with suppress(DatabaseDown), transaction(by.engine) as session:  # else the lease ends by itself
            failed = f"{FAILED}, {type(error).__name__}{told}"
            slots.let_go(session, job, slot, holder=by.name, until=_now() + by.retry, outcome=failed)
        raise


@contextmanager
def _held(by: Hand, job: str, slot: str) -> Iterator[None]:
    ended = Event()
    thread = Thread(target=_beat, args=(by, job, slot, ended), daemon=True, name=f"heartbeat of {job}")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _beat(by: Hand, job: str, slot: str, ended: Event) -> None:
    while not ended.wait(by.beat.total_seconds()):
        # A database that is down for a moment costs one beat; the lease outlasts nine.
        with suppress(DatabaseDown), transaction(by.engine) as session:
            slots.extend(session, job, slot, holder=by.name, until=_now() + by.lease)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
