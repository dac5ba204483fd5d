"""The write-ahead log: where the rows that were just written stand in it, on PostgreSQL and on SQLite."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from survey.services.proving.places import find_ids

PLACE = "write-ahead log"
MOST = 1 << 30  # bytes between two looks: on a busy server we give up rather than fill the memory
_PART = 1 << 24


class AheadLog(Protocol):
    """Reads what was written to the log since the last look."""

    unseen: str  # why it cannot be read; "" where it can

    def parts(self) -> Iterator[tuple[int, bytes]]:
        """What is new: (where a part begins, its bytes)."""
        ...

    def close(self) -> None:
        """Hold nothing any more."""
        ...


def places(log: AheadLog, ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """First and last place of each id that stands in what is new."""
    return {} if log.unseen else find_ids(log.parts(), ids)


def ahead_log(engine: Engine) -> AheadLog:
    """The one that this database has."""
    if engine.dialect.name == "postgresql":
        return PostgresLog(engine)
    return FileLog(Path(f"{engine.url.database}-wal"))


class FileLog:
    """SQLite's: a file beside the database, begun anew now and then."""

    unseen = ""

    def __init__(self, file: Path) -> None:
        self._file = file

    def parts(self) -> Iterator[tuple[int, bytes]]:
        if self._file.exists():
            yield 0, self._file.read_bytes()

    def close(self) -> None:
        pass


class PostgresLog:
    """PostgreSQL's, through its own functions: a superuser may, or who was granted pg_read_binary_file."""

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self.unseen = ""
        try:
            self._hold()
            self._segment = int(self._ask("SELECT pg_size_bytes(current_setting('wal_segment_size'))"))
            self._from = self._end()
            self._read(self._from - 1, 1)
        except DBAPIError as error:
            self.unseen = (
                f"this login may not read the write-ahead log ({type(error.orig).__name__}): a superuser may"
            )

    def parts(self) -> Iterator[tuple[int, bytes]]:
        start, self._from = self._from, self._end()
        if self._from - start > MOST:
            self.unseen = "the server wrote too much besides, for other work"
            return
        try:
            yield from self._parts(start, self._from)
        except DBAPIError as error:
            self.unseen = f"a part of it went before it was read ({type(error.orig).__name__})"

    def close(self) -> None:
        self._connection.close()

    def _hold(self) -> None:
        # Checkpoints would take segments away before they are read. The slot is temporary: it goes with this
        # connection, so a run that is killed leaves none. Where none can be had we read what is there.
        name = f"heard_prove_{secrets.token_hex(6)}"
        try:
            self._ask(f"SELECT pg_create_physical_replication_slot('{name}', true, true)")
        except DBAPIError:
            self._connection.rollback()

    def _parts(self, start: int, end: int) -> Iterator[tuple[int, bytes]]:
        while start < end:
            size = min(end - start, self._segment - start % self._segment, _PART)
            yield start, self._read(start, size)
            start += size

    def _read(self, start: int, size: int) -> bytes:
        inside = start + 1  # the first byte of a file is named after the file before
        name = self._ask(f"SELECT pg_walfile_name('{inside >> 32:X}/{inside & 0xFFFFFFFF:X}')")
        where = f"'pg_wal/{name}', {start % self._segment}, {size}"
        return bytes(self._ask(f"SELECT pg_read_binary_file({where})"))

    def _end(self) -> int:
        return int(self._ask("SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn"))

    def _ask(self, sql: str) -> Any:
        return self._connection.scalar(text(sql))
