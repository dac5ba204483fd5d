"""Someone who reads every log and error of the database's side: SQLAlchemy's, the driver's, PostgreSQL's."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from survey.domain.errors import HeardError
from survey.privacy.tickets import ticket_hash
from survey.services.respond import invited
from survey.storage import responses
from survey.storage.database import engine
from tests.roles import as_role
from tests.town import Town, a_response

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
