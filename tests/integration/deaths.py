"""A process that does one verb and is killed at its nth step: a statement, a commit, a write of a key."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from survey.domain.calendar import Week
from survey.services import quarantine
from survey.services.release import release
from survey.services.respond import respond_visiting
from survey.services.withhold import withhold
from survey.storage import database
from survey.storage.tables import Base
from tests.roles import as_role
from tests.town import Town, a_response

DIED, ENDED = -signal.SIGKILL, 0
# What respond and tally write, parents first.
ROAD = [
    table
    for table in Base.metadata.sorted_tables
    if table.name
    in {
        "service",
        "ticket",
        "box",
        "sealed",
        "response",
        "comment",
        "answer_count",
        "subgroup_part",
        "comment_part",
        "decision",
        "withheld",
        "audit",
    }
]


def die_at(nth: int, url: str, keys_dir: Path, verb: list[Any]) -> None:
    """In a child: do `verb`, be killed at step `nth`."""
    step = _counter(nth)
    town = Town(database.engine(url), keys_dir)
    for one in (as_role(town.engine, "patient"), as_role(town.engine, "clock")):
        for moment in ("before_cursor_execute", "commit"):
            if not event.contains(one, moment, step):
                event.listen(one, moment, step)
    real = os.fsync

    def fsync(descriptor: int) -> None:
        # Keys are written and overwritten before it, linked or deleted after it.
        step()
        real(descriptor)
        step()

    os.fsync = fsync
    do(town, verb)
    os._exit(ENDED)


def do(town: Town, verb: list[Any]) -> None:
    """["tally", week], ["answer", ticket, n, week], ["visit", service, form, n, week] and the like."""
    match verb:
        case ["tally", week]:
            town.tally(Week.parse(week))
        case ["answer", ticket, n, week]:
            town.answer(ticket, a_response(n), Week.parse(week))
        case ["visit", service, form, n, week]:
            respond_visiting(town.desk, service, form, a_response(n), week=Week.parse(week))
        case ["withhold", before]:
            withhold(town.clock, keys_dir=town.keys_dir, before=Week.parse(before), who="clock")
        case ["release", week]:
            release(town.clock, town.catalogue, Week.parse(week))
        case ["decide", service, choice, who]:
            quarantine.decide(town.clock, service, choice, who=who, reason="so", keys_dir=town.keys_dir)
        case _:
            raise ValueError(verb)


def deaths(town: Town, verb: list[Any], *, every: int = 1) -> Iterator[int]:
    """Put `town` back as it was, let a child die in it at its nth step; yield n, until none dies.

    A quick test dies at `every` so many steps only.
    """
    saved = town.keys_dir.with_name("saved keys")
    shutil.copytree(town.keys_dir, saved)
    with town.engine.begin() as connection:
        for table in ROAD:
            connection.exec_driver_sql(f"CREATE TABLE saved_{table.name} AS SELECT * FROM {table.name}")
    with killer() as kill:
        for nth in range(1, 1000, every):
            _put_back(town, saved)
            code = kill(nth, town.engine, town.keys_dir, verb)
            yield nth
            if code == ENDED:
                return


@contextmanager
def killer() -> Iterator[Callable[[int, Engine, Path, list[Any]], int]]:
    """Yield a function that lets a child die at its nth step of a verb; it says whether the child ended."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.deaths"],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:

        def kill(nth: int, engine: Engine, keys_dir: Path, verb: list[Any]) -> int:
            assert server.stdin is not None
            assert server.stdout is not None
            url = engine.url.render_as_string(hide_password=False)
            server.stdin.write(json.dumps([nth, url, str(keys_dir), verb]) + "\n")
            server.stdin.flush()
            code = int(server.stdout.readline())
            assert code in (DIED, ENDED), code
            return code

        yield kill
        assert server.stdin is not None
        server.stdin.close()


def serve() -> None:
    """Fork a child for each line; this process has no threads and everything loaded, so a fork is quick."""
    for line in sys.stdin:
        nth, url, keys_dir, verb = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                die_at(nth, url, Path(keys_dir), verb)
            finally:
                os._exit(1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _put_back(town: Town, saved: Path) -> None:
    shutil.rmtree(town.keys_dir)
    shutil.copytree(saved, town.keys_dir)
    with town.engine.begin() as connection:
        for table in reversed(ROAD):
            if table.name != "service":  # others hang on it; it is put back below
                connection.exec_driver_sql(f"DELETE FROM {table.name}")
        connection.exec_driver_sql("DELETE FROM service WHERE code NOT IN (SELECT code FROM saved_service)")
        for counter in ("counted", "accepted"):
            connection.exec_driver_sql(
                f"UPDATE service SET {counter} ="
                f" (SELECT {counter} FROM saved_service AS saved WHERE saved.code = service.code)"
            )
        for table in ROAD:
            if table.name != "service":
                connection.exec_driver_sql(f"INSERT INTO {table.name} SELECT * FROM saved_{table.name}")
    if town.engine.dialect.name == "sqlite":  # nothing of the run before is left in the log
        with town.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            ((busy, *_),) = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
            assert not busy
            connection.exec_driver_sql("BEGIN")


def _counter(nth: int) -> Callable[..., None]:
    seen = 0

    def step(*_about: object) -> None:
        nonlocal seen
        seen += 1
        if seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


if __name__ == "__main__":
    serve()
