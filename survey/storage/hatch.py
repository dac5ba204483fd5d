"""All that the patient's process may see and do: a ticket it holds, services, open boxes, and `put`.

On PostgreSQL these are views and definer functions, for its role can read no table; on SQLite the same
questions asked of the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import LargeBinary, String, cast, delete, func, literal, null, select
from sqlalchemy.orm import Session

from survey.domain.calendar import Week
from survey.storage.database import insert_into
from survey.storage.tables import BoxRow, SealedRow, TicketRow
from survey.storage.views import OPEN_BOX, PATIENT_SERVICE

Put = Literal["stored", "unknown", "closed"]
LONGEST_BODY = 8192  # bytes, as PostgreSQL's `put` asks too; `seal` makes one length, well under it
ID = 32  # bytes of a sealed row's id, as PostgreSQL's `put` asks too


@dataclass(frozen=True, slots=True)
class Waiting:
    """A box without its key: whose it is. A tally holds one of each that waits, hundreds of them."""

    id: str
    service: str
    questionnaire: str
    ticketed: bool
    week: Week


@dataclass(frozen=True, slots=True)
class Box(Waiting):
    """A box as the patient's process sees it: whose it is and how to seal for it."""

    public_key: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Sign:
    """What stands over a service's door."""

    name: str
    pathway: str
    provider: str
    closed: bool


def asked_for(session: Session, ticket: bytes) -> tuple[str, str] | None:
    """(service, questionnaire version) that an unspent ticket asks for, by its hash."""
    if _postgresql(session):
        found = func.ticket_of(literal(ticket, LargeBinary)).table_valued("service", "questionnaire")
        row = session.execute(select(found.c.service, found.c.questionnaire)).first()
    else:
        wanted = select(TicketRow.service, TicketRow.questionnaire).where(TicketRow.hash == ticket)
        row = session.execute(wanted).first()
    return None if row is None else (row[0], row[1])


def sign(session: Session, service: str) -> Sign | None:
    """A service by its code; None where there is none."""
    wanted = select(PATIENT_SERVICE).where(PATIENT_SERVICE.c.code == service)
    row = session.execute(wanted).first()
    return None if row is None else Sign(row.name, row.pathway, row.provider, bool(row.closed))


def open_box(session: Session, *, service: str, questionnaire: str, ticketed: bool, week: Week) -> Box | None:
    """The box that takes responses now: the earliest one still open, of `week` or later."""
    mine = OPEN_BOX.c
    row = session.execute(
        select(OPEN_BOX)
        .where(
            mine.service == service,
            mine.questionnaire == questionnaire,
            mine.ticketed == ticketed,
            mine.week >= str(week),
        )
        .order_by(mine.week)
        .limit(1)
    ).first()
    if row is None:
        return None
    return Box(
        id=row.id,
        service=row.service,
        questionnaire=row.questionnaire,
        ticketed=bool(row.ticketed),
        week=Week.parse(row.week),
        public_key=row.public_key,
        signature=row.signature,
    )


def holds(session: Session, row_id: bytes) -> bool:
    """Whether this sealed row lies in its box."""
    if _postgresql(session):
        return bool(session.scalar(select(func.holds(literal(row_id, LargeBinary)))))
    return session.scalar(select(SealedRow.id).where(SealedRow.id == row_id)) is not None


def put(session: Session, *, ticket: bytes | None, row_id: bytes, box: Box, body: bytes) -> Put:
    """Spend the ticket and store the row, in the caller's one transaction.

    'stored' also for a replay; 'unknown' for a ticket that is not there; 'closed' where the box has closed
    since it was chosen.
    """
    if _postgresql(session):
        hashed = null() if ticket is None else literal(ticket, LargeBinary)
        call = func.put(
            hashed, literal(row_id, LargeBinary), cast(box.id, String), literal(body, LargeBinary)
        )
        answer: Put = session.execute(select(call)).scalar_one()
        return answer
    return _put_sqlite(session, ticket, row_id, box=box, body=body)


def _put_sqlite(session: Session, ticket: bytes | None, row_id: bytes, *, box: Box, body: bytes) -> Put:
    # The transaction began with BEGIN IMMEDIATE: no other writer until it ends.
    still = session.scalar(select(BoxRow.id).where(BoxRow.id == box.id, BoxRow.state == "open"))
    fits = len(row_id) == ID and 0 < len(body) <= LONGEST_BODY
    if still is None or (ticket is not None) is not box.ticketed or not fits:
        return "closed"
    if ticket is not None:
        mine = (
            TicketRow.hash == ticket,
            TicketRow.service == box.service,
            TicketRow.questionnaire == box.questionnaire,
        )
        if session.execute(delete(TicketRow).where(*mine).returning(TicketRow.hash)).first() is None:
            return "stored" if holds(session, row_id) else "unknown"
    row = insert_into(session, SealedRow).values(id=row_id, box=box.id, body=body)
    session.execute(row.on_conflict_do_nothing(index_elements=["id"]))
    return "stored"


def _postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
