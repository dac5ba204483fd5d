"""What goes wrong in and around the database while somebody sends their answers."""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from sqlalchemy import text

from tests.adversarial.chain import Chain
from tests.adversarial.servers import Cluster
from tests.adversarial.traffic import status


def in_any_database(one: Chain) -> None:
    """A key swapped, every box closed, the service closed, a table gone, nginx alone."""
    do = one.town.do
    kept = one.town.rows("SELECT id, signature FROM box")
    do("UPDATE box SET signature = public_key")
    one.answers("box key swapped", 503)
    for box, signature in kept:
        do("UPDATE box SET signature = :signature WHERE id = :box", signature=signature, box=box)
    do("UPDATE box SET state = 'closed' WHERE state = 'open'")
    one.answers("box closed", 503)
    do("UPDATE box SET state = 'open' WHERE state = 'closed'")
    who = one.person("service closed", ticket=True)
    do("UPDATE service SET closed = true")
    assert status(one.front.post(who)) == 410
    do("UPDATE service SET closed = false")
    do("ALTER TABLE sealed RENAME TO lost")
    one.answers("table gone", 503)
    do("ALTER TABLE lost RENAME TO sealed")
    one.answers("all well again", 303)


def deaths_of_the_worker(one: Chain) -> None:
    """Killed, crashed and hung while a response waits for a lock."""
    for how in (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGSTOP):
        who, replies = one.person(f"worker's death by {how.name}", ticket=True), list[bytes]()
        with locked(one):
            waiting = Thread(target=lambda who=who, to=replies: to.append(one.front.post(who)))
            waiting.start()
            time.sleep(0.7)
            one.heard.kill(how)
            waiting.join()
        assert status(replies[0]) == 503, (how, replies)  # in nginx's own words
        one.settles()


@contextmanager
def locked(one: Chain) -> Iterator[None]:
    """Nobody else may write meanwhile."""
    with one.town.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE sealed, box, ticket IN ACCESS EXCLUSIVE MODE"))
        else:
            connection.execute(text("UPDATE box SET state = state"))
        yield
        connection.rollback()


def in_sqlite(one: Chain) -> None:
    """Locked for longer than anybody waits; a disk that is full."""
    with locked(one):
        one.answers("database locked", 503)
    with _full_disk(one.heard.worker):
        one.answers("disk full", 503)
    one.answers("disk has room", 303)


def in_postgresql(one: Chain, cluster: Cluster) -> None:
    """Lock and statement timeouts, rows refused with their values, sessions ended, a crash, a full disk."""
    for setting in ("lock_timeout", "statement_timeout"):
        cluster.set(**{setting: "300ms"})
        with locked(one):
            one.answers(setting, 503)
    cluster.set()
    for name, says in REFUSALS.items():
        with _refusing(one, says):
            one.answers(name, 503)
    ours = "datname = 'heard' AND usename LIKE 'heard%'"
    cluster.do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}")
    one.answers("session ended", 303, 503)
    one.settles()
    sessions = cluster.do(f"SELECT pid FROM pg_stat_activity WHERE {ours}")
    for (session,) in sessions:
        cluster.fill_the_disk(session)
    one.answers("disk full", 503)
    cluster.do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}")
    one.settles()
    cluster.stop("immediate")
    one.answers("database down", 503)
    cluster.start()
    one.settles()
    one.answers("all well again", 303)


# What a trigger that somebody added might do with a row: what PostgreSQL says of it shows the row's values.
REFUSALS = {
    "row refused": "INSERT INTO aside (id, number) VALUES (NEW.id, -1)",
    "row already there": "INSERT INTO aside (id) VALUES (NEW.id), (NEW.id)",
    "value too long": "INSERT INTO aside (word) VALUES (encode(NEW.id, 'hex'))",
    "no number": "PERFORM encode(NEW.id, 'hex')::integer",
    "no letter": "PERFORM convert_from(NEW.id || '\\xff', 'UTF8')",
    "an error of its own words": "RAISE EXCEPTION 'no to %', encode(NEW.id, 'hex')",
}


@contextmanager
def _refusing(one: Chain, says: str) -> Iterator[None]:
    do = one.town.do
    do("CREATE TABLE aside (id bytea UNIQUE, word varchar(9), number int CHECK (number > 0))")
    do(f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {says}; RETURN NEW; END $$")
    do("CREATE TRIGGER refusal BEFORE INSERT ON sealed FOR EACH ROW EXECUTE FUNCTION refuse()")
    yield
    do("DROP TRIGGER refusal ON sealed")
    do("DROP FUNCTION refuse")
    do("DROP TABLE aside")


@contextmanager
def _full_disk(process: int) -> Iterator[None]:
    # No file of that process may grow: the same to a database as a disk that is full.
    was = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (1, was[1]))
    yield
    with suppress(ProcessLookupError):
        resource.prlimit(process, resource.RLIMIT_FSIZE, was)
