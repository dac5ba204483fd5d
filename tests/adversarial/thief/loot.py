"""Stealing: what lies in tables, pages, write-ahead log, backups and logs, collected while people answer."""

from __future__ import annotations

import json
import logging
import random
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from tests.adversarial.thief.houses import House, Person

SEGMENT = 16 * 1024 * 1024  # bytes of a PostgreSQL write-ahead log file


@dataclass
class Kept:
    """A response as it is kept, with every position that its physical traces have."""

    id: str
    answers: Mapping[str, str]
    size: int
    positions: dict[str, float]


@dataclass
class Trace:
    """What the thief saw when one person answered, by comparing backups."""

    person: Person
    burned: bytes | None = None  # the ticket's hash that was gone afterwards
    row_id: bytes | None = None  # the waiting row that was new
    box: str | None = None
    body: bytes | None = None
    appeared: list[str] = field(default_factory=list)  # kept rows that were new


@dataclass
class Pool:
    """People and kept rows that belong together: one service, one span of weeks."""

    traces: list[Trace]  # in the order in which they answered, seen from outside
    kept: list[Kept]
    added: Counter[tuple[str, ...]] = field(default_factory=Counter)  # about-you counts, new with these
    keys: list[Path] = field(default_factory=list)  # files that are left where keys lay
    comments: list[tuple[str, str]] = field(default_factory=list)  # (felt, text) of its people, as they lie


class Burglary:
    """Watch a house while people answer and boxes are counted; `pools()` is the loot."""

    def __init__(self, house: House, keys_dir: Path) -> None:
        self.house, self.keys_dir = house, keys_dir
        self.traces: list[Trace] = []
        self.pools_found: list[Pool] = []
        self._log: list[str] = []
        self._seen = self._backup()
        self._kept: set[str] = set()
        self._subgroups: Counter[tuple[str, ...]] = Counter()
        self._holding = self._hold_the_log()
        self._wal_from = self._wal_place()

    def _hold_the_log(self) -> Connection | None:
        # Other tests share the server, and their checkpoints would take segments away before we have read
        # them. The slot is temporary: it goes with this connection.
        if not self._postgres:
            return None
        connection = self._engine.connect()
        name = f"thief_{secrets.token_hex(8)}"
        held = "SELECT pg_create_physical_replication_slot(:name, true, true)"
        connection.execute(text(held), {"name": name})
        connection.commit()
        return connection

    def start(self) -> None:
        """Take the backup of before: invitations were sent since the last one."""
        self._seen = self._backup()

    def watch(self, person: Person) -> None:
        """Let one person answer, and compare the backups of before and after."""
        self.house.answer(person)
        before, after = self._seen, self._backup()
        trace = Trace(person)
        gone = before["tickets"].keys() - after["tickets"].keys()
        new = after["waiting"].keys() - before["waiting"].keys()
        trace.burned = next(iter(gone), None)
        trace.row_id = next(iter(new), None)
        trace.box, trace.body = after["waiting"].get(trace.row_id, (None, None))
        trace.appeared = [str(one) for one in after["kept"].keys() - before["kept"].keys()]
        self._seen = after
        self.traces.append(trace)

    def counted(self, _n: int) -> None:
        """After each pool: take what is new, with its places in the write-ahead log."""
        rows = self._kept_rows()
        new = [row for row in rows if row[0] not in self._kept]
        wal = self._wal()
        subgroups = self._subgroup_counts()
        if not new:
            return
        self._kept |= {row[0] for row in new}
        for service, span in sorted({(row[1], row[2]) for row in new}):
            mine = [self._one(row, wal) for row in new if (row[1], row[2]) == (service, span)]
            random.shuffle(mine)  # so that no attack wins by the order of this list
            first, _, last = span.partition("/")
            people = [
                trace
                for trace in self.traces
                if trace.person.service == service and first <= str(trace.person.week) <= (last or first)
            ]
            self.pools_found.append(Pool(people, mine))
        self._note_added(subgroups)

    def pools(self) -> list[Pool]:
        """The whole loot, when everything was counted; pages of the file and keys that are left included."""
        pages, log = self._pages(), "\n".join(self._log)
        self._note_added(self._subgroup_counts())
        boxes = self.keys_dir / "clock" / "boxes"
        keys = list(boxes.iterdir()) if boxes.is_dir() else []
        comments = self._comment_rows()
        for pool in self.pools_found:
            pool.keys = keys
            names = {trace.person.name for trace in pool.traces}
            pool.comments = [(felt, words) for felt, words in comments if words.split()[0] in names]
            for row in pool.kept:
                row.positions |= _places(pages, row.id.encode(), "page") if pages else {}
                row.positions |= _places(log.encode(), row.id.encode(), "log")
        if self._holding is not None:
            self._holding.close()
        return self.pools_found

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take everything that is logged, of every library, at its most talkative."""
        handler, root = logging.Handler(), logging.getLogger()
        handler.emit = lambda record: self._log.append(record.getMessage())  # type: ignore[method-assign]
        loud = {root: logging.DEBUG, logging.getLogger("sqlalchemy"): logging.INFO}
        before = {logger: logger.level for logger in loud}
        root.addHandler(handler)
        try:
            for logger, level in loud.items():
                logger.setLevel(level)
            yield
        finally:
            root.removeHandler(handler)
            for logger, level in before.items():
                logger.setLevel(level)

    def _note_added(self, subgroups: Counter[tuple[str, ...]]) -> None:
        # What is new is about every pool whose about-you answers had not shown yet.
        added = subgroups - self._subgroups
        for pool in self.pools_found:
            if added and not pool.added:
                pool.added = added
        self._subgroups = subgroups

    def _one(self, row: tuple[Any, ...], wal: bytes) -> Kept:
        row_id, _, _, answers, *places = row
        found = json.loads(answers) if isinstance(answers, str) else answers
        positions = {f"column {n}": float(place) for n, place in enumerate(places)}
        positions |= _places(wal, row_id.encode(), "wal")
        return Kept(row_id, found, len(json.dumps(found)), positions)

    def _kept_rows(self) -> list[tuple[Any, ...]]:
        # xmin, cmin and the tuple's place on PostgreSQL; the hidden rowid on SQLite.
        if self._postgres:
            place = "(ctid::text::point)[0] * 1000 + (ctid::text::point)[1]"
            hidden = f"xmin::text::bigint, cmin::text::bigint, {place}"
        else:
            hidden = "rowid"
        sql = f"SELECT id, service, span, answers, {hidden} FROM {self.house.kept}"
        return [(str(row[0]), *row[1:]) for row in self._query(sql)]

    def _backup(self) -> dict[str, dict[Any, Any]]:
        waiting = f"SELECT id, box, body FROM {self.house.waiting}" if self.house.waiting else None
        return {
            "tickets": {
                _bytes(row[0]): None for row in self._query(f"SELECT hash FROM {self.house.tickets}")
            },
            "waiting": _waiting(self._query(waiting)) if waiting else {},
            "kept": {row[0]: None for row in self._query(f"SELECT id FROM {self.house.kept}")},
        }

    def _subgroup_counts(self) -> Counter[tuple[str, ...]]:
        rows = self._query('SELECT attribute, option, question, "group", n FROM subgroup_count')
        found: Counter[tuple[str, ...]] = Counter()
        for attribute, option, question, group, n in rows:
            found[attribute, option, question, group] += n
        return found

    def _comment_rows(self) -> list[tuple[str, str]]:
        place = "ctid" if self._postgres else "rowid"
        return [tuple(row) for row in self._query(f"SELECT sentiment, text FROM comment ORDER BY {place}")]

    def _wal(self) -> bytes:
        """What the write-ahead log has that it had not at the last look; on SQLite the whole of it."""
        if not self._postgres:
            path = Path(f"{self._engine.url.database}-wal")
            return path.read_bytes() if path.exists() else b""
        start, end = self._wal_from, self._wal_place()
        self._wal_from = end
        found = b""
        while start < end:
            size = min(end, (start // SEGMENT + 1) * SEGMENT) - start
            found += self._wal_part(start, size)
            start += size
        return found

    def _wal_part(self, start: int, size: int) -> bytes:
        ((line,),) = self._query("SELECT timeline_id FROM pg_control_checkpoint()")
        name = f"{line:08X}{start // SEGMENT // 256:08X}{start // SEGMENT % 256:08X}"
        read = f"pg_read_binary_file('pg_wal/{name}', {start % SEGMENT}, {size})"
        return bytes(self._query(f"SELECT {read}")[0][0])

    def _wal_place(self) -> int:
        if not self._postgres:
            return 0
        return int(self._query("SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn")[0][0])

    def _pages(self) -> bytes:
        if self._postgres:
            return b""  # the tuple's place says the same there
        with self._engine.connect() as connection:
            connection.rollback()
            connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Path(str(self._engine.url.database)).read_bytes()

    def _query(self, sql: str) -> list[Any]:
        with self._engine.connect().execution_options(reading=True) as connection:
            return list(connection.execute(text(sql)))

    @property
    def _engine(self) -> Engine:
        return self.house.engine

    @property
    def _postgres(self) -> bool:
        return self._engine.dialect.name == "postgresql"


def _places(where: bytes, what: bytes, name: str) -> dict[str, float]:
    first = where.find(what)
    return {} if first < 0 else {f"{name} first": first, f"{name} last": where.rfind(what)}


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


def _waiting(rows: list[Any]) -> dict[bytes, tuple[str, bytes]]:
    return {bytes(row_id): (box, bytes(body)) for row_id, box, body in rows}
