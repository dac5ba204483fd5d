"""The gate: which new figures may leave beside those that have left, so that no small group stands bare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import connected_components

from analysis.reach import Bound, Reach
from analysis.segments import Bools, Ints
from analysis.solving import SolverFailed

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
    Which cells have any answers is taken to be known: the others hide nothing, and each of these has one.

    The same whatever happens elsewhere: parts that no figure joins are decided apart. Cells and figures must
    come in an order of their own (by name), for of equals the first is withheld. Withholding all that is new
    is safe, so it ends.

    Source
    ------
    The p-per-cent and bounds rules: Hundepool et al. (2012), Statistical Disclosure Control, chapter 4. The
    rule of this gate and what it was attacked with: docs/decisions/0024.
    """
    held, high = _checked(counts, out=out, new=new), np.asarray(level, dtype=np.int64)
    if high.shape != (new.shape[0],):
        raise ValueError(f"{new.shape[0]} new figures have {high.shape} levels")
    n = np.asarray(new @ held.sum(axis=1), dtype=np.int64)
    kept, reason = n >= least, np.where(n == 0, EMPTY, SMALL)
    enough = np.flatnonzero(kept)
    room = _Room.of(held, csr_array(out), csr_array(new)[enough], least=least)
    for one, protects in room.withheld(np.lexsort((enough, n[enough], high[enough])).tolist()):
        kept[enough[one]], reason[enough[one]] = False, protects
    exposed = sorted(cell for group in room.exposed for cell in room.cells[group])
    return Gate(kept, reason, np.array(exposed, dtype=np.int64))


def bounds(counts: npt.ArrayLike, out: csr_array, *, least: int = 10) -> dict[int, Bound]:
    """The cells with any answers that `out` bounds under `least`, each with its bound and the rows that bind.

    Shapes as `gate` takes them. SolverFailed where a bound cannot be computed.
    """
    held = _checked(counts, out=out)
    room = _Room.of(held, csr_array(out), csr_array((0, out.shape[1])), least=least)
    found: dict[int, Bound] = {}
    for group, bound in room.bare():
        binding = tuple(sorted(room.rows[one] for one in bound.binding))
        found.update(dict.fromkeys(room.cells[group], Bound(bound.most, binding)))
    return dict(sorted(found.items()))


@dataclass(slots=True)
class _Room:
    """All that one decision is about: groups of cells, the figures that have left, and those that would.

    Figures are numbered through: first those that have left, each once, then the new ones.
    """

    cells: list[list[int]]  # of each group
    rows: list[int]  # which row each of those that have left was
    figures: csr_array  # (figures, groups)
    reach: Reach
    exposed: set[int] = field(default_factory=set)  # groups that what had left before bounds
    _before: Reach | None = None  # what it leaves possible

    @classmethod
    def of(cls, counts: Ints, out: csr_array, new: csr_array, *, least: int) -> _Room:
        known = _answered(out, counts)
        rows = _distinct(known)
        cells, figures = _grouped(csr_array(vstack([known[rows], _answered(new, counts)], format="csr")))
        sums = np.array([counts[one].sum(axis=0) for one in cells], dtype=np.int64)
        return cls(
            cells,
            rows,
            figures,
            Reach(
                sums.reshape(-1, counts.shape[1]),
                np.array([len(one) for one in cells], dtype=np.int64),
                figures,
                told=range(figures.shape[0]),
                least=least,
            ),
        )

    def bare(self) -> Iterator[tuple[int, Bound]]:
        """The groups that are bounded, and by what."""
        small = np.flatnonzero(~self.reach.shown).tolist()
        found = {one: bound for one in small if (bound := self.reach.by_moves(one)) is not None}
        yield from found.items()
        left = [one for one in small if one not in found]
        self.reach.show(left)
        for one in left:
            if (bound := self.reach.bound(one)) is not None:
                yield one, bound

    def withheld(self, order: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Of new figures in this order the first near each group that is bounded, and the cell it protects.

        What moves tell comes first, as it costs least; then what a solver must be asked.
        """
        kept = [len(self.rows) + one for one in order]
        small = [one for one in self._near_new() if not self.reach.shown[one]]
        for ask in (self.reach.by_moves, self.reach.bound):
            small = [one for one in small if not self.reach.shown[one] and one not in self.exposed]
            if ask == self.reach.bound:
                self.reach.show(small)
            for group in small:
                for one, protects in self._protect(group, kept, ask):
                    kept.remove(one)
                    self.reach.take_back(one)
                    yield one - len(self.rows), protects

    def _protect(
        self, group: int, kept: Sequence[int], ask: Callable[[int], Bound | None]
    ) -> Iterator[tuple[int, int]]:
        """New figures to withhold, one after the other, until nothing bounds a group, or nothing new."""
        asked = False
        while True:
            protects, binding = self.cells[group][0], set(self.reach.holding(group))
            try:
                if (bound := ask(group)) is None:
                    return
                binding = set(bound.binding)
            except SolverFailed:
                protects = FAILED
            if not asked and self._is_exposed(group):
                self.exposed.add(group)
                return
            asked = True
            around = (binding, self.reach.joined(group), self.reach.joined(group, over_alone=True))
            near = next((one for some in around for one in kept if one in some), None)
            if near is None:
                return
            yield near, protects

    def _is_exposed(self, group: int) -> bool:
        if self._before is None:
            reach = self.reach
            told = range(len(self.rows))
            self._before = Reach(reach.counts, reach.cells, self.figures, told=told, least=reach.least)
        with suppress(SolverFailed):  # then it is protected as if it were not
            return self._before.bound(group) is not None
        return False

    def _near_new(self) -> list[int]:
        """Groups that figures join with a new one."""
        number, label = connected_components(self.figures @ self.figures.T, directed=False)
        new = np.zeros(number, dtype=bool)
        new[label[len(self.rows) :]] = True
        held = np.asarray(self.figures.T @ new[label].astype(np.int64))
        return np.flatnonzero(held).tolist()


def _checked(counts: npt.ArrayLike, **figures: csr_array) -> Ints:
    held = np.asarray(counts, dtype=np.int64)
    if held.ndim != 2 or (held < 0).any():
        raise ValueError(f"counts are of shape (cells, categories) and none is negative, not {held.shape}")
    for name, one in figures.items():
        if one.shape[1] != len(held):
            raise ValueError(f"{name} is of {one.shape[1]} cells; there are {len(held)}")
    return held


def _answered(figures: csr_array, counts: Ints) -> csr_array:
    """Figures without the cells that nobody answered: that these are empty is taken to be known."""
    held = csr_array(figures.multiply(counts.any(axis=1)))
    held.eliminate_zeros()
    return held


def _distinct(figures: csr_array) -> list[int]:
    """Rows of each figure once, in an order of their own: what binds must not hang on when it left."""
    figures = figures.sorted_indices()
    rows: dict[tuple[int, ...], int] = {}
    for at, (start, end) in enumerate(pairwise(figures.indptr)):
        if end > start:
            rows.setdefault(tuple(figures.indices[start:end].tolist()), at)
    return [rows[cells] for cells in sorted(rows)]


def _grouped(figures: csr_array) -> tuple[list[list[int]], csr_array]:
    """Cells by the figures that hold them, and which groups each figure adds up."""
    columns = figures.tocsc()
    columns.sort_indices()
    by_figures: dict[bytes, list[int]] = {}
    for cell, (start, end) in enumerate(pairwise(columns.indptr)):
        if end > start:
            by_figures.setdefault(columns.indices[start:end].tobytes(), []).append(cell)
    groups = list(by_figures.values())
    return groups, csr_array(columns[:, [one[0] for one in groups]].tocsr())
