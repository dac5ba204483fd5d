"""Retention: delete what has been kept long enough, some rows at a time, so that it can stop and go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from survey.domain.calendar import LONDON, Span, Week, quarter_span
from survey.storage.tables import (
    Base,
    BoxRow,
    CommentRow,
    OutboxRow,
    ResponseRow,
    SealedRow,
    ServiceRow,
    SlotRow,
    TicketRow,
)

AT_ONCE = 1000  # rows a transaction: on SQLite patients wait for a writer


Rows = Collection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Due:
    """Rows of one table that have been kept long enough, by their keys."""

    table: type[Base]
    key: tuple[Any, ...]
    where: ColumnElement[bool]
    first: Callable[[Session, Rows], None] | None = None  # what hangs on some of them
    then: Callable[[Session, Rows], None] | None = None  # what counts those that went

    def number(self, session: Session) -> int:
        """How many there are."""
        return session.scalar(select(func.count()).select_from(self.table).where(self.where)) or 0

    def drop_some(self, session: Session) -> int:
        """Delete at most `AT_ONCE` in the caller's transaction; return how many.

        Only what this very statement deleted is counted: a ticket may be spent at the same moment.
        """
        some = [tuple(row) for row in session.execute(select(*self.key).where(self.where).limit(AT_ONCE))]
        if self.first is not None:
            self.first(session, some)
        mine = delete(self.table).where(tuple_(*self.key).in_(some)).returning(*self.key)
        gone = [tuple(row) for row in session.execute(mine)] if some else []
        if self.then is not None:
            self.then(session, gone)
        return len(gone)


def comments(session: Session, before: Week) -> Due:
    """Comments kept in a week before; those that do not say so, of a period that ended before it."""
    unsaid = select(CommentRow.period).where(CommentRow.written == "").distinct()
    ended = [period for period in session.scalars(unsaid) if _ends(period) < before]
    old = or_(
        and_(CommentRow.written != "", CommentRow.written < str(before)),
        and_(CommentRow.written == "", CommentRow.period.in_(ended)),
    )
    return Due(CommentRow, (CommentRow.id,), old)


def responses(_session: Session, before: Week) -> Due:
    """Rated answers of spans that ended before; what was counted of them stays."""
    last = func.substr(ResponseRow.span, func.length(ResponseRow.span) - 7)  # 2026-W01/2026-W03
    return Due(ResponseRow, (ResponseRow.id,), last < str(before))


def tickets(_session: Session, before: Week) -> Due:
    """Unspent tickets issued before; their services count them as withdrawn, so that the balance holds."""
    return Due(TicketRow, (TicketRow.hash, TicketRow.service), TicketRow.cohort < str(before), then=_withdraw)


def emails(_session: Session, before: Week) -> Due:
    """E-mails that were sent, or refused for good, before."""
    monday = datetime.combine(before.monday, time(), tzinfo=LONDON).astimezone(UTC).replace(tzinfo=None)
    old = and_(OutboxRow.state.in_(("sent", "refused")), OutboxRow.next_try < monday)
    return Due(OutboxRow, (OutboxRow.message_id,), old)


def boxes(_session: Session, before: Week) -> Due:
    """Boxes of weeks before that are done with: no key of theirs is left."""
    old = and_(BoxRow.state == "done", BoxRow.week < str(before))
    return Due(BoxRow, (BoxRow.id,), old, first=_forget)


def runs(_session: Session, before: Week) -> Due:
    """Runs of the clock for weeks before that were done."""
    old = and_(SlotRow.done, SlotRow.slot < str(before))  # 'always' is above every week
    return Due(SlotRow, (SlotRow.job, SlotRow.slot), old)


def _withdraw(session: Session, some: Rows) -> None:
    for service, number in Counter(service for _, service in some).items():
        mine = update(ServiceRow).where(ServiceRow.code == service)
        session.execute(mine.values(retired=ServiceRow.retired + number))


def _forget(session: Session, some: Rows) -> None:
    # Ids of posters' forms that a counted box still had.
    session.execute(delete(SealedRow).where(SealedRow.box.in_([box for (box,) in some])))


def _ends(period: str) -> Week:
    return quarter_span(period).last if "-Q" in period else Span.parse(period).last
