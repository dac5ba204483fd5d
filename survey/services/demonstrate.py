"""Demonstrate: a made-up ICB of two providers and six services, 104 weeks of it, and its reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Span, Week
from survey.domain.errors import Refused
from survey.domain.organisation import Organisation, Service
from survey.domain.progress import Advance, silent
from survey.privacy.keys import PatientKeys
from survey.services import respond, simulate
from survey.services.assess import assess
from survey.services.count import count
from survey.services.invite import invite
from survey.services.prepare import prepare
from survey.services.rule import rule
from survey.services.simulate import Level
from survey.services.tally import tally
from survey.storage import boxes, directory, subscriptions
from survey.storage.database import transaction

SEED = 20261122
WEEKS = 104
TRUE_ROAD = 2  # of the weeks, the last: tickets, sealed, tallied
ICB = "QZZ"
OPEN_SERVICE = "WARD7"  # the one whose box the newcomer's own ticket goes into
NEIGHBOURS = 27  # simulated, in a newcomer's box
ADDRESS = "quality.team@riverside.example"
MENDING = 48  # weeks ago somebody accepted that the late pick-ups were the level until they are mended

ORGANISATIONS = (
    Organisation(ICB, "NHS Riverside Integrated Care Board", "icb"),
    Organisation("QZZN", "Northside", "place", ICB),
    Organisation("QZZS", "Southside", "place", ICB),
    Organisation("RZ1", "Riverside Hospitals NHS Trust", "provider"),
    Organisation("RZ101", "St Anne's Hospital", "site", "RZ1"),
    Organisation("RZ102", "Southside General Hospital", "site", "RZ1"),
    Organisation("RZ2", "Riverside Ambulance Service NHS Trust", "provider"),
)


@dataclass(frozen=True)
class Story:
    """What happens at one service: its level in each of the weeks, counted back from the last."""

    service: Service
    level: Callable[[int], Level]  # weeks before the last one, 0 … WEEKS − 1


def _steady(volume: float, share: float) -> Callable[[int], Level]:
    return lambda _ago: Level(volume, share)


def _drop(ago: int) -> Level:
    # Nine weeks ago the discharge lounge closed: waiting and information fell most.
    if ago < 9:
        return Level(52, 0.77, {"waiting": 0.55, "information": 0.68})
    return Level(52, 0.9, {"waiting": 0.78, "information": 0.86})


def _recovery(ago: int) -> Level:
    # A contract changed over a year ago; pick-ups were late until it was mended.
    if 30 <= ago < 62:
        return Level(34, 0.74, {"waiting": 0.5})
    return Level(34, 0.88, {"waiting": 0.8})


STORIES = (
    Story(Service(OPEN_SERVICE, "Ward 7, St Anne's", "inpatient", "RZ101", "QZZN"), _steady(60, 0.91)),
    Story(Service("SGWARDS", "Medical wards, Southside General", "inpatient", "RZ102", "QZZS"), _drop),
    Story(Service("PTNORTH", "Patient transport, Northside", "patient-transport", "RZ2", "QZZN"), _recovery),
    Story(
        Service("PTSOUTH", "Patient transport, Southside", "patient-transport", "RZ2", "QZZS"),
        _steady(12, 0.87),
    ),
    Story(Service("NHS111", "NHS 111 telephone line", "nhs-111", "RZ2", ICB), _steady(75, 0.83)),
    Story(
        Service("AMBSEE", "Ambulance crews", "ambulance-see-and-convey", "RZ2", ICB),
        _steady(26, 0.94),
    ),
)


@dataclass(frozen=True)
class House:
    """The installation that a demonstration works in."""

    engine: Engine
    keys_dir: Path
    catalogue: Catalogue


@dataclass(frozen=True)
class Shown:
    """What the demonstration made: how much, and a ticket that is still unspent."""

    responses: int
    sealed: int
    waiting: int  # of those: too few in their box yet
    ticket: str


def demonstrate(house: House, *, week: Week, advance: Advance = silent) -> Shown:
    """Fill an empty installation with `WEEKS` weeks that end before `week`; leave `week` open."""
    with transaction(house.engine) as session:
        directory.keep_organisations(session, ORGANISATIONS)
        for story in STORIES:
            directory.keep_service(session, story.service)
        subscriptions.subscribe(session, ADDRESS, ICB)
    rng = np.random.default_rng(SEED)
    responses = sum(_past(house, story, rng, week=week, advance=advance) for story in STORIES)
    sealed = waiting = 0
    for ago in reversed(range(TRUE_ROAD)):
        for story in STORIES:
            sealed += _travel(house, story, rng, week=week + (-1 - ago), ago=ago)
            advance(1)
        waiting = tally(
            house.engine, keys_dir=house.keys_dir, catalogue=house.catalogue, through=week + (-1 - ago)
        ).waiting
    _accept(house, week + (-1 - MENDING))
    ticket = invite(
        house.engine,
        OPEN_SERVICE,
        count=1,
        keys_dir=house.keys_dir,
        catalogue=house.catalogue,
        week=week,
    )[0]
    return Shown(responses + sealed, sealed, waiting, ticket)


def _accept(house: House, week: Week) -> None:
    # So that this week's e-mail tells of the recovery alone, and not of a fall that everybody knows.
    for found in assess(house.engine, house.catalogue, week).findings:
        if (found.pathway, found.direction) == ("patient-transport", "concern"):
            rule(
                house.engine,
                found.id,
                "accept",
                who="quality.lead",
                reason="pick-ups are late under the new contract; it is being mended",
            )


@dataclass(frozen=True)
class Joined:
    """A newcomer's own box: its week, what lay in it sealed before, and what was counted with it."""

    week: Week
    waiting: int
    counted: int


def finish(house: House, *, week: Week) -> Joined:
    """Let simulated neighbours join whoever answered at the open service, and count their boxes at once.

    Later responses go into the next week's boxes, so that one can try again. Refused while nobody answered.
    """
    with transaction(house.engine, reading=True) as session:
        waiting = boxes.waiting_in(session, OPEN_SERVICE, first=week)
    if not waiting:
        raise Refused("nothing has arrived yet: open the link, answer, press Send, then run this again")
    story = next(one for one in STORIES if one.service.code == OPEN_SERVICE)
    rng = np.random.default_rng()  # not seeded: each newcomer has other neighbours
    last = week
    for box, _ in waiting:
        _travel(house, story, rng, week=box.week, ago=0, number=NEIGHBOURS, poster=not box.ticketed)
        last = max(last, box.week)
    tallied = tally(house.engine, keys_dir=house.keys_dir, catalogue=house.catalogue, through=last)
    return Joined(last, sum(number for _, number in waiting), tallied.responses)


def _past(house: House, story: Story, rng: np.random.Generator, *, week: Week, advance: Advance) -> int:
    total = 0
    with transaction(house.engine) as session:
        for ago in reversed(range(TRUE_ROAD, WEEKS)):
            past = week + (-1 - ago)
            questionnaire = house.catalogue.current(story.service.pathway, past)
            made = simulate.responses(questionnaire, story.level(ago), rng)
            count(session, made, service=story.service, questionnaire=questionnaire, span=Span.of(past))
            total += len(made)
            advance(1)
    return total


def _travel(
    house: House,
    story: Story,
    rng: np.random.Generator,
    *,
    week: Week,
    ago: int,
    number: int | None = None,
    poster: bool = False,
) -> int:
    # The true road: a ticket or a poster form each, sealed into its week’s box, counted with the others.
    code, keys_dir, catalogue = story.service.code, house.keys_dir, house.catalogue
    prepare(house.engine, keys_dir=keys_dir, catalogue=catalogue, week=week)
    questionnaire = catalogue.current(story.service.pathway, week)
    made = simulate.responses(questionnaire, story.level(ago), rng, number=number)
    desk = respond.Desk(house.engine, PatientKeys.read(keys_dir), catalogue)
    if poster:
        for response in made:
            token = respond.visiting(desk, code, week=week).form_token or ""
            respond.respond_visiting(desk, code, token, response, week=week)
        return len(made)
    issued = invite(house.engine, code, count=len(made), keys_dir=keys_dir, catalogue=catalogue, week=week)
    for ticket, response in zip(issued, made, strict=True):
        respond.respond_invited(desk, ticket, response, week=week)
    return len(made)
