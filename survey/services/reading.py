"""Reading: what one reader of a node's results is told of a week, in an e-mail or a pack."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Week
from survey.domain.findings import Apart, Course, Finding, Gap
from survey.domain.organisation import Node, Service
from survey.domain.uncounted import Uncounted
from survey.services.compare import newest_quarter
from survey.services.courses import courses, courses_of
from survey.services.nodes import nodes
from survey.services.series import series_of
from survey.services.uncounted import reported, uncounted
from survey.services.watch import enough, is_watched, unexplained
from survey.storage import directory, findings


@dataclass(frozen=True, slots=True)
class Reading:
    """A week of the services of one node, with what is strong enough to be told to one reader of them all."""

    courses: Sequence[Course]  # of the services
    wider: Sequence[Course]  # of organisations that findings are about
    findings: Sequence[Finding]
    before: Sequence[Finding]  # the week before
    apart: Sequence[Apart]
    gaps: Sequence[Gap]
    compared_anew: (
        bool  # a quarter has ended: services apart and gaps are those of another one than last week
    )
    watched: int  # series that were looked at for this reader
    silent: Sequence[str]  # names of services without a single course
    uncounted: Sequence[Uncounted]


def reading(session: Session, catalogue: Catalogue, week: Week, *, node: str | None = None) -> Reading:
    """What a reader of `node`, of everything without one, is told of a week that has been assessed.

    NotFound for an unknown node.
    """
    known = directory.services(session, node)
    services = reported(known)
    mine = _within(nodes(session), known)
    watched = sum(is_watched(one) for one in series_of(session, catalogue, mine, week))
    drawn = courses(session, catalogue, services, week)
    found = _told(session, week, mine, watched)
    keys = {one.key for one in found}
    now = findings.of_week(session, week)
    heard = {course.node for course in drawn}
    areas = {(one.icb, one.pathway) for one in mine}
    return Reading(
        courses=drawn,
        wider=[one for one in courses_of(session, catalogue, keys, week) if one.level != "service"],
        findings=found,
        before=_told(session, week + -1, mine, watched),
        apart=[one for one in now.apart if one.node in heard] if now else [],
        gaps=[one for one in now.gaps if (one.icb, one.pathway) in areas] if now else [],
        compared_anew=now is not None and newest_quarter(week) != newest_quarter(week + -1),
        watched=watched,
        silent=[one.name for one in services if one.code not in heard],
        uncounted=uncounted(session, known, week),
    )


def _within(every: Iterable[Node], services: Collection[Service]) -> list[Node]:
    codes = {one.code for one in services}
    return [one for one in every if codes.issuperset(one.services)]


def _told(session: Session, week: Week, mine: Sequence[Node], watched: int) -> list[Finding]:
    """Findings that are strong enough among so many; an organisation's only where no node below tells it."""
    assessment = findings.of_week(session, week)
    keys = {(node.code, node.icb, node.pathway) for node in mine}
    strong = [
        one
        for one in (assessment.findings if assessment else ())
        if one.key[:3] in keys and enough(one, watched=watched) and not one.faded
    ]
    return unexplained(strong, mine)
