"""Ring: boxes as the keys' keeper sees them, and what becomes of one whose key is lost."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from survey.storage import boxes
from survey.storage.tables import BoxRow, SealedRow, ServiceRow


@dataclass(frozen=True, slots=True)
class Kept:
    """A box that is not done, and how many sealed responses it holds."""

    id: str
    service: str
    week: str
    ticketed: bool
    state: str
    responses: int
    public_key: bytes
    signature: bytes


def not_done(session: Session) -> Iterator[Kept]:
    """Every box that is not done, by week and service."""
    # By state: whatever its body, a row in a counted box is no response.
    held = select(func.count()).where(SealedRow.box == BoxRow.id, BoxRow.state.not_in(boxes.PAST))
    wanted = select(
        BoxRow.id,
        BoxRow.service,
        BoxRow.week,
        BoxRow.ticketed,
        BoxRow.state,
        held.correlate(BoxRow).scalar_subquery(),
        BoxRow.public_key,
        BoxRow.signature,
    ).where(BoxRow.state != "done")
    order = (BoxRow.week, BoxRow.service, BoxRow.id)
    streamed = wanted.order_by(*order).execution_options(yield_per=boxes.AT_ONCE)
    with session.execute(streamed) as rows:  # closed, too, where its reader stops early
        for row in rows:
            yield Kept(*row)


def states(session: Session, ids: Collection[str]) -> dict[str, str]:
    """The states of those of `ids` that this database knows."""
    wanted = select(BoxRow.id, BoxRow.state)
    found = (session.execute(wanted.where(BoxRow.id.in_(some))) for some in boxes.at_once(ids))
    return {row.id: row.state for rows in found for row in rows}


def done_by_week(session: Session) -> dict[tuple[str, str], int]:
    """How many boxes are done, by week and service."""
    wanted = select(BoxRow.week, BoxRow.service, func.count()).where(BoxRow.state == "done")
    rows = session.execute(wanted.group_by(BoxRow.week, BoxRow.service))
    return {(week, service): number for week, service, number in rows}


def services_shut_out(session: Session, week: str) -> list[str]:
    """Services that are open and have no open box of `week` or later: patients are turned away."""
    open_now = select(BoxRow.service).where(BoxRow.state == "open", BoxRow.week >= week)
    wanted = select(ServiceRow.code).where(
        ServiceRow.closed.is_(False), ServiceRow.remainder.is_(False), ServiceRow.code.not_in(open_now)
    )
    return list(session.scalars(wanted.order_by(ServiceRow.code)))


def give_up(session: Session, ids: Collection[str]) -> tuple[list[str], list[str]]:
    """Take open boxes whose keys are lost out of use; return (those deleted, those closed).

    An empty one goes, so that another can be made in its place. One that holds responses is closed before
    more come in; these stay sealed.
    """
    gone: list[str] = []
    closed: list[str] = []
    for some in boxes.at_once(sorted(ids)):
        mine = select(BoxRow.id).where(BoxRow.id.in_(some), BoxRow.state == "open").with_for_update()
        found = set(session.scalars(mine))
        held = set(session.scalars(select(SealedRow.box).where(SealedRow.box.in_(found)).distinct()))
        session.execute(delete(BoxRow).where(BoxRow.id.in_(found - held)))
        session.execute(update(BoxRow).where(BoxRow.id.in_(held)).values(state="closed"))
        gone += found - held
        closed += held
    return sorted(gone), sorted(closed)


def close(session: Session, ids: Collection[str]) -> None:
    """Close those of `ids` that are open."""
    due = update(BoxRow).where(BoxRow.state == "open").values(state="closed")
    for some in boxes.at_once(sorted(ids)):
        session.execute(due.where(BoxRow.id.in_(some)))
