"""Unspent tickets, by their hashes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from survey.domain.calendar import Week
from survey.domain.progress import Advance, silent
from survey.storage.tables import ServiceRow, TicketRow

AT_ONCE = 5_000  # rows in one statement, a quarter of a second


def issue(
    session: Session,
    *,
    service: str,
    questionnaire: str,
    cohort: Week,
    hashes: Sequence[bytes],
    advance: Advance = silent,
) -> None:
    """Write tickets' hashes in the order of the hashes, and count them as issued."""
    rows = [
        {"hash": one, "service": service, "questionnaire": questionnaire, "cohort": str(cohort)}
        for one in sorted(hashes)  # not in the order of the sender's list
    ]
    if rows:
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            session.execute(insert(TicketRow), some)
            advance(len(some))
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
