"""Decisions: boxes in quarantine, why they are, and what people have decided about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Literal

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from survey.domain.calendar import Week
from survey.storage import audit
from survey.storage.boxes import WAITING
from survey.storage.tables import AuditRow, BoxRow, DecisionRow, SealedRow

Choice = Literal["count", "destroy"]
QUARANTINED = "quarantined"  # the state, and the act in the audit chain
ENDED = "ended a quarantine"


@dataclass(frozen=True, slots=True)
class Aside:
    """A box in quarantine."""

    box: str
    service: str
    week: Week
    ticketed: bool
    n: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What one person decided, and the digest of what it was about."""

    who: str
    choice: Choice
    reason: str
    seen: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Rows that two people let pass without tickets: in which boxes they may lie, by what those held then."""

    rows: int
    held: Mapping[str, int]

    def among(self, boxes: Mapping[str, int]) -> int:
        """How many of them may lie among `boxes`, which hold so many rows now."""
        return min(self.rows, sum(min(self.held.get(box, 0), n) for box, n in boxes.items()))


def quarantine(
    session: Session, ids: Iterable[str], *, service: str, why: str, day: date, who: str
) -> list[str]:
    """Set a service's boxes aside, with the reason in the audit chain; return which."""
    due = update(BoxRow).where(BoxRow.id.in_(list(ids)), BoxRow.state.in_(WAITING))
    aside = sorted(session.scalars(due.values(state=QUARANTINED).returning(BoxRow.id)))
    if aside:
        about = {"service": service, "boxes": aside, "why": why}
        audit.append(session, day=day, who=who, act=QUARANTINED, about=about)
    return aside


def in_quarantine(session: Session, service: str | None = None) -> list[Aside]:
    """The boxes in quarantine, of one service or all, by service and week."""
    n = func.count(SealedRow.id)
    wanted = select(BoxRow.id, BoxRow.service, BoxRow.week, BoxRow.ticketed, n)
    wanted = wanted.join(SealedRow, SealedRow.box == BoxRow.id, isouter=True)
    wanted = wanted.where(BoxRow.state == QUARANTINED).group_by(BoxRow.id)
    if service is not None:
        wanted = wanted.where(BoxRow.service == service)
    rows = session.execute(wanted.order_by(BoxRow.service, BoxRow.week, BoxRow.id))
    return [Aside(box, code, Week.parse(week), ticketed, n) for box, code, week, ticketed, n in rows]


def reasons(session: Session, boxes: Collection[str]) -> dict[str, str]:
    """Why each box was set aside, the last time."""
    entries = session.scalars(
        select(AuditRow.about).where(AuditRow.act == QUARANTINED).order_by(AuditRow.number)
    )
    return {box: about["why"] for about in entries for box in about["boxes"] if box in boxes}


def digest(session: Session, boxes: Collection[str], *, difference: int) -> str:
    """What a decision is about: these boxes, every row in them, and by how many they do not add up."""
    rows = select(SealedRow.box, SealedRow.id, SealedRow.body).where(SealedRow.box.in_(list(boxes)))
    told = sha256(f"{difference}\n{sorted(boxes)}\n".encode())
    for box, row_id, body in session.execute(rows.order_by(SealedRow.box, SealedRow.id)):
        told.update(box.encode() + row_id + sha256(body).digest())
    return told.hexdigest()


def accept(session: Session, boxes: Collection[str]) -> None:
    """Let boxes out of quarantine, to be counted."""
    mine = update(BoxRow).where(BoxRow.id.in_(list(boxes)), BoxRow.state == QUARANTINED)
    session.execute(mine.values(state="accepted"))


def doubts(session: Session) -> list[Doubt]:
    """What was let pass so far, from the audit chain: who can write the database cannot unsay it unseen."""
    entries = session.scalars(select(AuditRow.about).where(AuditRow.act == ENDED))
    return [Doubt(about["passed"], about["left"]) for about in entries if about.get("passed", 0) > 0]


def add(session: Session, service: str, one: Decision) -> None:
    """Keep one person's decision, instead of an earlier one of theirs."""
    row = DecisionRow(service=service, who=one.who, choice=one.choice, reason=one.reason, seen=one.seen)
    session.merge(row)
    session.flush()


def of_service(session: Session, service: str) -> list[Decision]:
    """What was decided about a service's boxes so far."""
    wanted = select(DecisionRow).where(DecisionRow.service == service).order_by(DecisionRow.who)
    rows = session.scalars(wanted)
    return [Decision(row.who, row.choice, row.reason, row.seen) for row in rows]  # type: ignore[arg-type]


def forget(session: Session, service: str, *, but: str | None = None) -> None:
    """Delete a service's decisions, all or those that were about something else than `but`."""
    gone = delete(DecisionRow).where(DecisionRow.service == service)
    session.execute(gone if but is None else gone.where(DecisionRow.seen != but))
