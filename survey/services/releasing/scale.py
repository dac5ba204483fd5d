"""Scale: which sums of figures that have left also tell every option, by their shape and size alone.

No solver is asked. Where the sets of cells whose scale is known are nested or disjoint, and each one's groups
are known too, every table of group counts with the figures' sums can be split into options with the scales'
sums: so nobody can say more of any cell's groups than before. The proof: docs/decisions/0025.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.blocks import BLOCK, block_of
from survey.domain.calendar import Span, Week, month_span
from survey.domain.organisation import LEVELS
from survey.domain.released import Figure, Kind, NodeKey
from survey.services.nodes import rows_of
from survey.services.releasing.lattice import Ints, Lattice
from survey.services.releasing.options import (
    Options,
    agreed,
    by_option,
    held,
    is_friends_and_family,
    options_of,
)
from survey.storage import cells, directory, ledger
from survey.storage.cells import Cell
from survey.storage.ledger import New

ENOUGH = 30  # answers from which the full scale is told
Left = tuple[Lattice, Sequence[Figure]]  # of one question: its lattice, and what left for staff this week
Places = Mapping[tuple[str, str, bool, Week], list[Cell]]  # series, service, whether apart, week of release
_A_SERVICE = 24  # bits, of which the weeks of a block and of a month that begins before it take 16 at most


@dataclass(frozen=True, slots=True)
class _Sum:
    """The sum of some figures of a node that follow each other."""

    key: NodeKey
    level: int
    span: Span
    cells: Ints


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question: its lattice, what left of it for staff this week, whether a national return tells it."""

    lattice: Lattice
    figures: Sequence[Figure]
    options: Options
    returned: bool

    @property
    def series(self) -> str:
        return self.lattice.series


@dataclass(slots=True)
class _Known:
    """The sets of cells whose scale is known, by series: as bits, services × weeks."""

    month: Span
    block: Span
    sets: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    told: set[tuple[str, NodeKey, Span]] = field(default_factory=set)
    wrong: set[tuple[str, NodeKey, Span]] = field(default_factory=set)
    _first_bit: dict[str, int] = field(default_factory=dict)

    @property
    def pieces(self) -> tuple[Span, Span]:
        """The month's weeks in the block, and the block."""
        first, last = max(self.month.first, self.block.first), min(self.month.last, self.block.last)
        return Span(first, last), self.block

    def set_of(self, services: Iterable[str], weeks: Iterable[Week]) -> int:
        """Some services' cells of some weeks."""
        first = min(self.month.first, self.block.first)
        each, found = sum(1 << (week - first) for week in weeks), 0
        for one in services:
            found |= each << self._first_bit.setdefault(one, _A_SERVICE * len(self._first_bit))
        return found

    def set_of_node(self, lattice: Lattice, key: NodeKey, span: Span) -> int:
        """What a node adds up, week by week."""
        found = 0
        for week in _weeks(span):
            mine = [one for one in lattice.members[key] if one.since <= week]
            found |= self.set_of(mine[-1].services if mine else (), [week])
        return found

    def add_row(self, lattice: Lattice, services: Iterable[str]) -> None:
        """Take a row of the month's return as known, but for weeks before anybody had answers."""
        weeks = [one for one in _weeks(self.month) if not self.block.first <= one < lattice.begun]
        self.sets[lattice.series].append(self.set_of(services, weeks))

    def takes(self, series: str, wanted: int) -> bool:
        """Whether a set is disjoint with each that is known, or lies in it, or holds it."""
        return all(one & wanted in (0, wanted, one) for one in self.sets[series])


def scales_of(
    session: Session, catalogue: Catalogue, pathway: str, left: Sequence[Left], *, week: Week
) -> list[New]:
    """The scales that leave beside the figures of a week: each question's, from the lowest level, by name.

    A service's new step tells its own at once. With the last week of a month, or of the block within it, each
    node tells that of all its figures in these weeks together, and with the block's that of all in the block.
    Where the national return asks too, nothing goes across a month's end. Each leaves only where it is nested
    in or disjoint with every scale that was told, and every row that the month's return has or will have.
    """
    known = _Known(month_span(week.month), block_of(week))
    asked = list(_asked(catalogue, pathway, left))
    wanted = {one.series: list(_wanted(known, one, week)) for one in asked}
    if not any(wanted.values()):
        return []
    begin = min(one.span.first for mine in wanted.values() for one in mine)
    _add_told(session, known, asked, begin)
    places = _by_place(cells.of_weeks(session, pathway, Span(begin, week)))
    found: list[New] = []
    for one in asked:
        if one.returned and wanted[one.series]:
            _add_rows(session, known, one)
        found += _leaving(session, known, one, wanted[one.series], places=places)
    return found


def _asked(catalogue: Catalogue, pathway: str, left: Iterable[Left]) -> Iterator[_Asked]:
    for lattice, figures in left:
        options = options_of(catalogue, pathway, lattice.series)
        if options is not None:
            returned = any(
                version.series_of(version.lead.question) == lattice.series and is_friends_and_family(version)
                for version in catalogue.versions(pathway)
            )
            yield _Asked(lattice, figures, options, returned)


def _wanted(known: _Known, asked: _Asked, week: Week) -> Iterator[_Sum]:
    """By shape and size: services' new steps, and what lies in a piece that ends with the week; in order."""
    lattice = asked.lattice
    pieces = known.pieces[: 1 if asked.returned else 2]
    found: dict[tuple[NodeKey, Span], _Sum] = {}
    for figure in asked.figures:
        if lattice.members[figure.key][-1].level == "service" and figure.span.first in pieces[-1]:
            cells = lattice.cells(figure.key, figure.span)
            found[figure.key, figure.span] = _Sum(figure.key, 0, figure.span, cells)
    for piece in (one for one in pieces if one.last == week):
        for key, told in lattice.told["staff"].items():
            at = [n for n, span in enumerate(told.spans) if span.first in piece and span.last in piece]
            if at and all(told.spans[n].last + 1 == told.spans[n + 1].first for n in at[:-1]):
                span = Span(told.spans[at[0]].first, told.spans[at[-1]].last)
                level = LEVELS.index(lattice.members[key][-1].level)
                cells = np.sort(np.concatenate([told.cells[n] for n in at]))
                found[key, span] = _Sum(key, level, span, cells)
    for _, one in sorted(found.items(), key=lambda one: (one[1].level, one[0])):
        if lattice.counts[one.cells].sum() >= ENOUGH:
            yield one


def _add_told(session: Session, known: _Known, asked: Sequence[_Asked], begin: Week) -> None:
    """Take in what has left of weeks from `begin` on: scales, the month's return; and what was wrong."""
    lattices = {one.series: one.lattice for one in asked}
    kinds: tuple[Kind, ...] = ("scale", "return", "withdrawn")
    pathway, block = asked[0].options.pathway, known.block.first
    # What left before `begin` is about earlier weeks.
    for one in ledger.of_block(session, pathway, block, kinds=kinds, since=begin):
        figure, lattice = one.figure, lattices.get(one.figure.series)
        if lattice is None:
            continue
        if one.kind == "scale":
            known.told.add((figure.series, figure.key, figure.span))
            known.sets[figure.series].append(known.set_of_node(lattice, figure.key, figure.span))
        elif one.kind == "withdrawn" and not one.is_scale:
            known.wrong.add((figure.series, figure.key, figure.span))
        elif one.kind == "return" and figure.span.first in known.month:
            known.add_row(lattice, one.services or ())


def _add_rows(session: Session, known: _Known, asked: _Asked) -> None:
    """Take in the rows that the month's return will have, by the organisations' tree as it is now."""
    tree = {one.code: one for one in directory.organisations(session)}
    rows: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for one in directory.services(session):
        for row in rows_of(one, tree) if one.pathway == asked.options.pathway else ():
            rows[row].append(one.code)
    for _, services in sorted(rows.items()):
        known.add_row(asked.lattice, services)


def _leaving(
    session: Session, known: _Known, asked: _Asked, wanted: Iterable[_Sum], *, places: Places
) -> Iterator[New]:
    lattice, series = asked.lattice, asked.series
    sums = [one for one in wanted if not _is_spoilt(known, series, one)]
    in_groups = [held(_cells_of(lattice, one, places), series) for one in sums]
    answers = by_option(session, asked.options, {key for mine in in_groups for key in mine})
    for one, mine in zip(sums, in_groups, strict=True):
        of_node = known.set_of_node(lattice, one.key, one.span)
        told = agreed(asked.options, mine, answers) if known.takes(series, of_node) else None
        if told is not None:
            known.sets[series].append(of_node)
            counts = tuple(int(n) for n in lattice.sums(one.cells))
            figure = Figure(*one.key, series, one.span, counts, sum(counts))  # type: ignore[arg-type]
            yield New(figure, "scale", about={"options": told})


def _is_spoilt(known: _Known, series: str, one: _Sum) -> bool:
    """Whether it has been told, or holds a figure that was wrong."""
    wrong = (span for of, key, span in known.wrong if (of, key) == (series, one.key))
    return (series, one.key, one.span) in known.told or any(
        span.first <= one.span.last and one.span.first <= span.last for span in wrong
    )


def _by_place(found: Iterable[Cell]) -> Places:
    by_place: dict[tuple[str, str, bool, Week], list[Cell]] = defaultdict(list)
    for one in found:
        by_place[one.series, one.service, one.apart, one.week].append(one)
    return by_place


def _cells_of(lattice: Lattice, one: _Sum, places: Places) -> Iterator[Cell]:
    rows = list(lattice.rows)  # in the order of their numbers
    for cell in one.cells.tolist():
        yield from places.get((lattice.series, *rows[cell // BLOCK], lattice.block.first + cell % BLOCK), ())


def _weeks(span: Span) -> Iterator[Week]:
    return (span.first + n for n in range(span.weeks))
