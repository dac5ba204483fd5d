"""Dump: a database as one file, and what that file holds, read from the file alone.

What the live database held is asked in the very snapshot that is dumped, so the two must agree exactly.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import file_digest
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select, union

from survey.domain.errors import HeardError
from survey.storage import dump_postgresql
from survey.storage.tables import Base, BoxRow, CommentPartRow, SubgroupPartRow

Look = Callable[[bytes], None]  # is shown every byte of what a dump holds
TABLES = {table.name: table for table in Base.metadata.sorted_tables}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a backup must hold: how many rows of each table, and which boxes were counted.

    And the quarters of which parts lie sealed in it; of the live database alone.
    """

    rows: Mapping[str, int]
    counted: frozenset[str]  # of those whose keys wait for a backup
    sha256: str = ""  # of the dump's file
    quarters: frozenset[str] = frozenset()

    def missing_from(self, dump: Facts) -> list[str]:
        """What differs in a dump, in words."""
        lost = self.counted - dump.counted
        other = ["other bytes than were written"] if self.sha256 != dump.sha256 else []
        boxes = [f"{len(lost)} of {len(self.counted)} counted boxes are not in it as counted"] if lost else []
        return (
            other
            + boxes
            + [
                f"{dump.rows.get(table, 0)} of {number} rows of {table}"
                for table, number in self.rows.items()
                if dump.rows.get(table, 0) != number
            ]
        )


def dump(engine: Engine, file: Path) -> Facts:
    """Write the whole database into `file`, onto the disk; say what it held at that moment."""
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    made = _dump_sqlite if engine.dialect.name == "sqlite" else _dump_postgresql
    facts = made(engine, file)
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
    return replace(facts, sha256=_sha256(file))


def read(file: Path, look: Look) -> Facts:
    """What a dump holds; HeardError where it is no whole database of Heard."""
    if is_sqlite(file):
        return _read_sqlite(file, look)
    rows, boxes = dump_postgresql.read(file, look)
    held = {name: rows[name] for name in TABLES if name in rows}
    return Facts(held, frozenset(boxes), _sha256(file))


def is_sqlite(file: Path) -> bool:
    """Whether a dump is a database of SQLite, by its first bytes."""
    with file.open("rb") as opened:
        return opened.read(16) == b"SQLite format 3\0"


def facts_of(connection: Connection) -> Facts:
    """What a database holds at this moment, in one transaction of the caller's."""
    waiting = select(BoxRow.id).where(BoxRow.state == "counted")
    parts = (select(SubgroupPartRow.quarter), select(CommentPartRow.quarter))
    return Facts(
        {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in TABLES.items()
        },
        frozenset(connection.scalars(waiting)),
        quarters=frozenset(connection.scalars(union(*parts))),
    )


def _dump_sqlite(engine: Engine, file: Path) -> Facts:
    with engine.connect().execution_options(reading=True) as connection, connection.begin():
        facts = facts_of(connection)
        live = connection.connection.driver_connection
        assert isinstance(live, sqlite3.Connection)  # noqa: S101  # SQLite's only driver here
        with closing(sqlite3.connect(file)) as copy:
            live.backup(copy)  # in the transaction that is open, so of the same moment
            copy.execute("PRAGMA journal_mode=DELETE")  # one file that stands alone, without a log
    return facts


def _dump_postgresql(engine: Engine, file: Path) -> Facts:
    steady = engine.connect().execution_options(isolation_level="REPEATABLE READ")
    with steady as connection, connection.begin():
        facts = facts_of(connection)
        dump_postgresql.dump(connection, file)
    return facts


def _read_sqlite(file: Path, look: Look) -> Facts:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
        [*said] = (row[0] for row in copy.execute("PRAGMA integrity_check"))
        if said != ["ok"]:
            raise HeardError(f"SQLite finds the copy damaged: {said[0]}")
        held = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        rows = {
            name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608  # our own names
            for name in TABLES
            if name in held
        }
        counted = copy.execute("SELECT id FROM box WHERE state = 'counted'").fetchall()
    with file.open("rb") as opened:
        while part := opened.read(1 << 20):
            look(part)
    return Facts(rows, frozenset(row[0] for row in counted), _sha256(file))


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()
