"""Reading: what one reader of a node's results is told of a week, by the figures that have left the house."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Week
from survey.domain.findings import Apart, Finding, Gap
from survey.domain.organisation import Node, Service
from survey.domain.reading import Reading
from survey.domain.released import Form, Released
from survey.services.compare import apart, newest_quarter
from survey.services.courses import courses, courses_of
from survey.services.door import let_out
from survey.services.in_public import restated, rounded_gap
from survey.services.nodes import nodes
from survey.services.scales import shifts
from survey.services.series import series_of
from survey.services.uncounted import reported, uncounted
from survey.services.watch import enough, is_watched, unexplained
from survey.storage import directory, findings


def reading(
    session: Session, catalogue: Catalogue, week: Week, *, node: str | None = None, form: Form = "staff"
) -> Released[Reading]:
    """What a reader of `node`, of everything without one, is told of a week that has been assessed.

    In the public form every figure and size is of rounded counts; a change of which too few public answers
    have come in since is not told yet. NotFound for an unknown node.
    """
    known = directory.services(session, node)
    services = reported(known)
    mine = _within(nodes(session), known)
    watched = sum(is_watched(one) for one in series_of(session, catalogue, mine, week))
    drawn = courses(session, catalogue, services, week, form=form)
    found, before = _told(session, week, mine, watched), _told(session, week + -1, mine, watched)
    wider = courses_of(session, catalogue, {one.key for one in found}, week, form=form)
    wider = [one for one in wider if one.level != "service"]
    by_key = {one.key: one for one in (*wider, *drawn) if one.latest is not None}
    found = [one for one in found if one.key in by_key]  # its answers may have been taken back since
    if form == "public":
        found = [one for finding in found if (one := restated(finding, by_key[finding.key]))]
    told_of = {course.node for course in drawn if course.latest is not None}
    told = Reading(
        courses=drawn,
        wider=wider,
        findings=found,
        before=before,
        apart=[one for one in _apart(session, catalogue, week, mine=mine, form=form) if one.node in told_of],
        gaps=_gaps(session, week, mine, form),
        compared_anew=_is_assessed(session, week) and newest_quarter(week) != newest_quarter(week + -1),
        watched=watched,
        silent=[one.name for one in services if one.code not in told_of],
        uncounted=uncounted(session, known, week),
        shifts=shifts(session, catalogue, found, through=week).what if form == "staff" else {},
    )
    return let_out(session, told, (*drawn, *wider), through=week, form=form)


def _is_assessed(session: Session, week: Week) -> bool:
    return findings.of_week(session, week) is not None


def _apart(
    session: Session, catalogue: Catalogue, week: Week, *, mine: Sequence[Node], form: Form
) -> Sequence[Apart]:
    """As assessed; in the public form again, by public figures of all services of the pathways."""
    assessment = findings.of_week(session, week)
    if form == "staff" or assessment is None:
        return assessment.apart if assessment else ()
    pathways = {one.pathway for one in mine}
    every = [one for one in nodes(session) if one.level == "service" and one.pathway in pathways]
    return apart(series_of(session, catalogue, every, week, form="public"), week)


def _gaps(session: Session, week: Week, mine: Sequence[Node], form: Form) -> list[Gap]:
    areas = {(one.icb, one.pathway) for one in mine}
    assessment = findings.of_week(session, week)
    found = [one for one in assessment.gaps if (one.icb, one.pathway) in areas] if assessment else []
    return [rounded_gap(one) for one in found] if form == "public" else found


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
