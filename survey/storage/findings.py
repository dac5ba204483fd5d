"""Findings as they were stored by assess, week by week."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.domain.calendar import Week
from survey.domain.findings import Finding
from survey.storage.tables import FindingRow


def keep(session: Session, week: Week, found: Iterable[Finding]) -> None:
    """Write a week's findings in place of what it had: assessing twice says the same once."""
    session.execute(delete(FindingRow).where(FindingRow.week == str(week)))
    session.add_all(
        FindingRow(week=str(week), service=one.service, indicator=one.indicator, body=dict(one.as_dict()))
        for one in found
    )


def of_week(session: Session, week: Week) -> list[Finding]:
    """What assess said in `week`, by service and indicator."""
    wanted = select(FindingRow).where(FindingRow.week == str(week))
    rows = session.scalars(wanted.order_by(FindingRow.service, FindingRow.indicator))
    return [_finding(row) for row in rows]


def _finding(row: FindingRow) -> Finding:
    body = dict(row.body)
    since = Week.parse(body.pop("since"))
    return Finding(
        week=Week.parse(row.week), service=row.service, indicator=row.indicator, since=since, **body
    )
