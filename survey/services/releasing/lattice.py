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
Bools = npt.NDArray[np.bool_]
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
    taken_back: Bools  # (rows × 12,) cells that have been told and that hold answers which were taken back
    told: dict[Form, dict[NodeKey, Told]]
    others: list[Ints] = field(default_factory=list)  # answers to single questions, national returns
    # Of those: answers by form; and the pieces of returns, of which only the sum with other blocks is told.
    answers: dict[Form, list[Ints]] = field(default_factory=lambda: {"staff": [], "public": []})
    pieces: list[Ints] = field(default_factory=list)
    returned: list[Ints] = field(default_factory=list)  # what returns told, whole or in pieces: anybody knows

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

    def of_entry(self, entry: Entry) -> Ints:
        """The cells that an entry of the ledger adds up."""
        if entry.services is not None:
            return self.cells_of(entry.services, entry.figure.span)
        return self.cells(entry.figure.key, entry.figure.span)

    def still_right(self, key: NodeKey, span: Span) -> Span | None:
        """What is left of a span after the newest of a node's cells that answers were taken back from."""
        cells = self.cells(key, span)
        wrong = cells[self.taken_back[cells]] % BLOCK
        first = self.block.first + int(wrong.max()) + 1 if len(wrong) else span.first
        return Span(first, span.last) if first <= span.last else None

    def cell_of(self, cell: Cell) -> int:
        """The number of a cell."""
        return self.rows[cell.service, cell.apart] * BLOCK + (cell.week - self.block.first)

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
    own = lattice.of_entry(entry)
    if not len(own) or entry.kind == "withdrawn":
        return  # nobody there has answered in this block; or it binds as it did, for somebody has seen it
    lattice.others.append(own)
    if entry.kind == "return":
        lattice.returned.append(own)
    if entry.kind == "return" and entry.about.get("weeks") != str(entry.figure.span):
        lattice.pieces.append(own)
    else:
        lattice.answers[entry.figure.form].append(own)


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
    begun = min((one.week for one in found if not one.apart), default=block.first)
    taken_back = np.zeros(len(counts), dtype=np.bool_)
    made = Lattice(series, block, begun, rows, counts, members, taken_back, {"staff": {}, "public": {}})
    for one in found:
        counts[made.cell_of(one)] += one.counts
        taken_back[made.cell_of(one)] |= one.taken_back
    return made
