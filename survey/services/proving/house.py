"""What the thief breaks into: Heard itself, by its real verbs, in a scratch installation."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from sqlalchemy import Engine, insert, update

from survey.domain.calendar import Week
from survey.domain.organisation import Organisation, Service
from survey.domain.response import Response
from survey.privacy.keys import PatientKeys, make_lasting_keys
from survey.privacy.sealing import seal
from survey.services.destroy import destroy_counted
from survey.services.invite import invite
from survey.services.prepare import prepare
from survey.services.proving.scratch import Scratch
from survey.services.proving.town import PATHWAY, Person, catalogue, questionnaire
from survey.services.respond import Desk, respond_invited, respond_visiting, visiting
from survey.services.subgroups import destroy_ended_keys
from survey.services.tally import tally
from survey.storage import directory, hatch
from survey.storage.database import transaction
from survey.storage.tables import SealedRow, ServiceRow

After = Callable[[int], None]  # called whenever something was counted, with how many


class House(Protocol):
    """A survey that holds invitations, perhaps waiting rows, and the rows it keeps."""

    tickets: str  # table of unspent tickets, column `hash`
    waiting: str | None  # table of rows that wait sealed
    kept: str  # table of responses: id, service, span, answers

    @property
    def engine(self) -> Engine:
        """The thief's: all rights."""
        ...

    def invite(self, service: str, count: int, week: Week) -> list[str]:
        """Tickets for `count` people."""
        ...

    def answer(self, person: Person) -> None:
        """Let the person respond."""
        ...

    def count(self, through: Week, after: After) -> None:
        """Count what is due at the end of a week."""
        ...


@dataclass
class Heard:
    """The product as it is: people respond as the patient's role, the clock's role counts."""

    scratch: Scratch
    problems: list[str] = field(default_factory=list)
    tickets: str = "ticket"
    waiting: str | None = "sealed"
    kept: str = "response"

    @property
    def engine(self) -> Engine:
        return self.scratch.owner

    @cached_property
    def desk(self) -> Desk:
        return Desk(self.scratch.patient, PatientKeys.read(self.scratch.keys_dir), catalogue())

    def open(self, services: Sequence[str]) -> None:
        """An ICB with a place, a provider with a site, and services there."""
        make_lasting_keys(self.scratch.keys_dir, self.scratch.copy_dir)
        with transaction(self.scratch.clock) as session:
            directory.keep_organisations(session, _ORGANISATIONS)
            for code in services:
                directory.keep_service(session, Service(code, f"Service {code}", PATHWAY, "RTT01", "PL1"))

    def prepare(self, week: Week) -> None:
        """Make the boxes of a week and the four after it."""
        mine = self.scratch
        prepare(mine.clock, keys_dir=mine.keys_dir, catalogue=catalogue(), week=week, copy_dir=mine.copy_dir)

    def invite(self, service: str, count: int, week: Week) -> list[str]:
        """Issue tickets; boxes are prepared by it."""
        return invite(
            self.scratch.clock,
            service,
            count=count,
            keys_dir=self.scratch.keys_dir,
            catalogue=catalogue(),
            week=week,
            copy_dir=self.scratch.copy_dir,
        )

    def answer(self, person: Person) -> None:
        """By the ticket, or by a poster's form where there is none."""
        if person.ticket is not None:
            respond_invited(self.desk, person.ticket, person.response, week=person.week)
            return
        token = visiting(self.desk, person.service, week=person.week).form_token or ""
        respond_visiting(self.desk, person.service, token, person.response, week=person.week)

    def deliver(self, service: str, week: Week, responses: Sequence[Response]) -> list[bytes]:
        """Seal responses straight into a box, as if by tickets, for experiments of thousands; their ids."""
        with transaction(self.scratch.owner) as session:
            box = hatch.open_box(
                session, service=service, questionnaire=questionnaire().key, ticketed=True, week=week
            )
            if box is None:
                raise LookupError(f"no box of {week} is open for {service}")
            bodies = [seal(one.encode(), box=box.id, public_key=box.public_key) for one in responses]
            ids = [secrets.token_bytes(32) for _ in bodies]
            rows = [{"id": one, "box": box.id, "body": body} for one, body in zip(ids, bodies, strict=True)]
            session.execute(insert(SealedRow), rows)
            mine = update(ServiceRow).where(ServiceRow.code == service)
            session.execute(mine.values(issued=ServiceRow.issued + len(rows)))
        return ids

    def count(self, through: Week, after: After) -> None:
        """Tally, then destroy the keys of what was counted, as the clock does after its backup."""
        mine = self.scratch
        done = tally(
            mine.clock,
            keys_dir=mine.keys_dir,
            catalogue=catalogue(),
            through=through,
            copy_dir=mine.copy_dir,
            advance=after,
        )
        self.problems += [f"a box of the made-up town was set aside: {one}" for one in done.set_aside]
        destroy_counted(
            mine.clock, keys_dir=mine.keys_dir, copy_dir=mine.copy_dir, who="heard prove", why="made up"
        )
        destroy_ended_keys(
            mine.clock, keys_dir=mine.keys_dir, copy_dir=mine.copy_dir, who="heard prove", why="made up"
        )


_ORGANISATIONS = (
    Organisation("QTT", "Made-up ICB", "icb"),
    Organisation("PL1", "Made-up place", "place", parent="QTT"),
    Organisation("RTT", "Made-up trust", "provider"),
    Organisation("RTT01", "Made-up hospital", "site", parent="RTT"),
)
