"""Boxes, and the sealed rows in them until they are counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from sys import intern
from typing import NamedTuple, TypeVar

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from survey.domain.calendar import Week
from survey.storage.database import insert_into
from survey.storage.hatch import Box, Waiting
from survey.storage.tables import BoxRow, SealedRow, ServiceRow, TicketRow

WAITING = ("closed", "accepted")  # states of boxes that a tally opens
PAST = ("counted", "done")  # whatever rows such a box has left, they are no responses
AT_ONCE = 500  # rows read, or ids asked for, together: all of them would fill the memory of a tally
_Id = TypeVar("_Id", str, bytes)
_SLIM = (BoxRow.id, BoxRow.service, BoxRow.questionnaire, BoxRow.ticketed, BoxRow.week)


class Balance(NamedTuple):
    """Ticketed responses ever stored, tickets ever spent, and what two people let pass of the difference."""

    stored: int
    spent: int
    accepted: int

    @property
    def difference(self) -> int:
        """Responses without a ticket, less tickets without a response; 0 unless tampered with."""
        return self.stored - self.spent - self.accepted


def make(session: Session, box: Box) -> bool:
    """Write an empty, open box; False where another process was first."""
    row = insert_into(session, BoxRow).values(
        id=box.id,
        service=box.service,
        questionnaire=box.questionnaire,
        ticketed=box.ticketed,
        week=str(box.week),
        public_key=box.public_key,
        signature=box.signature,
        state="open",
    )
    made = session.execute(row.on_conflict_do_nothing().returning(BoxRow.id))
    return made.first() is not None


def existing(session: Session, first: Week) -> dict[tuple[str, str, bool, Week], str]:
    """States of the boxes made for `first` and later, by (service, questionnaire, ticketed, week)."""
    wanted = select(BoxRow.service, BoxRow.questionnaire, BoxRow.ticketed, BoxRow.week, BoxRow.state)
    rows = session.execute(wanted.where(BoxRow.week >= str(first)))
    return {(*kind, Week.parse(week)): state for *kind, week, state in rows}  # type: ignore[misc]


def newest(session: Session) -> Box | None:
    """Some box of the newest week."""
    row = session.scalars(select(BoxRow).order_by(BoxRow.week.desc()).limit(1)).first()
    return None if row is None else _box(row)


def close_through(session: Session, last: Week) -> None:
    """Close the boxes of `last` and of all weeks before it."""
    due = update(BoxRow).where(BoxRow.week <= str(last), BoxRow.state == "open")
    session.execute(due.values(state="closed"))


def services_to_count(session: Session) -> list[str]:
    """Codes of the services that have a box that waits to be counted."""
    wanted = select(BoxRow.service).where(BoxRow.state.in_(WAITING)).distinct()
    return list(session.scalars(wanted.order_by(BoxRow.service)))


def to_count(session: Session, service: str | None = None, *, and_open: bool = False) -> list[Waiting]:
    """A service's boxes, or all, that wait to be counted, or will (`and_open`).

    By service, version, kind and week.
    """
    states = (*WAITING, "open") if and_open else WAITING
    wanted = select(*_SLIM).where(BoxRow.state.in_(states))
    if service is not None:
        wanted = wanted.where(BoxRow.service == service)
    order = (BoxRow.service, BoxRow.questionnaire, BoxRow.ticketed, BoxRow.week)
    return _waiting(session, wanted.order_by(*order))


def lock(session: Session, ids: Iterable[str]) -> list[Box]:
    """Those of `ids` that still wait to be counted, by week, locked against another tally."""
    wanted = select(BoxRow).where(BoxRow.state.in_(WAITING)).order_by(BoxRow.id).with_for_update()
    # By id, however many they are: two who lock some of the same never wait for each other in a ring.
    found = (session.scalars(wanted.where(BoxRow.id.in_(some))) for some in at_once(sorted(ids)))
    return sorted((_box(row) for rows in found for row in rows), key=lambda box: (box.week, box.id))


def named(session: Session, ids: Iterable[str]) -> list[Waiting]:
    """Boxes by their ids, whatever their state."""
    wanted = select(*_SLIM)
    found = (_waiting(session, wanted.where(BoxRow.id.in_(some))) for some in at_once(ids))
    return sorted((box for some in found for box in some), key=lambda box: (box.week, box.id))


def waiting_among(session: Session, ids: Iterable[str]) -> list[Waiting]:
    """Those of `ids` that wait to be counted, by week."""
    wanted = select(*_SLIM).where(BoxRow.state.in_(WAITING))
    found = (_waiting(session, wanted.where(BoxRow.id.in_(some))) for some in at_once(ids))
    return sorted((box for some in found for box in some), key=lambda box: (box.week, box.id))


def lock_service(session: Session, service: str) -> None:
    """Let nobody else decide about a service until the caller's transaction ends."""
    session.scalars(select(ServiceRow.code).where(ServiceRow.code == service).with_for_update()).one()


def waiting_of(session: Session, service: str) -> list[str]:
    """Ids of a service's ticketed boxes that wait to be counted."""
    mine = (BoxRow.service == service, BoxRow.ticketed, BoxRow.state.in_(WAITING))
    return list(session.scalars(select(BoxRow.id).where(*mine)))


def accepted_among(session: Session, ids: Iterable[str]) -> set[str]:
    """Those of `ids` that two people let out of quarantine."""
    wanted = select(BoxRow.id).where(BoxRow.state == "accepted")
    return {box for some in at_once(ids) for box in session.scalars(wanted.where(BoxRow.id.in_(some)))}


def newest_closed(session: Session) -> Week | None:
    """The last week that was closed: through which the last tally counted."""
    week = session.scalar(select(func.max(BoxRow.week)).where(BoxRow.state != "open"))
    return None if week is None else Week.parse(week)


def sizes(session: Session, service: str | None = None) -> dict[str, int]:
    """Sealed rows in each box, a service's or any, that is not counted."""
    waiting = select(SealedRow.box, func.count()).join(BoxRow).where(BoxRow.state.not_in(PAST))
    if service is not None:
        waiting = waiting.where(BoxRow.service == service)
    rows = session.execute(waiting.group_by(SealedRow.box))
    return {row[0]: row[1] for row in rows}


def number_sealed(session: Session) -> int:
    """Sealed rows in all boxes that are not counted."""
    waiting = select(func.count()).select_from(SealedRow).join(BoxRow).where(BoxRow.state.not_in(PAST))
    return session.scalar(waiting) or 0


def ticketed_sizes(session: Session, service: str) -> dict[str, int]:
    """Sealed rows in each of a service's ticketed boxes that are not counted, whether open or shut."""
    wanted = select(SealedRow.box, func.count()).join(BoxRow)
    mine = (BoxRow.service == service, BoxRow.ticketed, BoxRow.state.not_in(PAST))
    rows = session.execute(wanted.where(*mine).group_by(SealedRow.box))
    return {row[0]: row[1] for row in rows}


def waiting_in(session: Session, service: str, *, first: Week) -> list[tuple[Box, int]]:
    """A service's boxes of `first` and later that are still open and hold anything, with how many."""
    wanted = (
        select(BoxRow, func.count())
        .join(SealedRow, SealedRow.box == BoxRow.id)
        .where(BoxRow.service == service, BoxRow.state == "open", BoxRow.week >= str(first))
        .group_by(BoxRow.id)
        .order_by(BoxRow.week)
    )
    return [(_box(row), number) for row, number in session.execute(wanted)]


def sealed(session: Session, box: str) -> list[bytes]:
    """The sealed rows of a box."""
    return [body for _, body in rows(session, box)]


def rows(session: Session, box: str) -> list[tuple[bytes, bytes]]:
    """(id, body) of the sealed rows of a box."""
    wanted = select(SealedRow.id, SealedRow.body).where(SealedRow.box == box)
    return [(row.id, row.body) for row in session.execute(wanted)]


def drop_rows(session: Session, ids: Iterable[bytes]) -> None:
    """Delete sealed rows, unread."""
    for some in at_once(ids):
        session.execute(delete(SealedRow).where(SealedRow.id.in_(some)))


def end_unread(session: Session, ids: Iterable[str]) -> None:
    """Delete boxes' sealed rows and mark the boxes as done: nothing was written, no backup need hold it."""
    for some in at_once(ids):
        session.execute(delete(SealedRow).where(SealedRow.box.in_(some)))
        session.execute(update(BoxRow).where(BoxRow.id.in_(some)).values(state="done"))


def empty(session: Session, pool: Iterable[Waiting]) -> None:
    """Delete the sealed rows of counted boxes; of a poster's form its id stays a while, without a body.

    A ticket is gone when it is spent; a form that comes back later has nothing else to meet.
    """
    for some in at_once(box.id for box in pool):
        mine = select(BoxRow.id).where(BoxRow.id.in_(some))
        tickets, posters = mine.where(BoxRow.ticketed), mine.where(~BoxRow.ticketed)
        session.execute(delete(SealedRow).where(SealedRow.box.in_(tickets)))
        session.execute(update(SealedRow).where(SealedRow.box.in_(posters)).values(body=b""))
        session.execute(update(BoxRow).where(BoxRow.id.in_(some)).values(state="counted"))


def forget_before(session: Session, week: Week) -> None:
    """Delete the ids that counted boxes of weeks before `week` have left."""
    counted = select(BoxRow.id).where(BoxRow.state.in_(PAST), BoxRow.week < str(week))
    session.execute(delete(SealedRow).where(SealedRow.box.in_(counted)))


def mark_done(session: Session, ids: Iterable[str] | None = None) -> list[str]:
    """Mark counted boxes, all or those of `ids`, as done; return which. Their keys go next."""
    mine = update(BoxRow).where(BoxRow.state == "counted").values(state="done").returning(BoxRow.id)
    every = [mine] if ids is None else (mine.where(BoxRow.id.in_(some)) for some in at_once(ids))
    return sorted(box for one in every for box in session.scalars(one))


def done_among(session: Session, ids: Iterable[str]) -> list[str]:
    """Those of `ids` that are done: no key of theirs may be left."""
    wanted = select(BoxRow.id).where(BoxRow.state == "done")
    return [box for some in at_once(ids) for box in session.scalars(wanted.where(BoxRow.id.in_(some)))]


def waiting_for_backup(session: Session) -> list[str]:
    """Ids of the boxes that were counted and whose keys wait for a verified backup."""
    return list(session.scalars(select(BoxRow.id).where(BoxRow.state == "counted").order_by(BoxRow.id)))


def ticketed_balance(session: Session, service: str) -> Balance:
    """What a service's ticketed boxes ever held, against its tickets.

    One statement, so one snapshot: a response that arrives meanwhile is in both numbers or in neither.
    """
    waiting = (
        select(func.count())
        .select_from(SealedRow)
        .join(BoxRow, BoxRow.id == SealedRow.box)
        .where(BoxRow.service == service, BoxRow.ticketed)
        .scalar_subquery()
    )
    unspent = (
        select(func.count()).select_from(TicketRow).where(TicketRow.service == service).scalar_subquery()
    )
    spent = ServiceRow.issued - ServiceRow.retired - unspent
    wanted = select(ServiceRow.counted + waiting, spent, ServiceRow.accepted)
    return Balance(*session.execute(wanted.where(ServiceRow.code == service)).one())


def note_counted(session: Session, service: str, n: int) -> None:
    """Add to the ticketed responses that were ever counted, or destroyed unread."""
    mine = update(ServiceRow).where(ServiceRow.code == service)
    session.execute(mine.values(counted=ServiceRow.counted + n))


def accept_difference(session: Session, service: str, difference: int) -> None:
    """Let a service's numbers pass that do not add up by `difference`."""
    mine = update(ServiceRow).where(ServiceRow.code == service)
    session.execute(mine.values(accepted=ServiceRow.accepted + difference))


def at_once(ids: Iterable[_Id]) -> Iterator[list[_Id]]:
    """`ids`, so many at once as a statement may name."""
    left = iter(ids)
    while some := list(islice(left, AT_ONCE)):
        yield some


def _waiting(session: Session, wanted: Select[str, str, str, bool, str]) -> list[Waiting]:
    # Each name and week once in memory, however many boxes bear it.
    week = cache(Week.parse)
    with session.execute(wanted.execution_options(yield_per=AT_ONCE)) as rows:
        return [
            Waiting(box, intern(service), intern(questionnaire), ticketed, week(at))
            for box, service, questionnaire, ticketed, at in rows
        ]


def _box(row: BoxRow) -> Box:
    return Box(
        id=row.id,
        service=row.service,
        questionnaire=row.questionnaire,
        ticketed=row.ticketed,
        week=Week.parse(row.week),
        public_key=row.public_key,
        signature=row.signature,
    )
