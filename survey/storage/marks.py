"""Vertical marks on a service's charts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.calendar import Week
from survey.domain.findings import Mark
from survey.storage.tables import MarkRow, ResponseRow


def add(session: Session, *, service: str, mark: Mark, batch: str | None = None) -> None:
    """Set a mark; one that is there already stays as it is."""
    key = (service, str(mark.week), mark.label)
    if session.get(MarkRow, key) is None:
        session.add(MarkRow(service=service, week=str(mark.week), label=mark.label, batch=batch))
        session.flush()


def of_services(session: Session, codes: Iterable[str]) -> dict[str, list[Mark]]:
    """The marks of each service, by week."""
    wanted = select(MarkRow).where(MarkRow.service.in_(list(codes))).order_by(MarkRow.week, MarkRow.label)
    found: dict[str, list[Mark]] = defaultdict(list)
    for row in session.scalars(wanted):
        found[row.service].append(Mark(Week.parse(row.week), row.label))
    return dict(found)


def remove_batch(session: Session, batch: str) -> int:
    """Take a batch's marks away; one whose week holds another import's responses goes over to that."""
    removed = 0
    for row in session.scalars(select(MarkRow).where(MarkRow.batch == batch)).all():
        heir = session.scalar(
            select(ResponseRow.batch)
            .where(ResponseRow.service == row.service, ResponseRow.span == row.week)
            .where(ResponseRow.batch.is_not(None), ResponseRow.batch != batch)
            .limit(1)
        )
        if heir is None:
            session.delete(row)
            removed += 1
        else:
            row.batch = heir
    session.flush()
    return removed
