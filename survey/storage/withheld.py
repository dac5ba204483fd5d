"""Withheld: how many responses of a service were destroyed unread, and of which weeks. Never silent."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.calendar import Span
from survey.storage.database import insert_into
from survey.storage.tables import WithheldRow


def add(session: Session, *, service: str, span: Span, n: int) -> None:
    """Add `n` responses of a service and span to those withheld."""
    row = insert_into(session, WithheldRow).values(service=service, span=str(span), n=n)
    keys = [WithheldRow.service, WithheldRow.span]
    together = WithheldRow.__table__.c.n + row.excluded.n
    session.execute(row.on_conflict_do_update(index_elements=keys, set_={"n": together}))


def of_services(session: Session, codes: Collection[str]) -> dict[str, list[tuple[Span, int]]]:
    """What was withheld of each of `codes`, by span; one of which nothing was is not there."""
    wanted = select(WithheldRow).where(WithheldRow.service.in_(list(codes)))
    found: dict[str, list[tuple[Span, int]]] = {}
    for row in session.scalars(wanted.order_by(WithheldRow.service, WithheldRow.span)):
        found.setdefault(row.service, []).append((Span.parse(row.span), row.n))
    return found
