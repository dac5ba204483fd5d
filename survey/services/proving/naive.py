"""Designs without a box, which the same thief must break: one row a response, written when it comes."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, text

from survey.domain.calendar import Week
from survey.services.proving.house import After
from survey.services.proving.town import Person


@dataclass(frozen=True)
class Design:
    """How a naive survey writes what it keeps."""

    name: str
    serial: bool  # running numbers as ids, else random UUIDs
    timed: bool  # with the time of the answer
    together: bool  # the ticket is spent in the same transaction


DESIGNS = (
    Design("timestamps and serial ids", serial=True, timed=True, together=True),
    Design("random UUIDs, one transaction", serial=False, timed=False, together=True),
    Design(
        "serial ids without times, as LimeSurvey's anonymised mode", serial=True, timed=False, together=False
    ),
)


@dataclass
class Naive:
    """A survey of one of these designs, in tables of its own."""

    engine: Engine
    design: Design
    tickets: str = "naive_ticket"
    waiting: str | None = None
    kept: str = "naive_response"

    def open(self) -> None:
        """Make its tables anew."""
        running = "SERIAL PRIMARY KEY" if self._postgresql else "INTEGER PRIMARY KEY AUTOINCREMENT"
        key = running if self.design.serial else "VARCHAR(32) PRIMARY KEY"
        when = ", at TIMESTAMP DEFAULT CURRENT_TIMESTAMP" if self.design.timed else ""
        self._do(f"DROP TABLE IF EXISTS {self.kept}")
        self._do(f"DROP TABLE IF EXISTS {self.tickets}")
        self._do(f"CREATE TABLE {self.tickets} (hash VARCHAR(40) PRIMARY KEY)")
        self._do(
            f"CREATE TABLE {self.kept} (id {key}, service VARCHAR(12), span VARCHAR(17), answers TEXT{when})"
        )

    def invite(self, _service: str, count: int, _week: Week) -> list[str]:
        """Tickets, written as they are."""
        made = [uuid.uuid4().hex for _ in range(count)]
        with self.engine.begin() as connection:
            connection.execute(
                text(f"INSERT INTO {self.tickets} VALUES (:hash)"),
                [{"hash": one} for one in made],
            )
        return made

    def answer(self, person: Person) -> None:
        """Spend the ticket, write the response."""
        columns: dict[str, Any] = {
            "service": person.service,
            "span": str(person.week),
            "answers": json.dumps(dict(person.response.answers)),
        }
        columns |= {} if self.design.serial else {"id": uuid.uuid4().hex}
        names, values = ", ".join(columns), ", ".join(f":{name}" for name in columns)
        spend = (f"DELETE FROM {self.tickets} WHERE hash = :hash", {"hash": person.ticket})
        write = (f"INSERT INTO {self.kept} ({names}) VALUES ({values})", columns)
        for group in [[spend, write]] if self.design.together else [[spend], [write]]:
            with self.engine.begin() as connection:
                for statement, known in group:
                    connection.execute(text(statement), known)

    def count(self, _through: Week, after: After) -> None:
        """Nothing waits; the week is over."""
        after(1)

    def _do(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement))

    @property
    def _postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"
