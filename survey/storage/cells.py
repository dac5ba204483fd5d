"""Cells: what services' answers added to each week of release, and what fixes the figures made of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.orm import Session

from survey.domain.calendar import Span, Week
from survey.domain.organisation import Level
from survey.domain.released import NodeKey
from survey.storage.database import insert_into
from survey.storage.tables import (
    CellRow,
    MembershipRow,
    ReleasedWeekRow,
    StepLengthRow,
    WithheldFigureRow,
)

Counts = tuple[int, int, int]  # favourable, neither, unfavourable


@dataclass(frozen=True, slots=True)
class Cell:
    """One service's answers to one question in one week of release; or what was added or taken later.

    The rows of a place are numbered, and are to be added up. Where one is `taken_back`, answers were when a
    figure had told of them: the cell counts as it did, and no new figure may hold it.
    """

    series: str
    service: str
    week: Week
    span: Span
    pathway: str
    apart: bool
    counts: Counts
    number: int = 0
    taken_back: bool = False

    def joined_to(self, before: Cell) -> Cell:
        """This row and those before it of the same place, as one."""
        counts = tuple(one + other for one, other in zip(before.counts, self.counts, strict=True))
        taken_back = before.taken_back or self.taken_back
        return replace(self, counts=counts, taken_back=taken_back)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Member:
    """The services of a node from a week on."""

    key: NodeKey
    since: Week
    level: Level
    services: tuple[str, ...]


def keep(session: Session, cells: Iterable[Cell]) -> None:
    """Write cells; one that is there is refused."""
    rows = [
        {
            "series": one.series,
            "service": one.service,
            "week": str(one.week),
            "span": str(one.span),
            "number": one.number,
            "pathway": one.pathway,
            "apart": one.apart,
            "taken_back": one.taken_back,
            "favourable": one.counts[0],
            "neither": one.counts[1],
            "unfavourable": one.counts[2],
        }
        for one in cells
    ]
    if rows:
        session.execute(insert(CellRow), rows)


def of_weeks(session: Session, pathway: str, weeks: Span) -> Iterator[Cell]:
    """A pathway's cells of some weeks of release, by series, service, week, with all rows of each."""
    table = CellRow
    return _cells(session, pathway, table.week >= str(weeks.first), table.week <= str(weeks.last))


def of_answers(session: Session, pathway: str, of: Collection[tuple[str, Span]]) -> Iterator[Cell]:
    """The cells of answers of some services and weeks in which they were given, with all rows of each."""
    wanted = set(of)
    if not wanted:
        return
    table = CellRow
    services, spans = {service for service, _ in wanted}, {span for _, span in wanted}
    found = _cells(
        session,
        pathway,
        table.week >= str(min(span.last for span in spans)),  # none stands before the last week of its span
        table.service.in_(services),
        table.span.in_([str(span) for span in spans]),
    )
    yield from (one for one in found if (one.service, one.span) in wanted)


def _cells(session: Session, pathway: str, *where: ColumnElement[bool]) -> Iterator[Cell]:
    table = CellRow
    wanted = (
        select(
            *(table.series, table.service, table.week, table.span, table.number, table.apart),
            *(table.taken_back, table.favourable, table.neither, table.unfavourable),
        )
        .where(table.pathway == pathway, *where)
        .order_by(table.series, table.service, table.week, table.span, table.number)
    )
    for series, service, week, span, number, apart, taken_back, *counts in session.execute(wanted):
        yield Cell(
            series,
            service,
            Week.parse(week),
            Span.parse(span),
            pathway,
            apart=apart,
            counts=tuple(counts),
            number=number,
            taken_back=taken_back,
        )


def begun(session: Session, pathway: str) -> dict[str, Week]:
    """Service → its first week of release, also where its answers have gone since."""
    table = CellRow
    wanted = select(table.service, func.min(table.week)).where(table.pathway == pathway)
    return {service: Week.parse(week) for service, week in session.execute(wanted.group_by(table.service))}


def first_week(session: Session) -> Week | None:
    """The first week of release of any answers that are not apart."""
    week = session.scalar(select(func.min(CellRow.week)).where(~CellRow.apart))
    return None if week is None else Week.parse(week)


def members(session: Session, pathway: str) -> list[Member]:
    """Every membership that a pathway's nodes ever had, the oldest first."""
    wanted = select(MembershipRow).where(MembershipRow.pathway == pathway)
    rows = session.scalars(wanted.order_by(MembershipRow.since, MembershipRow.node, MembershipRow.icb))
    return [
        Member((row.node, row.icb, row.pathway), Week.parse(row.since), row.level, tuple(row.services))  # type: ignore[arg-type]
        for row in rows
    ]


def keep_members(session: Session, found: Iterable[Member]) -> None:
    """Write memberships."""
    rows = [
        {
            "node": one.key[0],
            "icb": one.key[1],
            "pathway": one.key[2],
            "since": str(one.since),
            "level": one.level,
            "services": list(one.services),
        }
        for one in found
    ]
    if rows:
        session.execute(insert(MembershipRow), rows)


def step_lengths(session: Session, pathway: str, block: Week) -> dict[tuple[str, NodeKey], int]:
    """(series, node) → weeks of its steps in the block that begins with `block`."""
    wanted = select(StepLengthRow).where(StepLengthRow.pathway == pathway, StepLengthRow.block == str(block))
    return {
        (row.series, (row.node, row.icb, row.pathway)): row.weeks for row in session.scalars(wanted).all()
    }


def keep_step_lengths(session: Session, block: Week, found: Mapping[tuple[str, NodeKey], int]) -> None:
    """Fix the steps of a block."""
    rows = [
        {
            "series": series,
            "node": key[0],
            "icb": key[1],
            "pathway": key[2],
            "block": str(block),
            "weeks": weeks,
        }
        for (series, key), weeks in sorted(found.items())
    ]
    if rows:
        session.execute(insert(StepLengthRow), rows)


def newest_released(session: Session) -> Week | None:
    """The newest week whose figures have left."""
    week = session.scalar(select(func.max(ReleasedWeekRow.week)))
    return None if week is None else Week.parse(week)


def begin_week(session: Session, week: Week) -> bool:
    """Claim the release of a week in the caller's transaction; False where it has been made."""
    if session.scalar(select(ReleasedWeekRow.week).where(ReleasedWeekRow.week == str(week))):
        return False  # SQLite, where one writes at a time, refuses to insert it again even so
    row = insert_into(session, ReleasedWeekRow).values(week=str(week))
    taken = session.execute(row.on_conflict_do_nothing().returning(ReleasedWeekRow.week))
    return taken.first() is not None


def keep_withheld(session: Session, run: Week, found: Iterable[Any]) -> None:
    """Write what did not leave in a run, and why."""
    rows = [
        {
            "run": str(run),
            "form": one.form,
            "node": one.node,
            "icb": one.icb,
            "pathway": one.pathway,
            "series": one.series,
            "span": str(one.span),
            "reason": one.reason,
            "protects": one.protects,
        }
        for one in found
    ]
    if rows:
        session.execute(insert(WithheldFigureRow), rows)
