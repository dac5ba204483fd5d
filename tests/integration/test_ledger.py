"""The ledger: what has left stays as it was written, and whoever rewrites it is found at the first entry."""

from __future__ import annotations

import json
from hashlib import sha256
from itertools import pairwise

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from survey.domain.blocks import block_of
from survey.domain.calendar import Span
from survey.services import attack as attacking
from survey.services.releasing import witness
from survey.storage import ledger
from survey.storage.database import transaction
from survey.storage.tables import Base
from tests.leaving import ONE_SITE, START, House
from tests.roles import as_role

KEPT = ("ledger", "cell", "membership", "step_length", "released_week")
FIGURES = 8  # or more have left by then


@pytest.fixture
def house(database: Engine) -> House:
    """Nine weeks that have left."""
    made = House(database).build(ONE_SITE)
    for n in range(9):
        made.answer(START + n, {"A": (12, 3, 1), "B": (5, 1, 1), "C": (4, n % 2, 0)})
    made.release(START + 8)
    assert len(made.rows("SELECT number FROM ledger")) >= FIGURES
    return made


def refused(engine: Engine, *statements: str) -> str:
    """What the database says to the last of some statements."""
    *before, last = map(text, statements)
    with engine.connect() as connection:
        for one in before:
            connection.execute(one)
        with pytest.raises(DBAPIError) as caught:
            connection.execute(last)
    return str(caught.value.orig)


def keys_of(table: str) -> list[str]:
    return [column.name for column in Base.metadata.tables[table].columns if column.primary_key]


# -- nothing that was written changes ---------------------------------------------------------------------


@pytest.mark.parametrize("table", KEPT)
def test_not_even_the_owner_changes_or_deletes_what_was_written(house: House, table: str) -> None:
    key = keys_of(table)[0]
    before = sorted(map(str, house.rows(f"SELECT * FROM {table}")))
    tried = [
        f"UPDATE {table} SET {key} = {key}",
        f"DELETE FROM {table}",
        f"INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT ({', '.join(keys_of(table))})"
        f" DO UPDATE SET {key} = excluded.{key}",
    ]
    if house.engine.dialect.name == "sqlite":
        tried += [
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
            f"REPLACE INTO {table} SELECT * FROM {table}",
        ]
        tried += [f"UPDATE OR REPLACE {table} SET {key} = {key}"]
    else:
        tried += [f"TRUNCATE {table}", f"TRUNCATE {table} CASCADE", f"DELETE FROM {table} WHERE false"]
    for sql in tried:
        assert f"what {table} holds stays as it was written" in refused(house.engine, sql), sql
    assert sorted(map(str, house.rows(f"SELECT * FROM {table}"))) == before


@pytest.mark.parametrize("table", KEPT)
def test_sqlites_hidden_row_number_is_no_second_key(sqlite: Engine, table: str) -> None:
    """By one, INSERT OR REPLACE would put another row in the place of the first, past every trigger."""
    columns = [column.name for column in Base.metadata.tables[table].columns]
    values = ", ".join(f"'{name}'" for name in columns)
    sql = f"INSERT OR REPLACE INTO {table} (rowid, {', '.join(columns)}) VALUES (1, {values})"
    assert "no column named rowid" in refused(sqlite, sql)


@pytest.mark.parametrize("pragma", ["recursive_triggers = OFF", "ignore_check_constraints = ON"])
def test_no_pragma_of_sqlite_lets_a_replacement_pass(sqlite: Engine, pragma: str) -> None:
    made = House(sqlite).build(ONE_SITE)
    made.answer(START, {"A": (12, 3, 1)})
    made.release(START + 3)
    plain = create_engine(sqlite.url, hide_parameters=True)
    with plain.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA {pragma}")
        with pytest.raises(DBAPIError, match="stays as it was written"):
            connection.execute(text("INSERT OR REPLACE INTO ledger SELECT * FROM ledger"))
    plain.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("table", KEPT)
def test_switching_triggers_off_for_a_session_does_not_help(postgres: Engine, table: str) -> None:
    said = refused(postgres, "SET LOCAL session_replication_role = replica", f"DELETE FROM {table}")
    assert "stays as it was written" in said


@pytest.mark.postgres
def test_a_service_whose_cells_are_kept_is_not_cut_away_beneath_them(postgres: Engine) -> None:
    made = House(postgres).build(ONE_SITE)
    made.answer(START, {"A": (12, 3, 1)})
    made.release(START)
    assert "what cell holds stays" in refused(postgres, "TRUNCATE service CASCADE")


@pytest.mark.postgres
def test_the_clock_appends_and_may_do_nothing_else(postgres: Engine) -> None:
    made = House(as_role(postgres, "clock"))
    House(postgres).build(ONE_SITE).answer(START, {"A": (12, 3, 1)})
    assert made.release(START + 3).figures == 1
    for table in KEPT:
        for sql in (f"DELETE FROM {table}", f"TRUNCATE {table}", f"ALTER TABLE {table} DISABLE TRIGGER ALL"):
            said = refused(made.engine, sql)
            assert "permission denied" in said or "must be owner" in said


# -- every entry says what, for whom and from which weeks --------------------------------------------------


def test_every_entry_says_what_has_left_for_whom_and_from_which_weeks(house: House) -> None:
    cells: dict[tuple[str, str], list[int]] = {}
    for service, week, *counts in house.rows(
        "SELECT service, week, favourable, neither, unfavourable FROM cell"
    ):
        cells[service, week] = counts
    services = {"A": ["A"], "B": ["B"], "C": ["C"], "T1": ["A", "B", "C"]}
    with transaction(house.engine, reading=True) as session:
        entries = list(ledger.entries(session))
    assert {one.figure.form for one in entries} == {"staff", "public"}
    for number, one in enumerate(entries, start=1):
        figure = one.figure
        assert (one.number, one.kind, figure.series) == (number, "figure", "fft")
        assert START <= figure.span.first <= figure.span.last <= one.run
        assert figure.span.last <= block_of(figure.span.first).last
        weeks = [str(figure.span.first + n) for n in range(figure.span.weeks)]
        found = [cells[service, week] for service in services[figure.node] for week in weeks]
        sums = tuple(map(sum, zip(*found, strict=True)))
        if figure.form == "staff":
            assert (figure.counts, figure.n) == (sums, sum(sums))
        else:
            assert figure.n % 5 == 0
            assert abs(figure.n - sum(sums)) <= 2


def test_a_week_that_is_released_again_adds_nothing(house: House) -> None:
    before = house.ledger()
    assert house.release(START + 8).entries == 0
    assert house.ledger() == before


# -- whoever rewrites it is found --------------------------------------------------------------------------


def tamper(house: House, *statements: str) -> None:
    """What the owner does who has dropped the triggers first."""
    off = ["ALTER TABLE ledger DISABLE TRIGGER ALL"]
    if house.engine.dialect.name == "sqlite":
        off = [f"DROP TRIGGER ledger_no_{what}" for what in ("update", "delete", "replace")]
    with house.engine.begin() as connection:
        for one in (*off, *statements):
            connection.execute(text(one))


def broken(house: House) -> int | None:
    with transaction(house.engine, reading=True) as session:
        return ledger.broken(session)


def problems(house: House) -> list[str]:
    with transaction(house.engine, reading=True) as session:
        return witness.problems(session)


CHANGES = {
    **dict.fromkeys(("run", "block", "span"), "'2025-W01'"),
    **dict.fromkeys(("kind", "form"), "'x'"),
    **dict.fromkeys(("node", "icb", "pathway", "series", "few", "all_but_few"), "'other'"),
    **dict.fromkeys(("n", "favourable", "neither", "unfavourable"), "77"),
    **dict.fromkeys(("services", "about"), "'[\"A\"]'"),
    **dict.fromkeys(("previous", "hash"), "CAST('x' AS {blob})"),
}


def test_a_whole_ledger_is_whole(house: House) -> None:
    assert (broken(house), problems(house)) == (None, [])
    assert attacking.attack(house.engine).holds


def test_every_column_is_chained() -> None:
    assert set(CHANGES) == {column.name for column in Base.metadata.tables["ledger"].columns} - {"number"}


@pytest.mark.parametrize("column", CHANGES)
def test_an_entry_that_was_changed_is_named(house: House, column: str) -> None:
    blob = "blob" if house.engine.dialect.name == "sqlite" else "bytea"
    tamper(house, f"UPDATE ledger SET {column} = {CHANGES[column].format(blob=blob)} WHERE number = 3")
    assert broken(house) == 3
    assert problems(house)[0].startswith("entry 3 of the ledger was changed")


def test_the_first_that_was_dropped_or_put_in_is_named(house: House) -> None:
    columns = [column.name for column in Base.metadata.tables["ledger"].columns if column.name != "number"]
    put_in = (
        f"INSERT INTO ledger (number, {', '.join(columns)}) SELECT {{}}, {', '.join(columns)} FROM ledger"
    )
    ((last,),) = house.rows("SELECT max(number) FROM ledger")
    tamper(house, put_in.format(last + 1) + " WHERE number = 3")
    assert broken(house) == last + 1
    with house.engine.begin() as connection:
        connection.execute(text("DELETE FROM ledger WHERE number IN (4, 6)"))
    assert broken(house) == 4
    with house.engine.begin() as connection:
        connection.execute(text(put_in.format(4) + " WHERE number = 3"))
    assert broken(house) == 4


def test_a_ledger_that_was_cut_short_is_found_by_the_audit_chain(house: House) -> None:
    ((last,),) = house.rows("SELECT max(number) FROM ledger")
    tamper(house, f"DELETE FROM ledger WHERE number = {last}")
    assert broken(house) is None
    [said] = problems(house)
    assert said.startswith(f"entry {last} of the ledger")
    assert "is missing" in said


def test_a_ledger_that_was_rewritten_and_chained_anew_is_found_by_the_audit_chain(house: House) -> None:
    tamper(house, "UPDATE ledger SET favourable = favourable + 1, n = n + 1 WHERE number = 3")
    chain_anew(house)
    assert broken(house) is None
    said = problems(house)
    assert said
    assert all("is not the one that was recorded on" in one for one in said)


def chain_anew(house: House) -> None:
    """As the code does it, in the attacker's own words."""
    told = (
        *("run", "kind", "form", "node", "icb", "pathway", "series", "block", "span"),
        *("n", "favourable", "neither", "unfavourable", "few", "all_but_few", "services", "about"),
    )
    previous = bytes(32)
    with house.engine.begin() as connection:
        for row in connection.execute(
            Base.metadata.tables["ledger"].select().order_by(text("number"))
        ).mappings():
            said = json.dumps(
                [row["number"], *(row[name] for name in told)], sort_keys=True, separators=(",", ":")
            )
            hashed = sha256(previous + said.encode()).digest()
            put = text("UPDATE ledger SET previous = :previous, hash = :hash WHERE number = :number")
            connection.execute(put, {"previous": previous, "hash": hashed, "number": row["number"]})
            previous = hashed


# -- a service's past that comes late ----------------------------------------------------------------------


def test_a_past_that_comes_after_its_present_overlaps_nothing_that_was_told(database: Engine) -> None:
    made = House(database).build(ONE_SITE)
    for n in range(4, 8):
        made.answer(START + n, {"A": (12, 3, 1), "B": (15, 1, 1), "C": (14, 2, 2)})
    made.release(START + 7)
    made.answer(Span(START, START), {"A": (30, 30, 30), "B": (30, 1, 1)})
    for n in range(8, 12):
        made.answer(START + n, {"A": (12, 3, 1), "B": (15, 1, 1), "C": (14, 2, 2)})
    made.release(START + 11)
    for form in ("staff", "public"):
        for node in ("A", "B", "C", "T1"):
            spans = sorted(Span.parse(one) for one in made.told(node, form))
            assert all(one.last < other.first for one, other in pairwise(spans))
    assert attacking.attack(database).holds
