"""Unspent tickets, by their hashes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from survey.domain.calendar import Week
from survey.storage.tables import ServiceRow, TicketRow


def issue(
    session: Session, *, service: str, questionnaire: str, cohort: Week, hashes: Sequence[bytes]
) -> None:
    """Write tickets' hashes in the order of the hashes, and count them as issued."""
    rows = [
        {"hash": one, "service": service, "questionnaire": questionnaire, "cohort": str(cohort)}
        for one in sorted(hashes)  # not in the order of the sender's list
    ]
    if rows:
        session.execute(insert(TicketRow), rows)
        mine = update(ServiceRow).where(ServiceRow.code == service)
        session.execute(mine.values(issued=ServiceRow.issued + len(rows)))


def unspent(session: Session, service: str) -> int:
    """How many of a service's tickets are still unspent."""
    wanted = select(func.count()).select_from(TicketRow).where(TicketRow.service == service)
    return session.scalar(wanted) or 0


def versions(session: Session, service: str) -> set[str]:
    """Questionnaire versions that a service's unspent tickets were issued for."""
    return set(
        session.scalars(select(TicketRow.questionnaire).where(TicketRow.service == service).distinct())
    )
