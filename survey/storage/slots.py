"""Slots of the clock: who runs which job for which week, until when, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey.storage.database import insert_into
from survey.storage.tables import SlotRow


@dataclass(frozen=True, slots=True)
class Slot:
    """One run of one job: held while its lease lasts, then free for anyone unless it is done."""

    job: str
    slot: str
    holder: str
    lease_until: datetime  # UTC, without a zone; of an ended run when it ended, or may be tried again
    done: bool
    outcome: str | None


def claim(session: Session, job: str, slot: str, *, holder: str, now: datetime, lease: timedelta) -> bool:
    """Take a slot that nobody has, or whose holder's lease has ended; False where it is held or done."""
    row = {"job": job, "slot": slot, "holder": holder, "lease_until": now + lease, "done": False}
    fresh = insert_into(session, SlotRow).values(row).on_conflict_do_nothing().returning(SlotRow.job)
    if session.scalar(fresh) is not None:
        return True
    # Of two who find the lease ended one updates first; the other's condition then no longer holds.
    taken = (
        update(SlotRow)
        .where(SlotRow.job == job, SlotRow.slot == slot, ~SlotRow.done, SlotRow.lease_until <= now)
        .values(holder=holder, lease_until=now + lease, outcome=None)
        .returning(SlotRow.job)
    )
    return session.scalar(taken) is not None


def extend(session: Session, job: str, slot: str, *, holder: str, until: datetime) -> bool:
    """Move the end of the holder's lease; False where it is no longer theirs."""
    return _change(session, job, slot, holder=holder, lease_until=until)


def finish(session: Session, job: str, slot: str, *, holder: str, now: datetime, outcome: str) -> bool:
    """Mark a slot done, for good; False where it is no longer the holder's."""
    return _change(session, job, slot, holder=holder, done=True, lease_until=now, outcome=outcome)


def let_go(session: Session, job: str, slot: str, *, holder: str, until: datetime, outcome: str) -> bool:
    """Give a slot up undone, to be claimed again from `until`; False where it is no longer theirs."""
    return _change(session, job, slot, holder=holder, lease_until=until, outcome=outcome)


def of_job(session: Session, job: str) -> dict[str, Slot]:
    """A job's slots, by their names."""
    rows = session.scalars(select(SlotRow).where(SlotRow.job == job).order_by(SlotRow.slot))
    return {row.slot: _slot(row) for row in rows}


def recent(session: Session, number: int) -> list[Slot]:
    """The slots touched last, newest first."""
    rows = session.scalars(select(SlotRow).order_by(SlotRow.lease_until.desc(), SlotRow.job).limit(number))
    return [_slot(row) for row in rows]


def _change(session: Session, job: str, slot: str, *, holder: str, **values: Any) -> bool:
    held = update(SlotRow).where(SlotRow.job == job, SlotRow.slot == slot, SlotRow.holder == holder)
    changed = held.where(~SlotRow.done).values(values).returning(SlotRow.job)
    return session.scalar(changed) is not None


def _slot(row: SlotRow) -> Slot:
    return Slot(row.job, row.slot, row.holder, row.lease_until, done=row.done, outcome=row.outcome)
