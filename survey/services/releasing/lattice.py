"""Lattices: all that one question's figures of one block of weeks are made of, for the gate to look at."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from survey.domain.blocks import BLOCK
from survey.domain.calendar import Span, Week
from survey.domain.released import Entry, Figure, Form, NodeKey
from survey.storage.cells import Cell, Member

Ints = npt.NDArray[np.int64]
Row = tuple[str, bool]  # service, whether these are its answers apart from its organisations'


@dataclass(slots=True)
class Told:
    """What a node has told of the block in one form: cells and weeks of each figure, in order of weeks."""

    cells: list[Ints] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class Lattice:
    """One series of one pathway in one block: its cells, who adds up which, and what has been told.

    Cells are numbered row by row, twelve weeks each, by service, so that they come in an order of their own.
    Before `begun` nobody had answers, and everybody knows: those weeks are in no figure.
    """

    series: str
    block: Span
    begun: Week
    rows: dict[Row, int]
    counts: Ints  # (rows × 12, 3)
    members: Mapping[NodeKey, Sequence[Member]]
    told: dict[Form, dict[NodeKey, Told]]
    others: list[Ints] = field(default_factory=list)  # answers to single questions, national returns
    # Of those: answers by form; and the pieces of returns, of which only the sum with other blocks is told.
    answers: dict[Form, list[Ints]] = field(default_factory=lambda: {"staff": [], "public": []})
    pieces: list[Ints] = field(default_factory=list)
    returned: list[Ints] = field(default_factory=list)  # what returns told, whole or in pieces: anybody knows
    withdrawn: list[Ints] = field(default_factory=list)  # what wrong figures add up

    def cells(self, key: NodeKey, span: Span) -> Ints:
        """The cells that a node adds up over some weeks of the block.

        A service's past, apart from what its organisations told, is in figures of nothing but the past.
        """
        found = [row * BLOCK + week for week in self._weeks(span) for row in self._rows(key, week)]
        cells = np.array(sorted(found), dtype=np.int64)
        past = self.rows.get((key[0], True)) if self._is_service(key) else None
        if past is None or self.counts[cells].any():
            return cells
        return np.array([past * BLOCK + week for week in self._weeks(span)], dtype=np.int64)

    def is_past(self, cells: Ints) -> bool:
        """Whether these are of a service's past, apart from what its organisations told."""
        past = {row for (_, apart), row in self.rows.items() if apart}
        return bool(past & set((cells // BLOCK).tolist()))

    def cells_of(self, services: Iterable[str], span: Span) -> Ints:
        """The cells of some services, as organisations add them up."""
        weeks = [week for week in self._weeks(span) if self.block.first + week >= self.begun]
        rows = [self.rows[one, False] for one in services if (one, False) in self.rows]
        return np.array(sorted(row * BLOCK + week for row in rows for week in weeks), dtype=np.int64)

    def of_one(self, key: NodeKey, week: Week) -> bool:
        """Whether by `week` one service alone has had answers: then a node's figures are that service's."""
        cells = self.cells(key, Span(self.block.first, week))
        return len(set(cells[self.counts[cells].any(axis=1)] // BLOCK)) < 2

    def sums(self, cells: Ints) -> Ints:
        """Answers by group."""
        return np.asarray(self.counts[cells].sum(axis=0), dtype=np.int64)

    def membership(self, figures: Sequence[Ints]) -> csr_array:
        """Which cells each figure adds up, as the gate takes it."""
        columns = np.concatenate([*figures, np.zeros(0, dtype=np.int64)])
        ends = np.cumsum([0, *(len(one) for one in figures)])
        return csr_array(
            (np.ones(len(columns), dtype=np.int64), columns, ends), shape=(len(figures), len(self.counts))
        )

    def cell_name(self, cell: int) -> str:
        """Service and week."""
        service = next(name for (name, _), row in self.rows.items() if row == cell // BLOCK)
        return f"{service}, {self.block.first + cell % BLOCK}"

    def _weeks(self, span: Span) -> range:
        first, last = span.first - self.block.first, span.last - self.block.first
        return range(max(first, 0), min(last, BLOCK - 1) + 1)

    def _is_service(self, key: NodeKey) -> bool:
        mine = self.members.get(key)
        return bool(mine) and mine[-1].level == "service"  # type: ignore[index]

    def _rows(self, key: NodeKey, at: int) -> Iterator[int]:
        week = self.block.first + at
        mine = [one for one in self.members.get(key, ()) if one.since <= week]
        if not mine or week < self.begun:
            return
        for service in mine[-1].services:
            if (row := self.rows.get((service, False))) is not None:
                yield row


def lattices(
    found: Iterable[Cell], entries: Iterable[Entry], members: Sequence[Member], block: Span
) -> dict[str, Lattice]:
    """The lattices of a pathway's block by series, from its cells and what the ledger says of it."""
    by_series: dict[str, list[Cell]] = defaultdict(list)
    for cell in found:
        by_series[cell.series].append(cell)
    by_node: dict[NodeKey, list[Member]] = defaultdict(list)
    for member in members:
        by_node[member.key].append(member)
    made = {series: _lattice(series, mine, by_node, block) for series, mine in sorted(by_series.items())}
    for entry in entries:
        figure = entry.figure
        one = made.get(figure.series)
        if one is None or entry.is_scale:  # of groups a scale tells nothing that figures did not: scale.py
            continue
        if entry.kind != "figure":
            _note_other(one, entry)
            continue
        note(one, figure)
    return made


def _note_other(lattice: Lattice, entry: Entry) -> None:
    figure = entry.figure
    own = lattice.cells(figure.key, figure.span)
    if entry.services is not None:
        own = lattice.cells_of(entry.services, figure.span)
    if not len(own):
        return  # nobody there has answered in this block
    if entry.kind == "withdrawn":
        lattice.withdrawn.append(own)  # a wrong figure is known all the same: it binds as it did
        return
    lattice.others.append(own)
    if entry.kind == "return":
        lattice.returned.append(own)
    if entry.kind == "return" and entry.about.get("weeks") != str(figure.span):
        lattice.pieces.append(own)
    else:
        lattice.answers[figure.form].append(own)


def note(lattice: Lattice, figure: Figure) -> None:
    """Add a figure to what has been told, in time: a service's past may be told after its present."""
    told = lattice.told[figure.form].setdefault(figure.key, Told())
    at = bisect(told.spans, figure.span)
    told.cells.insert(at, lattice.cells(figure.key, figure.span))
    told.spans.insert(at, figure.span)


def _lattice(
    series: str, found: Sequence[Cell], members: Mapping[NodeKey, Sequence[Member]], block: Span
) -> Lattice:
    names = sorted({(one.service, one.apart) for one in found})
    rows = {name: at for at, name in enumerate(names)}
    counts = np.zeros((len(rows) * BLOCK, 3), dtype=np.int64)
    for one in found:
        counts[rows[one.service, one.apart] * BLOCK + (one.week - block.first)] += one.counts
    begun = min((one.week for one in found if not one.apart), default=block.first)
    return Lattice(series, block, begun, rows, counts, members, {"staff": {}, "public": {}})
