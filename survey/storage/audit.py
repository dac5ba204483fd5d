"""The audit chain: acts of people and of the clock, each bound to the one before. Never a patient's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.storage.database import insert_into
from survey.storage.tables import AuditHeadRow, AuditRow

FIRST = bytes(32)  # what the first entry is chained to


@dataclass(frozen=True, slots=True)
class Entry:
    """One act: a day and no time, for a time beside a count could be a patient's."""

    number: int
    day: date
    who: str
    act: str
    about: Mapping[str, Any]
    previous: bytes
    hash: bytes

    def is_whole(self) -> bool:
        """Whether the hash is that of what is said."""
        return self.hash == _hash(
            self.number, self.day, self.who, act=self.act, about=self.about, after=self.previous
        )


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry of a day, signed."""

    day: date
    number: int
    hash: bytes
    signature: bytes

    @staticmethod
    def signed_part(day: date, number: int, hashed: bytes) -> bytes:
        """What the signature is over."""
        return b"heard audit 1\0" + f"{day}\0{number}\0".encode() + hashed


def append(session: Session, *, day: date, who: str, act: str, about: Mapping[str, Any]) -> None:
    """Add an entry in the caller's transaction: it stands if, and only if, what it tells of does.

    No lock is asked for, for another role could hold it: of two who take a number the second waits until
    the first has ended, and then takes the next.
    """
    while not _took(session, newest(session), day=day, who=who[:80], act=act, about=dict(about)):
        pass


def _took(
    session: Session, last: Entry | None, *, day: date, who: str, act: str, about: dict[str, Any]
) -> bool:
    number, previous = (last.number + 1, last.hash) if last else (1, FIRST)
    row = insert_into(session, AuditRow).values(
        number=number,
        day=day,
        who=who,
        act=act,
        about=about,
        previous=previous,
        hash=_hash(number, day, who, act=act, about=about, after=previous),
    )
    taken = session.execute(row.on_conflict_do_nothing().returning(AuditRow.number))
    return taken.first() is not None


def entries(session: Session, *, after: int = 0) -> Iterator[Entry]:
    """All entries with a number above `after`, in order."""
    wanted = select(AuditRow).where(AuditRow.number > after).order_by(AuditRow.number)
    for row in session.scalars(wanted):
        yield Entry(row.number, row.day, row.who, row.act, row.about, row.previous, row.hash)


def newest(session: Session) -> Entry | None:
    """The last entry."""
    row = session.scalars(select(AuditRow).order_by(AuditRow.number.desc()).limit(1)).first()
    if row is None:
        return None
    return Entry(row.number, row.day, row.who, row.act, row.about, row.previous, row.hash)


def heads(session: Session) -> list[Head]:
    """The signed heads, by day."""
    rows = session.scalars(select(AuditHeadRow).order_by(AuditHeadRow.day))
    return [Head(row.day, row.number, row.hash, row.signature) for row in rows]


def keep_head(session: Session, head: Head) -> None:
    """Write a signed head; a day has one."""
    session.add(AuditHeadRow(day=head.day, number=head.number, hash=head.hash, signature=head.signature))


def _hash(number: int, day: date, who: str, *, act: str, about: Mapping[str, Any], after: bytes) -> bytes:
    told = json.dumps([number, str(day), who, act, about], sort_keys=True, separators=(",", ":"))
    return sha256(after + told.encode()).digest()
