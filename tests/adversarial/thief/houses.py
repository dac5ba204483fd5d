"""What the thief breaks into: Heard itself, and two naive designs that he must be able to link."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import Engine

from survey.domain.calendar import Week
from survey.domain.response import Response
from tests.town import Town

After = Callable[[int], None]  # called whenever something was counted


@dataclass(frozen=True)
class Person:
    """One line of the sender's list, with what the experiment alone knows: the response."""

    name: str
    ticket: str
    service: str
    week: Week  # in which the person answered
    response: Response


class House(Protocol):
    """A survey that holds invitations, perhaps waiting rows, and the rows it keeps."""

    engine: Engine
    tickets: str  # table of unspent tickets, column `hash`
    waiting: str | None  # table of rows that wait sealed
    kept: str  # table of responses: id, service, span, answers

    def invite(self, service: str, count: int, week: Week) -> list[str]: ...
    def answer(self, person: Person) -> None: ...
    def count(self, through: Week, after: After) -> None: ...


@dataclass
class Heard:
    """The product as it is."""

    town: Town
    tickets: str = "ticket"
    waiting: str | None = "sealed"
    kept: str = "response"

    @property
    def engine(self) -> Engine:
        return self.town.engine

    def invite(self, service: str, count: int, week: Week) -> list[str]:
        return self.town.invite(service, count, week)

    def answer(self, person: Person) -> None:
        self.town.answer(person.ticket, person.response, person.week)

    def count(self, through: Week, after: After) -> None:
        done = self.town.tally(through, advance=after)
        assert not done.set_aside


@dataclass
class Naive:
    """What is built without a threat in mind: one row a response, written when it comes.

    `serial`: running number and time; otherwise a random UUID, the ticket deleted in the same transaction.
    """

    engine: Engine
    serial: bool
    tickets: str = "naive_ticket"
    waiting: str | None = None
    kept: str = "naive_response"
    issued: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        postgres = self.engine.dialect.name == "postgresql"
        running = "SERIAL PRIMARY KEY" if postgres else "INTEGER PRIMARY KEY AUTOINCREMENT"
        name = f"{self.kept} (id {running if self.serial else 'VARCHAR(32) PRIMARY KEY'}"
        when = ", at TIMESTAMP DEFAULT CURRENT_TIMESTAMP" if self.serial else ""
        self._do(f"CREATE TABLE {name}, service VARCHAR(12), span VARCHAR(17), answers TEXT{when})")
        self._do(f"CREATE TABLE {self.tickets} (hash VARCHAR(40) PRIMARY KEY)")

    def invite(self, _service: str, count: int, _week: Week) -> list[str]:
        made = [uuid.uuid4().hex for _ in range(count)]
        for one in made:
            self._do(f"INSERT INTO {self.tickets} VALUES ('{one}')")
        return made

    def answer(self, person: Person) -> None:
        columns: dict[str, Any] = {
            "service": person.service,
            "span": str(person.week),
            "answers": json.dumps(dict(person.response.answers)),
        }
        columns |= {} if self.serial else {"id": uuid.uuid4().hex}
        names = ", ".join(columns)
        values = ", ".join(f"'{value}'" for value in columns.values())
        self._do(
            f"DELETE FROM {self.tickets} WHERE hash = '{person.ticket}'",
            f"INSERT INTO {self.kept} ({names}) VALUES ({values})",
        )

    def count(self, _through: Week, after: After) -> None:
        after(0)

    def _do(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
