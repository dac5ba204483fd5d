"""Actions as people promised them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.actions import Action
from survey.domain.calendar import Week
from survey.domain.errors import NotFound
from survey.storage.tables import ActionRow


def everyone(session: Session) -> list[Action]:
    """All actions: open ones first, by the day they are due."""
    rows = session.scalars(
        select(ActionRow).order_by(ActionRow.closed.is_not(None), ActionRow.due, ActionRow.id)
    )
    return [_action(row) for row in rows]


def action(session: Session, code: str) -> Action:
    """The action `code`; NotFound where there is none."""
    row = session.get(ActionRow, code)
    if row is None:
        raise NotFound(f"there is no action {code!r}; `heard action list --all` shows them")
    return _action(row)


def add(session: Session, one: Action) -> None:
    """Write a new action."""
    session.add(
        ActionRow(
            id=one.id,
            node=one.node,
            icb=one.icb,
            pathway=one.pathway,
            indicator=one.indicator,
            finding=one.finding,
            since=str(one.since),
            owner=one.owner,
            due=one.due,
            does=one.does,
            told=one.told,
            start=None if one.start is None else str(one.start),
        )
    )
    session.flush()


def begin(session: Session, code: str, start: Week) -> None:
    """Write the week from which an action was in force."""
    session.get_one(ActionRow, code).start = str(start)


def close(session: Session, code: str, *, day: date, outcome: str) -> None:
    """Write that an action has ended, and how."""
    row = session.get_one(ActionRow, code)
    row.closed, row.outcome = day, outcome


def _action(row: ActionRow) -> Action:
    return Action(
        id=row.id,
        node=row.node,
        icb=row.icb,
        pathway=row.pathway,
        indicator=row.indicator,
        finding=row.finding,
        since=Week.parse(row.since),
        owner=row.owner,
        due=row.due,
        does=row.does,
        told=row.told,
        start=None if row.start is None else Week.parse(row.start),
        closed=row.closed,
        outcome=row.outcome,
    )
