"""A small made-up town for tests: an ICB, a provider, services with boxes, and people who answer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.folders import Entry
from survey.catalogue.published import Publication
from survey.domain.calendar import Week
from survey.domain.organisation import Organisation, Service
from survey.domain.questionnaire import Indicator, Option, Question, Questionnaire
from survey.domain.response import Response
from survey.privacy.keys import PatientKeys, make_lasting_keys
from survey.services.destroy import destroy_counted
from survey.services.invite import invite
from survey.services.prepare import prepare
from survey.services.proving.town import CODES, RATED, SCALE
from survey.services.respond import Desk, respond_invited, respond_visiting, visiting
from survey.services.subgroups import destroy_ended_keys
from survey.services.tally import Tallied, tally
from survey.storage import directory
from survey.storage.database import transaction
from tests.roles import as_role

WEEK = Week(2026, 45)
PATHWAY = "bus"
AGES = ("16-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+")
ETHNIC_GROUPS = ("asian", "black", "mixed", "white", "other")


def questionnaire(version: int = 1) -> Questionnaire:
    """Six rated questions, one comment, two about you."""
    rated = [Question(code, "single", f"How was the {code}?", "a test", options=SCALE) for code in RATED]
    about = [
        Question(code, "single", f"Your {code}?", "a test", options=_plain(options), about_you=True)
        for code, options in (("age", AGES), ("ethnic-group", ETHNIC_GROUPS))
    ]
    lead = Indicator(
        "fft-positive",
        "Positive",
        "fft",
        series="fft",
        numerator=frozenset({"very-good", "good"}),
        denominator=frozenset(CODES),
    )
    return Questionnaire(
        PATHWAY,
        version,
        title="Your bus",
        state="published",
        digest=f"{version:064x}",
        questions=(*rated, Question("comment", "text", "Why?", "a test", max_length=1000), *about),
        indicators=(lead,),
    )


def catalogue_of(**since: date) -> Catalogue:
    """A catalogue of versions by the Monday they begin on: v1=date(2020, 12, 28)."""
    entries = {}
    for name, monday in since.items():
        one = questionnaire(int(name.removeprefix("v")))
        published = Publication(one.digest, one.key, monday)
        entries[one.key] = Entry(one, Path(name), Path(), published)
    return Catalogue(entries)


def a_response(n: int = 0, *, comment: str | None = None, **about_you: str) -> Response:
    """The `n`th way of answering all rated questions; any two of 46,656 differ."""
    answers = {}
    for code in RATED:
        n, digit = divmod(n, len(CODES))
        answers[code] = CODES[digit]
    return Response(answers, {"comment": comment} if comment else {}, about_you)


@dataclass
class Town:
    """An installation in small. `engine` and `keys_dir` are its own.

    `engine` has all rights; people answer and the clock counts with those of their own role.
    """

    engine: Engine
    keys_dir: Path
    catalogue: Catalogue = field(default_factory=lambda: catalogue_of(v1=date(2020, 12, 28)))

    @property
    def clock(self) -> Engine:
        return as_role(self.engine, "clock")

    @property
    def desk(self) -> Desk:
        return Desk(as_role(self.engine, "patient"), PatientKeys.read(self.keys_dir), self.catalogue)

    def build(self, *services: str) -> Town:
        """An ICB with a place, a provider with a site, and services there."""
        make_lasting_keys(self.keys_dir)
        with transaction(self.clock) as session:
            directory.keep_organisations(
                session,
                [
                    Organisation("QTT", "Test ICB", "icb"),
                    Organisation("PL1", "Testham", "place", parent="QTT"),
                    Organisation("RTT", "Test Trust", "provider"),
                    Organisation("RTT01", "Test Hospital", "site", parent="RTT"),
                ],
            )
            for code in services:
                one = Service(code, f"Bus {code}", PATHWAY, organisation="RTT01", place="PL1")
                directory.keep_service(session, one)
        return self

    def prepare(self, week: Week = WEEK) -> int:
        """Make the boxes of a week and the four after it."""
        return prepare(self.clock, keys_dir=self.keys_dir, catalogue=self.catalogue, week=week)

    def invite(self, service: str, count: int, week: Week = WEEK) -> list[str]:
        """Issue tickets; boxes are prepared by it."""
        return invite(
            self.clock,
            service,
            count=count,
            keys_dir=self.keys_dir,
            catalogue=self.catalogue,
            week=week,
        )

    def answer(self, ticket: str, response: Response, week: Week = WEEK) -> None:
        """Respond by a ticket."""
        respond_invited(self.desk, ticket, response, week=week)

    def visit(self, service: str, response: Response, week: Week = WEEK) -> str:
        """Respond by a poster; return the form's token."""
        token = visiting(self.desk, service, week=week).form_token
        assert token is not None
        respond_visiting(self.desk, service, token, response, week=week)
        return token

    def fill(self, service: str, count: int, week: Week = WEEK, *, first: int = 0) -> list[str]:
        """Invite `count` people who all answer, the nth in the nth way; return their tickets."""
        tickets = self.invite(service, count, week)
        for n, ticket in enumerate(tickets):
            self.answer(ticket, a_response(first + n), week)
        return tickets

    def tally(self, through: Week = WEEK, **more: Any) -> Tallied:
        """Count the boxes of `through` and before; their keys go, as after a verified backup."""
        done = self.count(through, **more)
        for destroy in (destroy_counted, destroy_ended_keys):
            destroy(
                self.clock,
                keys_dir=self.keys_dir,
                copy_dir=more.get("copy_dir"),
                who="clock",
                why="a test's backup",
            )
        return done

    def count(self, through: Week = WEEK, **more: Any) -> Tallied:
        """Count the boxes of `through` and before; their keys wait for a backup."""
        return tally(self.clock, keys_dir=self.keys_dir, catalogue=self.catalogue, through=through, **more)

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """What a query finds."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql), values)]

    def do(self, sql: str, **values: Any) -> None:
        """What someone who may write the database does to it."""
        with self.engine.begin() as connection:
            connection.execute(text(sql), values)

    def number(self, table: str, where: str = "true") -> int:
        """Rows in a table."""
        return int(self.rows(f"SELECT count(*) FROM {table} WHERE {where}")[0][0])

    def stuff(self, box: str, body: bytes) -> None:
        """A sealed row that no ticket was spent for."""
        values = {"id": secrets.token_bytes(32), "box": box, "body": body}
        self.do("INSERT INTO sealed (id, box, body) VALUES (:id, :box, :body)", **values)

    @property
    def sealed(self) -> int:
        """Sealed responses that wait; the ids that a counted poster's box has left are none."""
        return self.number("sealed", "length(body) > 0")

    def box(self, service: str, week: Week = WEEK, *, ticketed: bool = True) -> str:
        """The id of a service's box."""
        found = self.rows(
            "SELECT id FROM box WHERE service = :service AND week = :week AND ticketed = :ticketed",
            service=service,
            week=str(week),
            ticketed=ticketed,
        )
        return str(found[0][0])


def _plain(codes: tuple[str, ...]) -> tuple[Option, ...]:
    return tuple(Option(code, code) for code in codes)
