"""Cells: what services' answers added to each week of release, and what fixes the figures made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, distinct, func, insert, select, update
from sqlalchemy.orm import Session

from survey.domain.calendar import Span, Week
from survey.domain.organisation import Level
from survey.domain.released import NodeKey
from survey.storage.database import insert_into
from survey.storage.tables import (
    AnswerCountRow,
    CellRow,
    MembershipRow,
    ReleasedWeekRow,
    StepLengthRow,
    WithheldFigureRow,
)

Counts = tuple[int, int, int]  # favourable, neither, unfavourable
Place = tuple[str, str, Week, Span]  # series, service, week of release, weeks in which they were given


@dataclass(frozen=True, slots=True)
class Untaken:
    """Answers that no cell holds yet; negative where some have been taken back since."""

    service: str
    questionnaire: str
    span: Span
    question: str
    option: str
    n: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One service's answers to one question in one week of release."""

    series: str
    service: str
    week: Week
    span: Span
    pathway: str
    apart: bool
    counts: Counts


@dataclass(frozen=True, slots=True)
class Member:
    """The services of a node from a week on."""

    key: NodeKey
    since: Week
    level: Level
    services: tuple[str, ...]


def untaken(session: Session, through: Week) -> list[Untaken]:
    """Answers of spans that ended by `through` and are in no cell, in an order of their own."""
    table = AnswerCountRow
    wanted = select(
        table.service,
        table.questionnaire,
        table.span,
        table.question,
        table.option,
        table.n - table.taken,
    ).where(table.n != table.taken)
    rows = session.execute(wanted).all()
    spans = {row.span: Span.parse(row.span) for row in rows}
    found = [
        Untaken(service, version, spans[span], question, option, n)
        for service, version, span, question, option, n in rows
        if spans[span].last <= through
    ]
    return sorted(found, key=lambda one: (one.span, one.service, one.question, one.option))


def lock_untaken(session: Session) -> None:
    """Wait for whoever is taking up the same answers, on another host say; what they took is then taken."""
    table = AnswerCountRow
    session.execute(select(table.service).where(table.n != table.taken).with_for_update()).all()


def take(session: Session, found: Iterable[Untaken]) -> None:
    """Note that cells hold these answers, or no longer need to."""
    table: Any = AnswerCountRow.__table__
    keys = ("service", "questionnaire", "span", "question", "option")
    # By what was seen, for a tally may have added to a row since: that is taken up the next time.
    rows = [{f"its_{key}": str(getattr(one, key)) for key in keys} | {"seen": one.n} for one in found]
    if rows:
        same = [table.c[key] == bindparam(f"its_{key}") for key in keys]
        session.connection().execute(
            update(table).where(*same).values(taken=table.c.taken + bindparam("seen")), rows
        )


def keep(session: Session, cells: Iterable[Cell]) -> None:
    """Write cells; one that is there is refused."""
    rows = [
        {
            "series": one.series,
            "service": one.service,
            "week": str(one.week),
            "span": str(one.span),
            "pathway": one.pathway,
            "apart": one.apart,
            "favourable": one.counts[0],
            "neither": one.counts[1],
            "unfavourable": one.counts[2],
        }
        for one in cells
    ]
    if rows:
        session.execute(insert(CellRow), rows)


def of_weeks(session: Session, pathway: str, weeks: Span) -> Iterator[Cell]:
    """A pathway's cells of some weeks of release, by series, service, week."""
    table = CellRow
    wanted = (
        select(
            table.series,
            table.service,
            table.week,
            table.span,
            table.apart,
            table.favourable,
            table.neither,
            table.unfavourable,
        )
        .where(table.pathway == pathway, table.week >= str(weeks.first), table.week <= str(weeks.last))
        .order_by(table.series, table.service, table.week, table.span)
    )
    for series, service, week, span, apart, *counts in session.execute(wanted):
        yield Cell(
            series,
            service,
            Week.parse(week),
            Span.parse(span),
            pathway,
            apart=apart,
            counts=tuple(counts),  # type: ignore[arg-type]
        )


def known_services(session: Session, pathway: str) -> set[str]:
    """Services that have any cell."""
    wanted = select(distinct(CellRow.service)).where(CellRow.pathway == pathway)
    return set(session.scalars(wanted))


def first_weeks(session: Session, pathway: str) -> dict[tuple[str, str], Week]:
    """(series, service) → the first week of release with any answer."""
    table = CellRow
    wanted = (
        select(table.series, table.service, func.min(table.week))
        .where(table.pathway == pathway)
        .group_by(table.series, table.service)
    )
    return {(series, service): Week.parse(week) for series, service, week in session.execute(wanted)}


def first_week(session: Session) -> Week | None:
    """The first week of release of any answers that are not apart."""
    week = session.scalar(select(func.min(CellRow.week)).where(~CellRow.apart))
    return None if week is None else Week.parse(week)


def places(session: Session, pathway: str, *, after: Week | None) -> set[Place]:
    """Where cells are that have not been released yet, all those after a week."""
    table = CellRow
    wanted = select(table.series, table.service, table.week, table.span).where(table.pathway == pathway)
    if after is not None:
        wanted = wanted.where(table.week > str(after))
    return {
        (series, service, Week.parse(week), Span.parse(span))
        for series, service, week, span in session.execute(wanted)
    }


def positions(session: Session, service: str, span: Span) -> list[tuple[str, Week]]:
    """(series, week of release) of the cells that hold a service's answers of `span`."""
    wanted = select(CellRow.series, CellRow.week).where(CellRow.service == service, CellRow.span == str(span))
    return [(series, Week.parse(week)) for series, week in session.execute(wanted)]


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
