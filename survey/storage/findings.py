"""Findings as they were stored by assess, week by week, and what people decided about them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.domain.calendar import Span, Week
from survey.domain.findings import Apart, Assessment, Finding, Gap
from survey.domain.rulings import Ruling
from survey.storage.tables import AssessmentRow, FindingRow, RulingRow


def keep(session: Session, assessment: Assessment) -> None:
    """Write a week's assessment in place of what it had: assessing twice says the same once."""
    week = str(assessment.week)
    session.execute(delete(FindingRow).where(FindingRow.week == week))
    session.merge(AssessmentRow(week=week, watched=assessment.watched))
    session.flush()
    for kind, found in (
        ("change", assessment.findings),
        ("apart", assessment.apart),
        ("gap", assessment.gaps),
    ):
        session.add_all(_row(kind, one) for one in found)


def of_week(session: Session, week: Week) -> Assessment | None:
    """What assess said of `week`; None where nobody has looked at it."""
    head = session.get(AssessmentRow, str(week))
    if head is None:
        return None
    table = FindingRow
    wanted = select(table).where(table.week == str(week))
    order = (table.node, table.icb, table.pathway, table.indicator, table.group)
    rows = session.scalars(wanted.order_by(*order)).all()
    return Assessment(
        week=week,
        watched=head.watched,
        findings=tuple(_finding(row) for row in rows if row.kind == "change"),
        apart=tuple(_apart(row) for row in rows if row.kind == "apart"),
        gaps=tuple(_gap(row) for row in rows if row.kind == "gap"),
    )


def weeks(session: Session) -> list[Week]:
    """The weeks that were assessed, the newest first."""
    return [
        Week.parse(week)
        for week in session.scalars(select(AssessmentRow.week).order_by(AssessmentRow.week.desc()))
    ]


def rulings(session: Session) -> list[Ruling]:
    """All that people decided, by week and finding."""
    rows = session.scalars(select(RulingRow).order_by(RulingRow.week, RulingRow.finding))
    return [_ruling(row) for row in rows]


def ruling_of(session: Session, finding: str) -> Ruling | None:
    """What was decided about a finding."""
    row = session.get(RulingRow, finding)
    return None if row is None else _ruling(row)


def rule(session: Session, ruling: Ruling) -> None:
    """Write what a person decided; a finding that has a ruling is the caller's to refuse."""
    session.add(
        RulingRow(
            finding=ruling.finding,
            node=ruling.node,
            icb=ruling.icb,
            pathway=ruling.pathway,
            indicator=ruling.indicator,
            choice=ruling.choice,
            since=str(ruling.since),
            week=str(ruling.week),
            who=ruling.who,
            day=ruling.day,
            reason=ruling.reason,
        )
    )
    session.flush()


def _row(kind: str, one: Finding | Apart | Gap) -> FindingRow:
    return FindingRow(
        week=str(one.week),
        kind=kind,
        node=one.icb if isinstance(one, Gap) else one.node,
        icb=one.icb,
        pathway=one.pathway,
        indicator=one.indicator,
        group=one.group if isinstance(one, Gap) else "",
        body=one.as_dict(),
    )


def _finding(row: FindingRow) -> Finding:
    body: dict[str, Any] = dict(row.body)
    since, told = Week.parse(body.pop("since")), Week.parse(body.pop("told"))
    return Finding(**_key(row), node=row.node, since=since, told=told, **body)


def _apart(row: FindingRow) -> Apart:
    return Apart(**_key(row), node=row.node, **{**row.body, "span": Span.parse(row.body["span"])})


def _gap(row: FindingRow) -> Gap:
    return Gap(**_key(row), group=row.group, **row.body)


def _key(row: FindingRow) -> dict[str, Any]:
    return {
        "week": Week.parse(row.week),
        "icb": row.icb,
        "pathway": row.pathway,
        "indicator": row.indicator,
    }


def _ruling(row: RulingRow) -> Ruling:
    return Ruling(
        finding=row.finding,
        node=row.node,
        icb=row.icb,
        pathway=row.pathway,
        indicator=row.indicator,
        choice=row.choice,  # type: ignore[arg-type]
        since=Week.parse(row.since),
        week=Week.parse(row.week),
        who=row.who,
        day=row.day,
        reason=row.reason,
    )
