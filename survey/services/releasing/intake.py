"""Intake: new answers become cells, each in the week of release that it can still be a part of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Span, Week
from survey.domain.errors import NotFound
from survey.domain.questionnaire import GROUPS
from survey.storage import cells
from survey.storage.cells import Cell, Place, Untaken


@dataclass(slots=True)
class Intake:
    """What new answers became: cells of weeks to come, of weeks past, and answers taken back."""

    on_time: list[Cell] = field(default_factory=list)
    apart: list[Cell] = field(default_factory=list)
    taken_back: list[tuple[str, Span]] = field(default_factory=list)  # service, span
    fresh: set[str] = field(default_factory=set)  # pathways nothing of which had been taken before
    problems: list[str] = field(default_factory=list)


def take_up(session: Session, catalogue: Catalogue, through: Week) -> Intake:
    """Make cells of all answers given by the end of `through` that no cell holds.

    Late ones, of weeks that have been released, go into the next week: what has left is never made anew. So
    that nobody's past is heaped upon one week, those of a pathway without any cell, and those from before a
    service's first, keep their own weeks, the latter apart from what its organisations have told.
    """
    done = Intake()
    found = cells.untaken(session, through)
    if not found:
        return done
    told = cells.newest_released(session)
    by_pathway: dict[str, list[Untaken]] = defaultdict(list)
    for one in found:
        by_pathway[one.questionnaire.partition("/")[0]].append(one)
    taken: list[Untaken] = []
    for pathway, mine in sorted(by_pathway.items()):
        first = _first_of_services(session, pathway)
        known = [one for one in mine if _is_known(catalogue, one.questionnaire, done)]
        taken += known
        sums = _sums(catalogue, known, done)
        held = cells.places(session, pathway, after=told)
        if sums and not first:
            done.fresh.add(pathway)
        for cell in _placed(sums, pathway, first, told=told if first else None):
            (done.apart if cell.apart else done.on_time).append(_moved_on(cell, held))
    cells.take(session, taken)
    cells.keep(session, (*done.on_time, *done.apart))
    return done


def _moved_on(cell: Cell, held: Set[Place]) -> Cell:
    """A cell in the first week from its own on that holds no answers of its span: what is written stays."""
    while (cell.series, cell.service, cell.week, cell.span) in held:
        cell = replace(cell, week=cell.week + 1)
    return cell


def _first_of_services(session: Session, pathway: str) -> dict[str, Week]:
    first: dict[str, Week] = {}
    for (_, service), week in cells.first_weeks(session, pathway).items():
        first[service] = min(first.get(service, week), week)
    return first


def _is_known(catalogue: Catalogue, version: str, done: Intake) -> bool:
    try:
        catalogue.get(version)
    except NotFound:
        said = f"{version} is not in the catalogue: its answers wait until it is"
        if said not in done.problems:
            done.problems.append(said)
        return False
    return True


def _sums(
    catalogue: Catalogue, found: Iterable[Untaken], done: Intake
) -> Mapping[tuple[str, str, Span], list[int]]:
    """(series, service, span) → answers by group."""
    sums: dict[tuple[str, str, Span], list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in found:
        asked = catalogue.get(one.questionnaire)
        series = asked.series_of(one.question)
        group = asked.question(one.question).group(one.option) if series else None
        if one.n < 0:
            if (one.service, one.span) not in done.taken_back:
                done.taken_back.append((one.service, one.span))
        elif series and group:
            sums[series, one.service, one.span][GROUPS.index(group)] += one.n
    return sums


def _placed(
    sums: Mapping[tuple[str, str, Span], list[int]],
    pathway: str,
    first: Mapping[str, Week],
    *,
    told: Week | None,
) -> Iterator[Cell]:
    for (series, service, span), counts in sums.items():
        week, apart = span.last, False
        if told is not None and week <= told:
            apart = service not in first or week < first[service]
            week = week if apart else told + 1
        yield Cell(series, service, week, span, pathway, apart=apart, counts=tuple(counts))  # type: ignore[arg-type]
