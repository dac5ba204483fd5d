"""A region for tests: two ICBs, three places, two providers, services of each; and what it was sent."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from survey.domain.calendar import Week
from survey.domain.organisation import Organisation, Service
from survey.domain.response import Response
from survey.storage import directory
from survey.storage.database import transaction
from survey.storage.tables import ResponseRow
from tests.town import PATHWAY, Town, a_response

ORGANISATIONS = (
    Organisation("PL2", "Southwick", "place", parent="QTT"),
    Organisation("QUU", "Other ICB", "icb"),
    Organisation("PU1", "Otherham", "place", parent="QUU"),
    Organisation("RUU", "Other Trust", "provider"),
)
SERVICES = {  # code: provider or site, place
    "BUS1": ("RTT01", "PL1"),
    "BUS2": ("RTT", "PL2"),
    "BUS3": ("RUU", "PL1"),
    "BUS4": ("RUU", "PU1"),
}
Sent = Counter[tuple[tuple[str, str], ...]]


class Visit(NamedTuple):
    """So many people of a service who answer in a week, by ticket or poster."""

    service: str
    week: Week
    n: int
    ticketed: bool = True


def region(town: Town) -> Town:
    """`town` with all of SERVICES."""
    town.build("BUS1")
    with transaction(town.clock) as session:
        directory.keep_organisations(session, ORGANISATIONS)
        for code, (organisation, place) in SERVICES.items():
            directory.keep_service(session, Service(code, f"Bus {code}", PATHWAY, organisation, place))
    return town


def answered(response: Response) -> tuple[tuple[str, str], ...]:
    """Its rated answers, to be counted."""
    return tuple(sorted(response.answers.items()))


def send(town: Town, visit: Visit, *, first: int, comment: str | None = None) -> Sent:
    """Let them answer, the nth in the (first + n)th way."""
    made = [a_response(first + n, comment=comment) for n in range(visit.n)]
    if visit.ticketed:
        for ticket, response in zip(town.invite(visit.service, visit.n, visit.week), made, strict=True):
            town.answer(ticket, response, visit.week)
    else:
        town.prepare(visit.week)
        for response in made:
            town.visit(visit.service, response, visit.week)
    return Counter(map(answered, made))


def kept(town: Town) -> Sent:
    """The rated answers of every response that was counted."""
    with transaction(town.engine, reading=True) as session:
        return Counter(tuple(sorted(row.answers.items())) for row in session.query(ResponseRow))


def withheld(town: Town) -> int:
    """How many are said to have been withheld."""
    return int(town.rows("SELECT coalesce(sum(n), 0) FROM withheld")[0][0])
