"""How often two entries of one paper form differed: numbers a question, never an entry."""

from __future__ import annotations

from sqlalchemy import Integer, cast, func, literal, select
from sqlalchemy.orm import Session

from survey.domain.calendar import Week
from survey.storage.database import insert_into
from survey.storage.tables import KeyedCheckRow, ServiceRow


def note(session: Session, service: str, week: Week, question: str, *, differs: bool) -> None:
    """Count one question of a form that was keyed twice."""
    if session.get_bind().dialect.name == "postgresql":  # whoever keys may read no table
        session.execute(select(func.note_keyed(service, str(week), question, differs)))
        return
    mine = KeyedCheckRow
    row = insert_into(session, mine).values(
        service=service, week=str(week), question=question, checked=1, differing=int(differs)
    )
    more = {"checked": mine.checked + 1, "differing": mine.differing + cast(literal(differs), Integer)}
    session.execute(row.on_conflict_do_update(index_elements=["service", "week", "question"], set_=more))


def totals(session: Session, service: str | None = None) -> list[tuple[str, str, int, int]]:
    """(pathway, question, checked, differing) over all weeks, of one service or of all, in order."""
    row = KeyedCheckRow
    wanted = (
        select(ServiceRow.pathway, row.question, func.sum(row.checked), func.sum(row.differing))
        .join(ServiceRow, ServiceRow.code == row.service)
        .group_by(ServiceRow.pathway, row.question)
        .order_by(ServiceRow.pathway, row.question)
    )
    if service is not None:
        wanted = wanted.where(row.service == service)
    return [(pathway, question, int(n), int(k)) for pathway, question, n, k in session.execute(wanted)]
