"""How large what figures hide may be: tables that show enough, or a bound where none does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analysis.moves import Moves
from analysis.segments import Floats, Ints
from analysis.solving import CLOSE, SolverFailed, System, is_whole

FAMILIES = 2  # of figures that share no group; those beyond say little more and take longest
FEW = 2  # groups so few that a table for many would save nothing
IDLE = 2  # tables in a row that showed nothing: then each group is looked at by itself


@dataclass(frozen=True, slots=True)
class Bound:
    """The most that a cell may have, for all that the figures say, and which of them keep it there."""

    most: int
    binding: tuple[int, ...]  # figures


class Reach:
    """What figures leave possible of groups of cells.

    Cells that the same figures hold are one group: only their sum is told, so each of them may have all of it
    but for one answer of each other cell, since every cell is known to have been answered. A table is answers
    by group and category, with every sum that is told; the truth is one. A group is shown once a table has
    been seen in which one of its cells has `least`.
    """

    def __init__(
        self, counts: Ints, cells: Ints, figures: csr_array, *, told: Iterable[int], least: int
    ) -> None:
        """`counts` is of shape (groups, categories), `cells` of (groups,), `figures` of (figures, groups)."""
        self.counts, self.cells, self.least = counts, cells, least
        self.told = set(told)
        self.n, self.enough = counts.sum(axis=1), least - 1 + cells
        self.shown = self.n >= self.enough
        self._figures = csr_array(figures, dtype=np.int64)
        self._rows, self._held = _lists(self._figures), _lists(csr_array(self._figures.T.tocsr()))
        self._order = np.argsort(-counts.sum(axis=0), kind="stable").tolist()  # categories, the largest first
        self._alone = self._told_alone()
        self._parts: dict[int, _Part] = {}
        spare = (self.n - cells).tolist()
        first, *others = _families(self._rows)
        self._moves = Moves(counts.tolist(), spare, self._held, first)
        self._flows = [
            Moves(self.n[:, None].tolist(), spare, _only(self._held, first | one), first)
            for one in others[:FAMILIES] or [set()]
        ]
        for one in (self._moves, *self._flows):
            one.tell(range(len(counts)), self.told, self._alone)

    def holding(self, group: int) -> list[int]:
        """The told figures that hold a group."""
        return [one for one in self._held[group] if one in self.told]

    def take_back(self, figure: int) -> None:
        """A figure is told no longer. What was shown stays so."""
        self.told.discard(figure)
        self._parts.clear()
        before, self._alone = self._alone, self._told_alone()
        changed = {*self._rows[figure], *(before.keys() ^ self._alone.keys())}
        for one in (self._moves, *self._flows):
            one.tell(changed, self.told, self._alone)

    def by_moves(self, group: int) -> Bound | None:
        """Show by moving answers that a group has enough, or find what bounds it; None where neither is."""
        if not self.shown[group]:
            self._move(self.counts, [group])
        return None if self.shown[group] else self._by_flow(group)

    def show(self, groups: Sequence[int]) -> None:
        """Show many groups at once, as far as it goes: it saves work, and decides nothing."""
        left = [one for one in groups if not self.shown[one]]
        # Weights that differ make corners that differ. The seed is fixed: the same is found wherever asked.
        random, idle = np.random.default_rng(0), 0
        every = self._part(self.told)
        while len(left) > FEW and idle < IDLE:
            aim = np.zeros(len(self.counts))
            aim[left] = 1 + random.random(len(left))
            corner = every.system.corner(aim[every.groups], self._order[0], every.system.counts)
            if corner is not None:
                self._learn(every, corner, left)
            now = [one for one in left if not self.shown[one]]
            idle = idle + 1 if len(now) == len(left) else 0
            left = now

    def bound(self, group: int) -> Bound | None:
        """What keeps each cell of a group under `least`; None where it may have as many.

        SolverFailed where neither can be said.
        """
        if (bound := self.by_moves(group)) is not None or self.shown[group]:
            return bound
        part = self._part_with(group)
        one = int(np.flatnonzero(part.groups == group)[0])
        most, dual = part.system.most_by_n(one)
        if most >= self.enough[group]:
            self._learn_corners(part, group)
            if self.shown[group]:
                return None
            most, dual, table = part.system.most(one)
            self._learn(part, table, [group])
            if most >= self.enough[group]:
                return None if self.shown[group] else self._by_whole_numbers(part, group)
        all_dual = np.zeros((len(self._rows), dual.shape[1]))
        all_dual[part.figures] = dual
        return Bound(most - int(self.cells[group]) + 1, self._binding(group, all_dual))

    def _learn_corners(self, part: _Part, group: int) -> None:
        """As many as can be in one category after the other."""
        aim, table = (part.groups == group).astype(np.float64), part.system.counts
        for category in self._order:
            corner = part.system.corner(aim, category, table)
            if corner is None or self.shown[group]:
                return
            self._learn(part, table := corner, [group])

    def _by_whole_numbers(self, part: _Part, group: int) -> Bound | None:
        one, least = int(np.flatnonzero(part.groups == group)[0]), int(self.enough[group])
        table = part.system.whole(one, least)
        if table is None:
            return Bound(self.least - 1, tuple(self.holding(group)))
        self._learn(part, table, [group])
        if not self.shown[group]:
            raise SolverFailed("HiGHS: its table has not the sums that were told")
        return None

    def _by_flow(self, group: int) -> Bound | None:
        """By n alone, and by no figures but two families of such as share no group."""
        for flow in self._flows:
            change, missing = flow.raised(group, int(self.enough[group] - self.n[group]), (0,))
            if missing:
                cut = flow.cut(group, change)
                dual = np.zeros((len(self._rows), 1))
                dual[list(cut), 0] = list(cut.values())
                return Bound(self.least - missing, self._binding(group, dual))
        return None

    def _learn(self, part: _Part, table: Ints | Floats, groups: Sequence[int]) -> None:
        """Take in a part's table, if it is one, and what moves from there show of some groups."""
        if is_whole(table):
            found = self.counts.copy()
            found[part.groups] = np.rint(table)
            if self._shows(found):
                self._move(found, groups)

    def _move(self, table: Ints, groups: Iterable[int]) -> None:
        n = table.sum(axis=1)
        moves = self._moves
        if table is not self.counts:
            moves = moves.starting_at(table.tolist(), (n - self.cells).tolist())
        for group in groups:
            if not self.shown[group]:
                change, missing = moves.raised(group, int(self.enough[group] - n[group]), self._order)
                if not missing:
                    moved = table.copy()
                    moved[list(change)] += np.array(list(change.values()))
                    self._shows(moved)

    def _shows(self, table: Ints) -> bool:
        """Take in what a table shows; only one with all told sums has shown anything."""
        n = table.sum(axis=1)
        told = np.zeros(len(self._rows), dtype=bool)
        told[list(self.told)] = True
        same = not np.asarray(self._figures @ (table - self.counts))[told].any()
        if is_one := same and bool((table >= 0).all() and (n >= self.cells).all()):
            self.shown |= n >= self.enough
        return is_one

    def _binding(self, group: int, dual: Floats) -> tuple[int, ...]:
        """Figures that count for anything, and those that tell groups alone where these need it."""
        for one, figure in reversed(self._alone.items()):
            dual[figure] = 0
            dual[figure] = (one == group) - dual[self.holding(one)].sum(axis=0)
        return tuple(np.flatnonzero((np.abs(dual) > CLOSE).any(axis=1)).tolist())

    def joined(self, group: int, *, over_alone: bool = False) -> set[int]:
        """The told figures that are joined with a group by others, over groups that are not told alone.

        Or over these too: the figure that tells one of them alone may be what bounds its neighbours.
        """
        found: set[int] = set()
        front = {group}
        while front:
            open_ = {at for at in front if over_alone or at not in self._alone}
            new = {one for at in open_ for one in self.holding(at)} - found
            found |= new
            front = {at for one in new for at in self._rows[one]}
        return found

    def _part_with(self, group: int) -> _Part:
        if group not in self._parts:
            part = self._part(self.joined(group))
            self._parts.update(dict.fromkeys(part.groups.tolist(), part))
        return self._parts[group]

    def _part(self, figures: Iterable[int]) -> _Part:
        some = {one: mine for one in sorted(figures) if (mine := set(self._rows[one]) - self._alone.keys())}
        groups = np.array(sorted(set().union(*some.values())), dtype=np.int64)
        told = csr_array(self._figures[list(some)][:, groups], dtype=np.float64)
        system = System(told, self.counts[groups], self.cells[groups])
        return _Part(np.array(list(some), dtype=np.int64), groups, system)

    def _told_alone(self) -> dict[int, int]:
        """Groups whose sums are told, alone or by what else is known so, in that order; by which figure."""
        found: dict[int, int] = {}
        left = {one: len(self._rows[one]) for one in self.told}
        ready = sorted(one for one in self.told if left[one] == 1)
        while ready:
            one = ready.pop()
            if left[one] == 1:
                group = next(at for at in self._rows[one] if at not in found)
                found[group] = one
                for other in self.holding(group):
                    left[other] -= 1
                    ready += [other] if left[other] == 1 else []
        return found


@dataclass(frozen=True, slots=True)
class _Part:
    """Some figures, and the groups they hold that are not told alone."""

    figures: Ints
    groups: Ints
    system: System


def _lists(figures: csr_array) -> list[list[int]]:
    return [one.tolist() for one in np.split(figures.indices, figures.indptr[1:-1])]


def _only(held: Sequence[Sequence[int]], figures: AbstractSet[int]) -> list[list[int]]:
    return [[one for one in mine if one in figures] for mine in held]


def _families(rows: Sequence[Sequence[int]]) -> list[set[int]]:
    """Figures of several groups in families of such as share none, the smallest first; one at least."""
    families: list[set[int]] = [set()]
    used: list[set[int]] = [set()]
    for one in sorted(range(len(rows)), key=lambda one: (len(rows[one]), one)):
        if len(rows[one]) > 1:
            at = next((at for at, groups in enumerate(used) if groups.isdisjoint(rows[one])), len(used))
            if at == len(used):
                families.append(set())
                used.append(set())
            families[at].add(one)
            used[at].update(rows[one])
    return families
