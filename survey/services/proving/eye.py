"""The thief's eye: whatever stands in the database, its hidden columns and its files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import LargeBinary, inspect, text
from sqlalchemy.types import Integer, String

from survey.domain.calendar import Span
from survey.services.proving.house import House
from survey.services.proving.loot import Cell, Comment, Kept, Part

# What SQL calls what every PostgreSQL row carries, and the number that every row of SQLite has.
_HIDDEN = {
    "postgresql": {
        "transaction number (xmin)": "xmin::text::bigint",
        "command number (cmin)": "cmin::text::bigint",
        "place on its page (ctid)": "(ctid::text::point)[0] * 1000 + (ctid::text::point)[1]",
    },
    "sqlite": {"hidden row number (rowid)": "rowid"},
}
_AT_ONCE = 500  # ids in one question


class Eye:
    """Looks at one house. Nothing that it asks changes anything."""

    def __init__(self, house: House) -> None:
        self._house, self._engine = house, house.engine
        self._connection = self._engine.connect().execution_options(**self._quietly)
        self._hidden = _HIDDEN[self._engine.dialect.name]
        self._prints = self._print_queries()

    def close(self) -> None:
        """Look no more."""
        self._connection.close()

    def tickets(self) -> set[bytes]:
        """Hashes of the tickets that are unspent."""
        return {_bytes(row[0]) for row in self._ask(f"SELECT hash FROM {self._house.tickets}")}

    def waiting(self) -> set[bytes]:
        """Ids of the rows that wait sealed."""
        if self._house.waiting is None:
            return set()
        return {bytes(row[0]) for row in self._ask(_WAITING.format(self._house.waiting))}

    def sealed(self, row_id: bytes) -> tuple[str, bytes]:
        """Box and body of a row that waits."""
        ((box, body),) = self._ask(f"SELECT box, body FROM {self._house.waiting} WHERE id = :id", id=row_id)
        return box, bytes(body)

    def prints(self) -> dict[str, tuple[Any, ...]]:
        """One line a table, other whenever its rows are: all but tickets and sealed rows."""
        whole = " UNION ALL ".join(self._prints.values())
        return {row[0]: tuple(row[1:]) for row in self._ask(whole)}

    def rows(self, table: str) -> set[str]:
        """All rows of a table, as text."""
        return {repr(tuple(row)) for row in self._ask(f'SELECT * FROM "{table}"')}

    def naming(self, marks: Collection[str]) -> dict[str, str]:
        """Of any table, those made meanwhile too, the rows in which a mark stands, by the mark."""
        found: dict[str, str] = {}
        for table in inspect(self._engine).get_table_names():
            if table in (self._house.tickets, self._house.waiting):
                continue
            rows = sorted(self.rows(table))
            whole = "\n".join(rows)
            for mark in (mark for mark in marks if mark in whole):
                found[mark] = "\n".join([found.get(mark, ""), *(row for row in rows if mark in row)])
        return found

    def kept_ids(self) -> set[str]:
        """Ids of the responses that are kept."""
        return {str(row[0]) for row in self._ask(f"SELECT id FROM {self._house.kept}")}

    def kept(self, ids: Collection[str]) -> list[Kept]:
        """Those responses, with their hidden columns."""
        wanted = list(ids)
        return [
            row
            for start in range(0, len(wanted), _AT_ONCE)
            for row in self._kept(wanted[start : start + _AT_ONCE])
        ]

    def about_you(self) -> dict[str, Counter[Cell]]:
        """About-you counts by quarter."""
        found: dict[str, Counter[Cell]] = {}
        if "subgroup_count" in self._prints:
            sql = 'SELECT quarter, attribute, option, question, "group", n FROM subgroup_count'
            for quarter, *cell, n in self._ask(sql):
                found.setdefault(quarter, Counter())[tuple(cell)] += n
        return found

    def parts(self) -> list[Part]:
        """About-you counts that wait sealed."""
        if "subgroup_part" not in self._prints:
            return []
        rows = self._ask("SELECT id, quarter, icb, pathway, body FROM subgroup_part")
        return [
            Part(row_id, quarter, icb, pathway, bytes(body)) for row_id, quarter, icb, pathway, body in rows
        ]

    def comments(self) -> list[Comment]:
        """Comments as they lie."""
        if "comment" not in self._prints:
            return []
        place, order = ("xmin::text::bigint", "ctid") if self._postgresql else ("rowid", "rowid")
        sql = f"SELECT {place}, sentiment, text FROM comment ORDER BY {order}"
        return [Comment(*row) for row in self._ask(sql)]

    def pages(self) -> bytes:
        """The database's file, its log written back; nothing on PostgreSQL, where ctid says the same."""
        if self._postgresql:
            return b""
        raw: Any = self._connection.connection.driver_connection
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Path(str(self._engine.url.database)).read_bytes()

    def _kept(self, ids: list[str]) -> Iterable[Kept]:
        hidden = ", ".join(self._hidden.values())
        names = ", ".join(f":id{n}" for n in range(len(ids)))
        sql = f"SELECT CAST(id AS VARCHAR), service, span, answers, {hidden} FROM {self._house.kept}"
        known = {f"id{n}": one for n, one in enumerate(ids)}
        for row_id, service, span, answers, *places in self._ask(
            f"{sql} WHERE CAST(id AS VARCHAR) IN ({names})", **known
        ):
            said = json.loads(answers) if isinstance(answers, str) else answers
            found = {name: float(place) for name, place in zip(self._hidden, places, strict=True)}
            yield Kept(row_id, service, Span.parse(span), said, found)

    def _print_queries(self) -> dict[str, str]:
        found = {}
        look = inspect(self._engine)
        for table in look.get_table_names():
            if table in (self._house.tickets, self._house.waiting):
                continue
            seen = "sum(xmin::text::bigint)" if self._postgresql else _sum(look.get_columns(table))
            found[table] = f"SELECT '{table}', count(*), {seen} FROM \"{table}\""
        return found

    def _ask(self, sql: str, **known: Any) -> list[Any]:
        found = list(self._connection.execute(text(sql), known))
        self._connection.rollback()
        return found

    @property
    def _quietly(self) -> dict[str, Any]:
        # Each look sees what is there now, and no look keeps a writer waiting.
        return {"isolation_level": "AUTOCOMMIT"} if self._postgresql else {"reading": True}

    @property
    def _postgresql(self) -> bool:
        return self._engine.dialect.name == "postgresql"


_WAITING = "SELECT id FROM {} WHERE length(body) > 0"  # a counted poster's row leaves its id for a while


def _sum(columns: Iterable[Any]) -> str:
    parts = ["0"]
    for column in columns:
        name = f'"{column["name"]}"'
        if isinstance(column["type"], Integer):
            parts.append(f"coalesce(sum({name}), 0)")
        elif isinstance(column["type"], String | LargeBinary):
            parts.append(f"coalesce(sum(length({name})), 0)")
    return " + ".join(parts)


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)
