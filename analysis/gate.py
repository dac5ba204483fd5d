"""The gate: which new figures may leave beside those that have left, so that no small group stands bare."""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import connected_components

from analysis.reach import Bound, Ints, SolverFailed, bounded
from analysis.segments import Bools

SMALL, FAILED, EMPTY = -1, -2, -3  # why a figure was withheld, where it protects no cell


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate decided of each new figure.

    `released` says whether it leaves. `reason` is, of one that does not, the cell that it protects, or SMALL
    (under the least that is shown), EMPTY (nobody answered), FAILED (no bound could be computed, so that
    nothing new is safe beside it). `exposed` are cells near what is new that what had left before bounds
    already, and which nothing new can protect.
    """

    released: Bools  # (new,)
    reason: Ints  # (new,); meaningless where released
    exposed: Ints  # (cells that are, …)


@dataclass(slots=True)
class _Room:
    """All that one decision is about: cells, the figures that have left, and those that would."""

    counts: Ints  # (cells, categories)
    out: csr_array  # (figures, cells), each once
    rows: list[int]  # which row each of them was
    new: csr_array  # (figures, cells)
    level: Ints
    n: Ints
    least: int
    kept: Bools
    reason: Ints
    # Cells that were shown to be able to have enough. They stay so: what is withheld later only loosens.
    safe: set[int] = field(default_factory=set)
    exposed: set[int] = field(default_factory=set)
    unexposed: set[int] = field(default_factory=set)
    again: bool = False  # whether tables for many cells at once have been tried


def gate(
    counts: npt.ArrayLike,
    out: csr_array,
    new: csr_array,
    *,
    level: npt.ArrayLike,
    least: int = 10,
) -> Gate:
    """Withhold the fewest of the lowest level, the smallest first, until no small cell is bounded.

    Parameters
    ----------
    counts : array_like of int, shape (cells, categories)
        Answers of each cell (a service in a week) in each category (favourable, neither, unfavourable).
    out, new : sparse array of 0 and 1, shapes (figures, cells), (new figures, cells)
        Which cells the figures add up that have left, and those that would.
    level : array_like of int, shape (new figures,)
        How high a new figure stands in the tree; the lowest is withheld first.
    least : int
        Nobody may know of a cell with any answers that it has fewer. A new figure of fewer is not released.

    Returns
    -------
    Gate

    Raises
    ------
    ValueError
        Shapes do not go together, or a count is negative.

    Notes
    -----
    The same whatever happens elsewhere: parts that no figure joins are decided apart. Cells and figures must
    come in an order of their own (by name), for of equals the first is withheld. Withholding all that is new
    is safe, so it ends.

    Source
    ------
    The p-per-cent and bounds rules: Hundepool et al. (2012), Statistical Disclosure Control, chapter 4. The
    rule of this gate and what it was attacked with: docs/decisions/0024.
    """
    room = _room(counts, out, new, level=level, least=least)
    try:
        while (withheld := list(_withheld(room))) != []:
            for one, protects in withheld:
                room.kept[one], room.reason[one] = False, protects
            room.again = True
    except SolverFailed:
        room.reason[room.kept] = FAILED
        room.kept[:] = False
    return Gate(room.kept, room.reason, np.array(sorted(room.exposed), dtype=np.int64))


def bounds(
    counts: npt.ArrayLike, out: csr_array, *, least: int = 10, among: Set[int] | None = None
) -> dict[int, Bound]:
    """The cells with any answers that `out` bounds under `least`, each with its bound and the rows that bind.

    Shapes as `gate` takes them; of all cells, or of those like the ones in `among`. SolverFailed where a
    bound cannot be computed.
    """
    room = _room(counts, out, csr_array((0, out.shape[1])), level=[], least=least)
    found: dict[int, Bound] = {}
    for part in _parts(room):
        for group, bound in part.loose(room, among):
            mine = [cell for cell in part.groups[group] if room.counts[cell].any()]
            binding = sorted(room.rows[part.figures[row]] for row in bound.binding)
            found.update(dict.fromkeys(mine, Bound(bound.most, tuple(binding))))
    return dict(sorted(found.items()))


def _room(
    counts: npt.ArrayLike, out: csr_array, new: csr_array, *, level: npt.ArrayLike, least: int
) -> _Room:
    held = np.asarray(counts, dtype=np.int64)
    if held.ndim != 2 or (held < 0).any():
        raise ValueError(f"counts are of shape (cells, categories) and none is negative, not {held.shape}")
    for name, figures in (("out", out), ("new", new)):
        if figures.shape[1] != len(held):
            raise ValueError(f"{name} is of {figures.shape[1]} cells; there are {len(held)}")
    high = np.asarray(level, dtype=np.int64)
    if high.shape != (new.shape[0],):
        raise ValueError(f"{new.shape[0]} new figures have {high.shape} levels")
    n = np.asarray(new @ held.sum(axis=1), dtype=np.int64)
    rows = _distinct(csr_array(out))
    return _Room(
        counts=held,
        out=csr_array(out)[rows],
        rows=rows,
        new=csr_array(new),
        level=high,
        n=n,
        least=least,
        kept=n >= least,
        reason=np.where(n == 0, EMPTY, SMALL),
    )


def _distinct(figures: csr_array) -> list[int]:
    """Rows of each figure once, in an order of their own: what binds must not hang on when it left."""
    figures = figures.sorted_indices()
    rows: dict[tuple[int, ...], int] = {}
    for at, (start, end) in enumerate(pairwise(figures.indptr)):
        if end > start:
            rows.setdefault(tuple(figures.indices[start:end].tolist()), at)
    return [rows[cells] for cells in sorted(rows)]


def _withheld(room: _Room) -> Iterator[tuple[int, int]]:
    """Of each part in which a cell is bounded: which new figure to withhold, and the cell it protects."""
    for part in _parts(room, new=True):
        kept = [one for one in part.figures if one >= 0]
        for group, bound in part.loose(room):
            cells = [cell for cell in part.groups[group] if room.counts[cell].any()]
            _look_for_exposed(room, set(cells))
            mine = [cell for cell in cells if cell in room.unexposed]
            if not mine:
                continue
            near = {part.figures[row] for row in bound.binding} & set(kept)
            yield min(near or kept, key=lambda one: (room.level[one], room.n[one], one)), mine[0]
            break  # what is bounded beside it may not be without this figure


def _look_for_exposed(room: _Room, cells: set[int]) -> None:
    """Which of the cells are bounded whatever leaves now: a national return follows the national rule."""
    unknown = cells - room.exposed - room.unexposed
    with suppress(SolverFailed):  # then they are protected as if they were not
        if unknown:
            room.exposed.update(bounds(room.counts, room.out, least=room.least, among=unknown))
    room.unexposed |= unknown - room.exposed


@dataclass(frozen=True, slots=True)
class _Part:
    """Figures that share cells, and no cell of which any other figure holds.

    A figure is the number of a new one, or negative. Cells that the same figures hold are one group: only
    their sum is told, so each of them may have all of it.
    """

    figures: list[int]
    groups: list[list[int]]
    membership: csr_array  # (figures, groups)

    def loose(self, room: _Room, among: Set[int] | None = None) -> Iterator[tuple[int, Bound]]:
        """The groups that are bounded, but for exposed ones; of those with a cell of `among`, or all."""
        if not self.groups:  # a figure of no cells
            return
        sums = np.array([room.counts[group].sum(axis=0) for group in self.groups])
        small = [
            at
            for at in np.flatnonzero((sums.sum(axis=1) > 0) & (sums.sum(axis=1) < room.least)).tolist()
            if room.safe.isdisjoint(self.groups[at])
            and not room.exposed.issuperset(self.groups[at])
            and (among is None or not among.isdisjoint(self.groups[at]))
        ]
        if not small:
            return
        for at, bound in bounded(self.membership, sums, small, least=room.least, many=not room.again):
            if bound is None:
                room.safe.update(self.groups[at])
            else:
                yield at, bound


def _parts(room: _Room, *, new: bool = False) -> Iterator[_Part]:
    """The parts with a cell that is to be protected; with `new`, those to which anything new is added.

    In the others nothing is bounded, or nothing new bounds it and nothing can be withheld.
    """
    n = room.counts.sum(axis=1)
    slight = (n > 0) & (n < room.least)
    if not slight.any():
        return
    chosen = np.flatnonzero(room.kept)
    together = vstack([room.out, room.new[chosen]], format="csr")
    names = [*range(-room.out.shape[0], 0), *chosen.tolist()]
    for rows, cells in _joined(together):
        if not slight[cells].any() or (new and rows.max() < room.out.shape[0]):
            continue
        groups, membership = _grouped(together[rows], cells)
        yield _Part([names[row] for row in rows], groups, membership)


def _joined(figures: csr_array) -> Iterator[tuple[Ints, Ints]]:
    """Rows and columns of each part: figures that share cells, and the cells they hold."""
    held = np.flatnonzero(np.asarray(figures.sum(axis=0)).ravel())
    if not len(held):
        return
    number, label = connected_components(figures @ figures.T, directed=False)
    first = np.asarray(figures[:, held].tocsc().indices)[figures[:, held].tocsc().indptr[:-1]]
    order, of_cell = np.argsort(label, kind="stable"), label[first]
    rows = np.split(order, np.cumsum(np.bincount(label, minlength=number))[:-1])
    by_part = np.argsort(of_cell, kind="stable")
    cells = np.split(held[by_part], np.cumsum(np.bincount(of_cell, minlength=number))[:-1])
    yield from zip(rows, cells, strict=True)


def _grouped(figures: csr_array, cells: Ints) -> tuple[list[list[int]], csr_array]:
    """Cells by the figures that hold them, and which groups each figure adds up."""
    columns = figures[:, cells].tocsc()
    columns.sort_indices()
    by_figures: dict[bytes, int] = {}
    groups: list[list[int]] = []
    of_group: list[int] = []
    for at, cell in enumerate(cells):
        start, end = columns.indptr[at : at + 2]
        key = columns.indices[start:end].tobytes()
        if key not in by_figures:
            by_figures[key] = len(groups)
            groups.append([])
            of_group.append(at)
        groups[by_figures[key]].append(int(cell))
    return groups, csr_array(columns[:, of_group].tocsr())
