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
Place = tuple[str, str, bool, Week]  # series, service, whether apart, week of release
_A_SERVICE = 8  # bits, of which the weeks of a month take five at most


@dataclass(frozen=True, slots=True)
class _Sum:
    """The sum of some figures of a node, whose weeks lie in one month and one block."""

    key: NodeKey
    level: int
    span: Span
    cells: Ints


@dataclass(slots=True)
class _Month:
    """The sets of a month's cells whose scale is known, by series: as bits, services × weeks."""

    piece: Span  # its weeks in the block
    whole: Span
    known: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    told: set[tuple[str, NodeKey, Span]] = field(default_factory=set)
    wrong: set[tuple[str, NodeKey, Span]] = field(default_factory=set)
    _first_bit: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, week: Week) -> _Month:
        """The month of a week, of which nothing is known."""
        whole, block = month_span(week.month), block_of(week)
        return cls(Span(max(whole.first, block.first), min(whole.last, block.last)), whole)

    def set(self, services: Iterable[str], weeks: Iterable[Week]) -> int:
        """Some services' cells of some weeks."""
        each, found = sum(1 << (week - self.whole.first) for week in weeks), 0
        for one in services:
            found |= each << self._first_bit.setdefault(one, _A_SERVICE * len(self._first_bit))
        return found

    def set_of_node(self, lattice: Lattice, key: NodeKey, span: Span) -> int:
        """What a node adds up, week by week."""
        found = 0
        for week in _weeks(span):
            mine = [one for one in lattice.members[key] if one.since <= week]
            found |= self.set(mine[-1].services if mine else (), [week])
        return found

    def know_row(self, lattice: Lattice, services: Iterable[str]) -> None:
        """Take a row of the national return as known, without weeks before anybody had answers."""
        weeks = [one for one in _weeks(self.whole) if not lattice.block.first <= one < lattice.begun]
        self.known[lattice.series].append(self.set(services, weeks))

    def takes(self, series: str, wanted: int) -> bool:
        """Whether a set is disjoint with each that is known, or lies in it, or holds it."""
        return all(one & wanted in (0, wanted, one) for one in self.known[series])


def scales_of(
    session: Session, catalogue: Catalogue, pathway: str, left: Sequence[Left], *, week: Week
) -> list[New]:
    """The scales that leave beside the figures of a week: each question's, from the lowest level, by name.

    A service's new step tells its own at once, where its weeks lie in one month. With a month's last week, or
    the block's within it, each node tells that of all its steps in it together, where that is nested in or
    disjoint with every scale told before and every row that the month's national return has or will have.
    """
    month = _Month.of(week)
    wanted = {lattice.series: list(_wanted(month, lattice, figures, week)) for lattice, figures in left}
    if not any(wanted.values()):
        return []
    _know_told(session, month, pathway, {lattice.series: lattice for lattice, _ in left})
    places = _by_place(cells.of_weeks(session, pathway, month.piece))
    found: list[New] = []
    for lattice, _ in left:
        options = options_of(catalogue, pathway, lattice.series)
        sums = [one for one in wanted[lattice.series] if not _is_spoilt(month, lattice.series, one)]
        if options is None or not sums:
            continue
        if _is_returned(catalogue, options):
            _know_rows(session, month, pathway, lattice)
        mine = [held(_cells_of(lattice, one, places), lattice.series) for one in sums]
        answers = by_option(session, options, {key for one in mine for key in one})
        for one, in_groups in zip(sums, mine, strict=True):
            of_node = month.set_of_node(lattice, one.key, one.span)
            told = agreed(options, in_groups, answers) if month.takes(lattice.series, of_node) else None
            if told is not None:
                month.known[lattice.series].append(of_node)
                found.append(_new(lattice, one, told))
    return found


def _wanted(month: _Month, lattice: Lattice, figures: Iterable[Figure], week: Week) -> Iterator[_Sum]:
    """By shape and size: services' new steps, at the end of a piece all steps in it; in their order."""
    found: dict[tuple[NodeKey, Span], _Sum] = {}
    for figure in figures:
        if lattice.members[figure.key][-1].level == "service" and figure.span.first in month.piece:
            cells = lattice.cells(figure.key, figure.span)
            found[figure.key, figure.span] = _Sum(figure.key, 0, figure.span, cells)
    for key, told in lattice.told["staff"].items() if week == month.piece.last else ():
        at = [n for n, span in enumerate(told.spans) if span.first in month.piece and span.last <= week]
        follow = all(told.spans[n].last + 1 == told.spans[n + 1].first for n in at[:-1])
        if at and follow and key in lattice.members:
            span = Span(told.spans[at[0]].first, told.spans[at[-1]].last)
            level = LEVELS.index(lattice.members[key][-1].level)
            cells = np.sort(np.concatenate([told.cells[n] for n in at]))
            found[key, span] = _Sum(key, level, span, cells)
    for _, one in sorted(found.items(), key=lambda one: (one[1].level, one[0])):
        if lattice.counts[one.cells].sum() >= ENOUGH:
            yield one


def _know_told(session: Session, month: _Month, pathway: str, lattices: Mapping[str, Lattice]) -> None:
    """Take in what has left of the month: scales, rows of its return; and what was wrong."""
    kinds: tuple[Kind, ...] = ("scale", "return", "withdrawn")
    rows = set()
    for one in ledger.of_block(session, pathway, block_of(month.piece.first).first, kinds=kinds):
        figure, lattice = one.figure, lattices.get(one.figure.series)
        if lattice is None or figure.span.first not in month.whole:
            continue
        if one.kind == "scale":
            month.told.add((figure.series, figure.key, figure.span))
            month.known[figure.series].append(month.set_of_node(lattice, figure.key, figure.span))
        elif one.kind == "return":
            rows.add((figure.series, one.services or ()))
        elif not one.is_scale:
            month.wrong.add((figure.series, figure.key, figure.span))
    for series, services in sorted(rows):
        month.know_row(lattices[series], services)


def _know_rows(session: Session, month: _Month, pathway: str, lattice: Lattice) -> None:
    """Take in the rows that the month's return will have, by the organisations' tree as it is now."""
    known = {one.code: one for one in directory.organisations(session)}
    rows: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for one in directory.services(session):
        for row in rows_of(one, known) if one.pathway == pathway else ():
            rows[row].append(one.code)
    for _, services in sorted(rows.items()):
        month.know_row(lattice, services)


def _is_returned(catalogue: Catalogue, options: Options) -> bool:
    """Whether the national return tells this series, in whichever version."""
    return any(
        version.series_of(version.lead.question) == options.series and is_friends_and_family(version)
        for version in catalogue.versions(options.pathway)
    )


def _is_spoilt(month: _Month, series: str, one: _Sum) -> bool:
    """Whether it has been told, or holds a figure that was wrong."""
    wrong = (span for of, key, span in month.wrong if (of, key) == (series, one.key))
    return (series, one.key, one.span) in month.told or any(
        span.first <= one.span.last and one.span.first <= span.last for span in wrong
    )


def _by_place(found: Iterable[Cell]) -> Mapping[Place, list[Cell]]:
    by_place: dict[Place, list[Cell]] = defaultdict(list)
    for one in found:
        by_place[one.series, one.service, one.apart, one.week].append(one)
    return by_place


def _cells_of(lattice: Lattice, one: _Sum, places: Mapping[Place, list[Cell]]) -> Iterator[Cell]:
    rows = list(lattice.rows)  # in the order of their numbers
    for cell in one.cells.tolist():
        yield from places.get((lattice.series, *rows[cell // BLOCK], lattice.block.first + cell % BLOCK), ())


def _new(lattice: Lattice, one: _Sum, options: Mapping[str, int]) -> New:
    counts = tuple(int(n) for n in lattice.sums(one.cells))
    figure = Figure(*one.key, lattice.series, one.span, counts, sum(counts))  # type: ignore[arg-type]
    return New(figure, "scale", about={"options": dict(options)})


def _weeks(span: Span) -> Iterator[Week]:
    return (span.first + n for n in range(span.weeks))
