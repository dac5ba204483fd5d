"""Rule: what a person decides about a finding, with a reason, in the audit chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Week, today
from survey.domain.errors import BadInput, NotFound, Refused
from survey.domain.findings import Assessment, Course, Finding
from survey.domain.organisation import Node
from survey.domain.rulings import Choice, Ruling
from survey.services.courses import courses_of
from survey.services.nodes import nodes
from survey.services.watch import unexplained
from survey.storage import audit, directory, findings
from survey.storage.database import transaction

ACT = {"accept": "finding accepted", "dismiss": "finding dismissed"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A finding, and what was decided about it since."""

    finding: Finding
    ruling: Ruling | None
    explained: bool = False  # a node within its own tells of it too

    @property
    def open(self) -> bool:
        """Whether it waits for somebody to look at it."""
        return self.ruling is None and not self.finding.faded and not self.explained


@dataclass(frozen=True, slots=True)
class Overview:
    """A week’s assessment, each finding with its course; open ones first, concerns before improvements."""

    assessment: Assessment
    findings: tuple[tuple[Listed, Course], ...]
    courses: tuple[Course, ...]  # of the services that stand apart, and of the indicators that gaps are of


def overview(
    engine: Engine, catalogue: Catalogue, *, week: Week | None = None, node: str | None = None
) -> Overview:
    """What was found of `week`, else of the newest that was assessed, at or under `node`, else everywhere.

    NotFound for a week that was not assessed, and for an unknown node.
    """
    with transaction(engine, reading=True) as session:
        codes = {one.code for one in directory.services(session, node)}
        mine = [one for one in nodes(session) if codes.issuperset(one.services)]
        wanted = week or next(iter(findings.weeks(session)), None)
        found = None if wanted is None else findings.of_week(session, wanted)
        if found is None:
            said = f"{wanted} has not been assessed yet" if wanted else "no week has been assessed yet"
            raise NotFound(f"{said}: run `heard assess`")
        found = _of_nodes(found, mine)
        keys = {one.key for one in found.findings} | {one.key for one in found.apart}
        each = courses_of(session, catalogue, keys, found.week)
        drawn = {course.key: course for course in each if course.latest is not None}
        told = {one.id for one in unexplained(found.findings, mine)}
        listed = [
            Listed(one, findings.ruling_of(session, one.id), explained=one.id not in told)
            for one in found.findings
        ]
        asked = _of_gaps(session, catalogue, found)
    pairs = [(one, drawn[one.finding.key]) for one in listed if one.finding.key in drawn]
    return Overview(
        assessment=found,
        findings=tuple(
            sorted(pairs, key=lambda pair: (not pair[0].open, pair[0].finding.direction != "concern"))
        ),
        courses=(*(drawn[one.key] for one in found.apart if one.key in drawn), *asked),
    )


def _of_nodes(found: Assessment, mine: Iterable[Node]) -> Assessment:
    keys = {(one.code, one.icb, one.pathway) for one in mine}
    areas = {key[1:] for key in keys}
    return replace(
        found,
        findings=tuple(one for one in found.findings if one.key[:3] in keys),
        apart=tuple(one for one in found.apart if one.key[:3] in keys),
        gaps=tuple(one for one in found.gaps if (one.icb, one.pathway) in areas),
    )


def _of_gaps(session: Session, catalogue: Catalogue, found: Assessment) -> list[Course]:
    # A gap is of an ICB's pathway; any course of its indicator there knows what the indicator is called.
    wanted = {(one.icb, one.pathway, one.indicator) for one in found.gaps}
    keys = {
        (node.code, node.icb, node.pathway, indicator)
        for node in nodes(session)
        for icb, pathway, indicator in wanted
        if (node.icb, node.pathway, node.level) == (icb, pathway, "service")
    }
    return courses_of(session, catalogue, keys, found.week) if keys else []


def find(session: Session, code: str) -> Listed:
    """The finding `code` as it was last assessed; NotFound where no assessment has it."""
    wanted = code.strip().upper()
    for one in _newest_first(session):
        if one.id == wanted:
            return Listed(one, findings.ruling_of(session, one.id))
    raise NotFound(f"there is no finding {code!r}; `heard finding list` shows them")


def shown(engine: Engine, catalogue: Catalogue, code: str) -> tuple[Listed, Course]:
    """A finding as it was last assessed, with its course then; NotFound where no assessment has it."""
    with transaction(engine, reading=True) as session:
        found = find(session, code)
        drawn = courses_of(session, catalogue, {found.finding.key}, found.finding.week)
    if not drawn or drawn[0].latest is None:
        raise NotFound(f"nothing is counted any more of {found.finding.node}: {code} cannot be shown")
    return found, drawn[0]


def rule(engine: Engine, code: str, choice: Choice, *, who: str, reason: str) -> Ruling:
    """Accept a finding (its new level becomes the baseline) or dismiss it (the watch begins anew).

    Either holds from the next assessed week on. BadInput without a reason; Refused where it was decided
    before; NotFound for an unknown finding.
    """
    if not reason.strip():
        raise BadInput("a decision needs a reason: say in --reason why; name no patient")
    with transaction(engine) as session:
        found = find(session, code)
        if found.ruling is not None:
            past = {"accept": "accepted", "dismiss": "dismissed"}[found.ruling.choice]
            raise Refused(
                f"{found.finding.id} was {past} by {found.ruling.who} on {found.ruling.day}: "
                f"{found.ruling.reason}"
            )
        ruling = _ruling(found.finding, choice, who=who, reason=reason.strip())
        findings.rule(session, ruling)
        about = {
            "finding": ruling.finding,
            "node": ruling.node,
            "icb": ruling.icb,
            "pathway": ruling.pathway,
            "indicator": ruling.indicator,
            "since": str(ruling.since),
            "week": str(ruling.week),
            "reason": ruling.reason,
        }
        audit.append(session, day=ruling.day, who=who, act=ACT[choice], about=about)
    return ruling


def _ruling(finding: Finding, choice: Choice, *, who: str, reason: str) -> Ruling:
    return Ruling(
        finding=finding.id,
        node=finding.node,
        icb=finding.icb,
        pathway=finding.pathway,
        indicator=finding.indicator,
        choice=choice,
        since=finding.since,
        week=finding.week,
        who=who,
        day=today(),
        reason=reason,
    )


def _newest_first(session: Session) -> Iterator[Finding]:
    for week in findings.weeks(session):
        assessment = findings.of_week(session, week)
        yield from assessment.findings if assessment else ()
