"""Retention: what is older than its limit goes, from the tables and from the files; nothing else does."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import text

from survey.domain.calendar import Week
from survey.domain.errors import DatabaseDown
from survey.services.retain import retain
from survey.storage import retention, scrub
from survey.storage.database import engine, upgrade
from survey.storage.tables import Base
from tests.backups import settings_of
from tests.town import WEEK, Town, a_response

NOW = Week(2027, 20)
MONDAY = "2027-05-17 09:00Z"
MONDAY_THEN = datetime.fromisoformat("2027-04-18 23:00")  # UTC: in London 2027-W16 begins
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=True):
        yield


@pytest.fixture
def aged(town: Town) -> Town:
    """Of everything something old and something new."""
    town.fill("BUS1", 12)
    town.fill("BUS1", 3, WEEK + 1)  # carried, and too few for ever
    town.invite("BUS1", 4)  # unspent
    town.invite("BUS1", 6, NOW)
    town.visit("BUS1", a_response(), NOW)
    town.tally(WEEK + 1)
    for number, period, written in (
        ("1", "2026-W45", "2026-W45"),
        ("2", "2027-W18", "2027-W18"),
        ("3", "2026/27-Q3", ""),
        ("4", "2027/28-Q1", ""),
        ("5", "2026-W40/2026-W47", ""),
    ):
        _comment(town, number, f"words of comment {number}", period=period, written=written)
    for number, span in (("1", "2020-W01"), ("2", "2019-W50/2022-W21"), ("3", "2020-W01/2022-W20")):
        town.do(
            "INSERT INTO response (id, service, questionnaire, span, answers)"
            " VALUES (:id, 'BUS1', 'bus/v1', :span, '{}')",
            id=f"old{number}",
            span=span,
        )
    for key, state, tried in (
        ("a", "sent", MONDAY_THEN - HALF_HOUR),
        ("b", "refused", MONDAY_THEN + HALF_HOUR),
        ("c", "queued", MONDAY_THEN),
    ):
        town.do(
            "INSERT INTO outbox (message_id, recipient, message, state, attempts, next_try)"
            " VALUES (:key, 'a@b.example', :no, :state, 1, :tried)",
            key=key,
            no=b"",
            state=state,
            tried=tried,
        )
    for slot, done in (("2027-W06", True), ("2027-W07", True), ("2027-W01", False), ("always", False)):
        town.do(
            "INSERT INTO slot (job, slot, holder, lease_until, done) VALUES ('tally', :slot, '', :at, :done)",
            slot=slot,
            at=MONDAY_THEN,
            done=done,
        )
    return town


def run(town: Town, **other: object) -> dict[str, int]:
    done = retain(town.clock, settings_of(town), **other)
    return {one.what: one.number for one in done.gone}


def test_what_is_older_than_its_limit_goes_and_nothing_else(aged: Town):
    counts = aged.rows("SELECT sum(n) FROM answer_count")
    assert run(aged) == {
        "sealed responses, unread": 3,
        "comments": 3,
        "responses": 2,
        "unspent tickets": 4,
        "e-mails": 1,
        "finished boxes": 4,
        "runs of the clock": 1,
    }
    assert {row[0] for row in aged.rows("SELECT id FROM comment")} == {"2".zfill(32), "4".zfill(32)}
    assert aged.number("response", "id LIKE 'old%'") == 1
    assert aged.number("response") == 13
    assert aged.rows("SELECT sum(n) FROM answer_count") == counts
    assert {row[0] for row in aged.rows("SELECT DISTINCT cohort FROM ticket")} == {str(NOW)}
    assert {row[0] for row in aged.rows("SELECT message_id FROM outbox")} == {"b", "c"}
    assert {row[0] for row in aged.rows("SELECT slot FROM slot")} == {"2027-W07", "2027-W01", "always"}
    assert aged.number("withheld", "n = 3") == 1
    assert aged.number("box", f"week < '{NOW + -26}'") == 0
    assert aged.sealed == 1
    assert run(aged) == dict.fromkeys(run(aged), 0)


def test_tickets_that_end_leave_the_numbers_of_their_service_in_balance(aged: Town):
    run(aged)
    aged.fill("BUS1", 12, NOW)
    done = aged.tally(NOW)
    assert done.set_aside == []
    assert done.responses == 12


def test_a_dry_run_says_the_same_and_changes_nothing(aged: Town):
    before = _digest(aged)
    said = run(aged, dry_run=True)
    assert _digest(aged) == before
    assert said == run(aged)
    assert _digest(aged) != before


def test_it_may_stop_between_any_two_steps_and_go_on(aged: Town, monkeypatch: pytest.MonkeyPatch):
    # A few rows at a time, and a failure after each number of steps there is.
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    whole = run(aged, dry_run=True)
    real, left, done = retention.Due.drop_some, [0], dict.fromkeys(whole, 0)

    def stops(due: retention.Due, session: object) -> int:
        if left[0] == 0:
            raise DatabaseDown("now")
        left[0] -= 1
        return real(due, session)  # type: ignore[arg-type]

    monkeypatch.setattr(retention.Due, "drop_some", stops)
    rounds = 0
    while True:
        left[0] = rounds = rounds + 1
        try:
            done = run(aged)
        except DatabaseDown:
            continue
        break
    assert rounds > 3
    assert set(done.values()) <= {0, 1, 2, 3, 4}
    monkeypatch.undo()
    assert run(aged) == dict.fromkeys(whole, 0)
    aged.fill("BUS1", 12, NOW)
    assert aged.tally(NOW).set_aside == []


def test_the_audit_chain_tells_what_went(aged: Town):
    retain(aged.clock, settings_of(aged), who="jo")
    [(who, about)] = aged.rows("SELECT who, about FROM audit WHERE act = 'records deleted'")
    assert who == "jo"
    assert "2026-W45" not in str(about)
    assert '"comments"' in str(about).replace("'", '"')


def test_nothing_old_means_no_entry_and_no_harm(town: Town):
    assert set(run(town).values()) == {0}
    assert town.number("audit", "act = 'records deleted'") == 0


# -- the files ------------------------------------------------------------------------------------------


def test_no_word_of_a_deleted_comment_is_left_in_the_databases_files(town: Town):
    gone, kept = [_word() for _ in range(400)], [_word() for _ in range(400)]
    for n, (one, other) in enumerate(zip(gone, kept, strict=True)):
        _comment(town, secrets.token_hex(16), f"{one} {'said at length ' * (n % 40)}", written="2026-W45")
        _comment(town, secrets.token_hex(16), f"{other} {'said at length ' * (n % 40)}", written="2027-W19")
    with town.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    assert _seen(town, gone) == set(gone)
    assert run(town)["comments"] == 400
    assert _seen(town, gone) == set()
    assert _seen(town, kept) == set(kept)


@pytest.mark.postgres
def test_the_comments_are_rewritten_though_an_old_snapshot_is_held(postgres, keys_dir: Path):
    # VACUUM FULL would keep what that snapshot might see.
    town = Town(postgres, keys_dir).build("BUS1")
    word = _word()
    _comment(town, "1", word, written="2026-W45")
    with postgres.connect().execution_options(isolation_level="REPEATABLE READ") as reader:
        reader.execute(text("SELECT count(*) FROM service")).all()
        assert run(town)["comments"] == 1
        assert _seen(town, [word]) == set()


@pytest.mark.postgres
def test_the_server_cleans_up_after_the_first_row_of_somebodys_that_goes(postgres):
    # Whatever retain and tally delete that stood for a person, and the part that holds long values.
    kept = """
        SELECT t.relname, t.reloptions::text[] AS own, p.reloptions::text[] AS long
          FROM pg_class t JOIN pg_class p ON p.oid = t.reltoastrelid
         WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r'"""
    with postgres.connect() as connection:
        found = {row.relname: (row.own, row.long) for row in connection.execute(text(kept))}
    soon = ["autovacuum_vacuum_threshold=0", "autovacuum_vacuum_scale_factor=0"]
    people = {"ticket", "sealed", "response", "comment", "comment_part", "subgroup_part", "outbox"}
    assert {table for table, options in found.items() if options == (soon, soon)} == people


@pytest.mark.postgres
def test_comments_that_somebody_reads_for_long_are_said_to_be_left(
    postgres, keys_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    town = Town(postgres, keys_dir).build("BUS1")
    _comment(town, "1", "words", written="2026-W45")
    monkeypatch.setattr(scrub, "PATIENCE", 100)
    with postgres.connect() as reader:
        reader.execute(text("SELECT * FROM comment")).all()
        done = retain(town.clock, settings_of(town))
    assert "until the next run" in str(done)
    assert town.number("comment") == 0
    assert retain(town.clock, settings_of(town)).left_to_do == ""


def test_a_log_that_somebody_reads_is_said_to_be_left(sqlite_url: str, keys_dir: Path):
    sqlite = engine(sqlite_url, busy_seconds=0.2)
    upgrade(sqlite)
    town = Town(sqlite, keys_dir).build("BUS1")
    _comment(town, "1", "words", written="2026-W45")
    with sqlite.connect().execution_options(reading=True) as reader:
        reader.execute(text("SELECT * FROM comment")).all()
        done = retain(sqlite, settings_of(town))
    assert "run this again" in done.left_to_do
    assert retain(sqlite, settings_of(town)).left_to_do == ""
    sqlite.dispose()


def _comment(town: Town, key: str, words: str, *, written: str, period: str = "2026-W45") -> None:
    town.do(
        "INSERT INTO comment (id, icb, pathway, period, sentiment, text, written)"
        " VALUES (:id, 'QTT', 'bus', :period, '', :words, :written)",
        id=key.zfill(32),
        period=period,
        words=words,
        written=written,
    )


def _word() -> str:
    return f"word{secrets.token_hex(8)}"


def _seen(town: Town, words: list[str]) -> set[str]:
    # SQLite: its files. PostgreSQL: the table's file, that of its long values, and what the planner sampled.
    if town.engine.dialect.name == "sqlite":
        file = Path(str(town.engine.url.database))
        body = b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*"))
    else:
        with town.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("CHECKPOINT"))
        body = b"".join(
            bytes(row[0])
            for row in town.rows(
                "SELECT pg_read_binary_file(pg_relation_filepath(oid)) FROM pg_class"
                " WHERE oid = 'comment'::regclass"
                " UNION ALL SELECT pg_read_binary_file(pg_relation_filepath(reltoastrelid)) FROM pg_class"
                " WHERE oid = 'comment'::regclass"
                " UNION ALL SELECT convert_to(coalesce(string_agg(s::text, ' '), ''), 'UTF8') FROM pg_stats s"
            )
        )
    return {word for word in words if word.encode() in body}


def _digest(town: Town) -> str:
    rows = [
        (table.name, sorted(map(repr, town.rows(f"SELECT * FROM {table.name}"))))
        for table in Base.metadata.sorted_tables
    ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_what_a_tally_would_still_count_is_left_and_said(town: Town) -> None:
    town.fill("BUS1", 12)  # and the clock stood still
    for dry_run in (True, False):
        done = retain(town.clock, settings_of(town), dry_run=dry_run)
        assert "12 sealed responses as old can still be counted: run `heard tally` first" in str(done)
    assert town.sealed == 12
