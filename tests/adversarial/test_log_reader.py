"""Someone who reads every log and error of the database's side: SQLAlchemy's, the driver's, PostgreSQL's."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, event, text

from survey.catalogue.catalogue import Catalogue
from survey.domain.errors import HeardError
from survey.privacy.tickets import ticket_hash
from survey.services.respond import invited
from survey.storage import responses
from survey.storage.database import engine
from tests.adversarial.marks import Marks
from tests.adversarial.traffic import ANSWER, somebody
from tests.roles import as_role
from tests.town import Town, a_response
from tests.transport import site_of, ticket_of, transport_town

# Every library that has a logger of its own here, by its first word.
TALKERS = ("sqlalchemy", "sqlalchemy.engine", "psycopg", "psycopg.pq", "alembic", "apscheduler", "werkzeug")
WORDS = "the porter called Archibald was unkind"


@pytest.fixture
def log() -> Iterator[list[str]]:
    """Everything that any library logs, at its most talkative, tracebacks included."""
    found: list[str] = []
    handler, root = logging.Handler(), logging.getLogger()
    formatter = logging.Formatter()
    handler.emit = lambda record: found.append(formatter.format(record))  # type: ignore[method-assign]
    loud = [root, *map(logging.getLogger, TALKERS)]
    before = {logger: logger.level for logger in loud}
    root.addHandler(handler)
    for logger in loud:
        logger.setLevel(logging.DEBUG)
    yield found
    root.removeHandler(handler)
    for logger, level in before.items():
        logger.setLevel(level)


def secrets_of(town: Town, tickets: list[str]) -> list[str]:
    """What no log may hold: tickets, their hashes in any dress, words, answers."""
    hashes = [ticket_hash(town.desk.keys.pepper, ticket) for ticket in tickets]
    dressed = [form for one in hashes for form in (one.hex(), repr(one), repr(one)[2:-1])]
    return [*tickets, *dressed, WORDS, "Archibald", "very-poor", "dont-know", "75+"]


def assert_silent(said: str, town: Town, tickets: list[str]) -> None:
    assert [secret for secret in secrets_of(town, tickets) if secret in said] == []


def test_answering_and_counting_log_nothing_of_anybody(town: Town, log: list[str]) -> None:
    tickets = town.invite("BUS1", 12)
    for n, ticket in enumerate(tickets):
        invited(town.desk, ticket)
        town.answer(ticket, a_response(n, comment=WORDS, age="75+"))
    town.tally()
    said = "\n".join(log)
    assert "INSERT INTO" in said  # the statements themselves are logged at this level
    assert_silent(said, town, tickets)


def test_the_site_logs_nothing_of_anybody_at_any_librarys_most_talkative(
    database: Engine, keys_dir: Path, catalogue: Catalogue, log: list[str]
) -> None:
    marks, town = Marks(), transport_town(database, keys_dir, catalogue)
    door = site_of(town).test_client()
    people = [somebody(marks, what, ticket_of(town)) for what in ("well", "wrong", "table gone")]
    people.append(somebody(marks, "unknown"))
    for who in people:
        marks.note("the ticket's hash", ticket_hash(town.desk.keys.pepper, who.ticket))
        headers = {"User-Agent": who.agent, "Referer": who.referer, "X-Forwarded-For": who.claimed}
        asked = {"headers": headers, "environ_overrides": {"REMOTE_ADDR": who.peer}}
        if who is people[2]:
            town.do("ALTER TABLE sealed RENAME TO lost")
        door.get(who.link, **asked)
        body = {"q_fft": ANSWER if who is not people[1] else who.query, "q_comment": who.comment}
        door.post(who.link, data=body, **asked)
        door.post(f"/x{who.link}", data=body, **asked)
    said = "\n".join(log)
    assert "NotSaved on /i/<ticket>" in said or "DatabaseDown on /i/<ticket>" in said
    assert marks.seen_in(said.encode()) == []


def test_without_our_filter_sqlalchemy_prints_the_rows_that_it_reads(town: Town, log: list[str]) -> None:
    # Which proves that the log above is as talkative as it can be.
    [ticket] = town.invite("BUS1", 1)
    stored = ticket_hash(town.desk.keys.pepper, ticket)
    rows = logging.getLogger("sqlalchemy.engine.Engine")
    kept = rows.filters[:]
    assert town.rows("SELECT hash FROM ticket") == [(stored,)]
    assert not Marks({stored: "the hash"}).seen_in("\n".join(log).encode())
    rows.filters.clear()
    town.rows("SELECT hash FROM ticket")
    rows.filters[:] = kept
    assert Marks({stored: "the hash"}).seen_in("\n".join(log).encode())


@pytest.mark.postgres
def test_the_driver_is_the_one_that_sends_values_apart(postgres: Engine) -> None:
    # psycopg 2 writes them into the statement, and so into the server's log.
    assert (postgres.dialect.driver, psycopg.__version__.partition(".")[0]) == ("psycopg", "3")
    assert engine("postgresql://nobody@127.0.0.1:1/none").dialect.driver == "psycopg"
    assert "psycopg2" not in sys.modules
    named = Path(__file__).parents[2].joinpath("requirements").glob("*.txt")
    assert not [path for path in named if "psycopg2" in path.read_text()]


def test_a_put_that_fails_says_nothing_of_the_response(town: Town, log: list[str]) -> None:
    tickets = town.invite("BUS1", 1)
    town.do("ALTER TABLE sealed RENAME TO lost")
    with pytest.raises(HeardError) as caught:
        town.answer(tickets[0], a_response(3, comment=WORDS))
    said = "\n".join([*log, *_whole_chain(caught.value)])
    assert_silent(said, town, tickets)


def test_a_tally_that_fails_says_nothing_of_the_responses(
    town: Town, log: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = town.invite("BUS1", 12)
    for n, ticket in enumerate(tickets):
        town.answer(ticket, a_response(n, comment=WORDS, age="75+"))
    monkeypatch.setattr(responses.secrets, "token_hex", lambda _n=16: "the same id for all")
    with pytest.raises(Exception) as caught:  # noqa: PT011  # whatever the database says of it
        town.tally()
    said = "\n".join([*log, *_whole_chain(caught.value)])
    assert_silent(said, town, tickets)
    monkeypatch.undo()
    assert town.tally().responses == 12


def test_what_was_set_aside_is_told_without_a_word_of_it(town: Town) -> None:
    tickets = town.invite("BUS1", 12)
    for ticket in tickets:
        town.answer(ticket, a_response(3, comment=WORDS))
    town.stuff(town.box("BUS1"), b"garbage")
    assert_silent("\n".join(town.tally().set_aside), town, tickets)


@pytest.mark.postgres
def test_the_statements_that_postgresql_sees_and_logs_hold_no_value(postgres: Engine, keys_dir: Path) -> None:
    # A server that logs statements, slow or failed, prints them as they came: values must come apart.
    town, seen = Town(postgres, keys_dir).build("BUS1"), set()
    tickets = town.invite("BUS1", 12)

    def look(*_about: object) -> None:
        with postgres_watch.connect() as watching:
            rows = watching.execute(
                text("SELECT query FROM pg_stat_activity WHERE datname = current_database()")
            )
            seen.update(row[0] for row in rows)

    postgres_watch = engine(postgres.url.render_as_string(hide_password=False))
    for role in ("patient", "clock"):
        event.listen(as_role(postgres, role), "after_cursor_execute", look)
    for ticket in tickets:
        town.answer(ticket, a_response(3, comment=WORDS, age="75+"))
    town.tally()
    postgres_watch.dispose()
    assert any("put(" in one for one in seen)
    assert any("INSERT INTO response" in one for one in seen)
    assert_silent("\n".join(seen), town, tickets)


def _whole_chain(error: BaseException) -> Iterator[str]:
    # Also what `raise … from None` hides: a log that prints contexts would show it.
    seen: BaseException | None = error
    while seen is not None:
        yield f"{type(seen).__name__}: {seen}"
        yield "".join(traceback.format_exception_only(seen))
        seen = seen.__cause__ or seen.__context__
