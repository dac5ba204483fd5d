"""The ways in: a personal ticket, a poster's link, a tablet in a waiting room, a draft on trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from survey.domain.errors import NotFound
from survey.domain.questionnaire import Questionnaire
from survey.domain.response import Response
from survey.domain.ways import ONLINE
from survey.services import respond
from survey.services.respond import Desk, Shown


class Door(Protocol):
    """What a page needs to know of the link it was opened by."""

    @property
    def channel(self) -> str:
        """How answers come by it; never the form's own word."""

    def shown(self) -> Shown:
        """What a GET shows. Spends nothing: link scanners fetch."""

    def answered(self, token: str) -> Questionnaire:
        """The version that a POST answers; LinkEnded where the link is spent."""

    def named(self, version: str) -> Questionnaire | None:
        """The version that the form says it shows: believed only where nothing is stored by it."""

    def respond(self, token: str, response: Response) -> None:
        """Store the response, once; a replay is quietly fine."""


@dataclass(frozen=True, slots=True)
class TicketDoor:
    """/i/<ticket>"""

    desk: Desk
    ticket: str
    channel: str = ONLINE

    def shown(self) -> Shown:
        return respond.invited(self.desk, self.ticket)

    def answered(self, _token: str) -> Questionnaire:
        return respond.asked(self.desk, self.ticket)

    def named(self, version: str) -> Questionnaire | None:
        return _named(self.desk, version)

    def respond(self, _token: str, response: Response) -> None:
        respond.respond_invited(self.desk, self.ticket, response)


@dataclass(frozen=True, slots=True)
class PosterDoor:
    """/s/<service code>, and /k/<service code> for the tablet of a waiting room."""

    desk: Desk
    service_code: str
    channel: str = ONLINE

    def shown(self) -> Shown:
        return respond.visiting(self.desk, self.service_code, self.channel)

    def answered(self, token: str) -> Questionnaire:
        return respond.shown_version(self.desk, self.service_code, token, self.channel)

    def named(self, version: str) -> Questionnaire | None:
        return _named(self.desk, version)

    def respond(self, token: str, response: Response) -> None:
        respond.respond_visiting(self.desk, self.service_code, token, response)


@dataclass(frozen=True, slots=True)
class DraftDoor:
    """A questionnaire that is not live: shown, checked, thanked for, never stored."""

    questionnaire: Questionnaire
    channel: str = ONLINE

    def shown(self) -> Shown:
        return Shown("draft, not live", self.questionnaire.pathway, self.questionnaire)

    def answered(self, _token: str) -> Questionnaire:
        return self.questionnaire

    def named(self, _version: str) -> Questionnaire | None:
        return self.questionnaire

    def respond(self, _token: str, _response: Response) -> None:
        return None


def _named(desk: Desk, version: str) -> Questionnaire | None:
    try:
        return desk.catalogue.get(version)
    except NotFound:
        return None
