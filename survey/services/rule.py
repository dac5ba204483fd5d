"""Rule: what a person decides about a finding, with a reason, in the audit chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.domain.calendar import Week, today
from survey.domain.errors import BadInput, NotFound, Refused
from survey.domain.findings import Assessment, Choice, Finding, Ruling
from survey.storage import audit, findings
from survey.storage.database import transaction

ACT = {"accept": "finding accepted", "dismiss": "finding dismissed"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A finding, and what was decided about it since."""

    finding: Finding
    ruling: Ruling | None


def listed(session: Session, *, week: Week | None = None) -> tuple[Assessment, list[Listed]]:
    """The newest assessment, or that of `week`, and its findings with what was decided about them.

    NotFound where the week was not assessed.
    """
    wanted = week or next(iter(findings.weeks(session)), None)
    assessment = None if wanted is None else findings.of_week(session, wanted)
    if assessment is None:
        raise NotFound(f"{wanted or 'no week'} has not been assessed yet: run `heard assess` first")
    return assessment, [Listed(one, findings.ruling_of(session, one.id)) for one in assessment.findings]


def find(session: Session, code: str) -> Listed:
    """The finding `code` as it was last assessed; NotFound where no assessment has it."""
    wanted = code.strip().upper()
    for one in _newest_first(session):
        if one.id == wanted:
            return Listed(one, findings.ruling_of(session, one.id))
    raise NotFound(f"there is no finding {code!r}; `heard finding list` shows them")


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
