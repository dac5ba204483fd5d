"""How large what a figure hides may be, for all that the figures say: bounds by linear programming."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import csr_array

from analysis.segments import Bools, Floats

Ints = npt.NDArray[np.int64]
CLOSE = 1e-6  # HiGHS's own tolerance is 1e-7
LONGEST = 20.0  # seconds that one bound may take: a solver that does not end has failed
LINEAR = {"time_limit": LONGEST, "presolve": False}  # it would take longer than it saves
BRANCHES = 100  # that a table for many groups is worth: it saves work, and decides nothing
ALONE = 8  # groups so few that a table for many would save nothing
IDLE = 2  # tables in a row that showed nothing: then each group is looked at by itself


class SolverFailed(ArithmeticError):
    """A bound could not be computed, so that nothing can be said to be safe."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The most that a group may have, for all that the figures say, and which of them keep it there."""

    most: int
    binding: tuple[int, ...]  # rows of the membership


@dataclass(slots=True)
class _Shown:
    """What tables with the sums that the figures tell have shown of each group.

    No category bounds another: any table of one goes with any of the others, so what a group has at most is
    kept for each category by itself. Only a table of whole numbers, none negative, whose sums are exactly
    those told, has shown anything.
    """

    membership: csr_array
    truth: Ints
    sums: Ints  # (figures, categories)
    most: Ints  # (groups, categories): the most that any table has had
    rows: csr_array  # the membership as HiGHS takes it

    @classmethod
    def of(cls, membership: csr_array, counts: Ints) -> _Shown:
        """The truth is a table."""
        whole = csr_array(membership, dtype=np.int64)
        return cls(whole, counts, np.asarray(whole @ counts), counts.copy(), whole.astype(np.float64))

    def learn(self, category: int, table: Floats | None) -> bool:
        """Take in a solver's table; False where it is none."""
        if table is None:
            return False
        whole = np.rint(table).astype(np.int64)
        near = (np.abs(table - whole) < CLOSE).all() and (whole >= 0).all()
        if not near or (self.membership @ whole != self.sums[:, category]).any():
            return False
        np.maximum(self.most[:, category], whole, out=self.most[:, category])
        return True

    def short(self, groups: Ints, least: int) -> Ints:
        """Those of `groups` that no table has shown to have enough."""
        few: Ints = groups[self.most[groups].sum(axis=1) < least]
        return few


def bounded(
    membership: csr_array, counts: Ints, wanted: Sequence[int], *, least: int, many: bool = True
) -> Iterator[tuple[int, Bound | None]]:
    """Say of each group of `wanted` what bounds it under `least` answers, or None where it can have as many.

    Parameters
    ----------
    membership : sparse array of 0 and 1, shape (figures, groups)
        Which groups each figure adds up.
    counts : ndarray of int, shape (groups, categories)
        What they have in truth: each figure tells its sum in each category.
    wanted : columns whose bound is asked for.
    many : whether tables for many groups are tried first; they save work and decide nothing.

    Yields
    ------
    column, Bound or None
        None where a table of whole numbers, none negative, has been shown that has all the sums which the
        figures tell and `least` answers in the group. Those that a table for many shows come first, the
        others in the order of `wanted`; what is not asked for is not computed.

    Raises
    ------
    SolverFailed
        HiGHS found no optimum.

    Notes
    -----
    One table shows many groups at once, so the first are for as many as they can be, in the largest category
    alone. What they do not reach is bounded by itself.
    """
    shown = _Shown.of(membership, counts)
    every = np.asarray(wanted, dtype=np.int64)
    left = shown.short(every, least)
    if many:
        left = _short_of_tables(shown, left, least=least)
    for one in every[~np.isin(every, left)].tolist():
        yield one, None
    for one in left.tolist():
        if shown.most[one].sum() < least:  # not yet shown by another's table
            bound = _bound(shown, one, least=least)
            yield one, bound if bound.most < least else None
        else:
            yield one, None


def _short_of_tables(shown: _Shown, left: Ints, *, least: int) -> Ints:
    main = int(shown.truth.sum(axis=0).argmax())
    # Weights that differ make corners that differ. The seed is fixed: the same is found wherever it is asked.
    random = np.random.default_rng(0)
    idle = 0
    while len(left) > ALONE and idle < IDLE:
        aim = np.zeros(len(shown.truth))
        aim[left] = 1 + random.random(len(left))
        if not shown.learn(main, _corner(shown, main, aim)):
            shown.learn(main, _whole(shown, main, aim, branches=BRANCHES))
        now = shown.short(left, least)
        idle = idle + 1 if len(now) == len(left) else 0
        left = now
    return left


def _bound(shown: _Shown, one: int, *, least: int) -> Bound:
    # What one figure says, where that is enough; then the linear bound, which tells what binds; then the
    # whole one. The largest first: what holds it back is what is most worth withholding.
    aim = np.zeros(len(shown.truth))
    aim[one] = 1
    binding = np.zeros(shown.membership.shape[0], dtype=bool)
    most, smallest = _by_one_figure(shown, one)
    for category in np.argsort(-shown.truth.sum(axis=0), kind="stable").tolist():
        if most.sum() < least or most[category] == shown.most[one, category]:
            continue
        most[category], tight, table = _linear(shown, category, aim)
        binding |= tight
        shown.learn(category, table)
        if shown.most[one].sum() >= least:
            return Bound(int(shown.most[one].sum()), ())
    if not binding.any():
        binding[smallest] = True
    if most.sum() < least:
        return Bound(int(most.sum()), _rows(binding))
    for category in np.flatnonzero(shown.most[one] < most).tolist():
        if not shown.learn(category, _whole(shown, category, aim)):
            raise SolverFailed("HiGHS: its table has not the sums that were told")
    binding |= shown.membership[:, [one]].toarray().ravel().astype(bool)
    return Bound(int(shown.most[one].sum()), _rows(binding))


def _by_one_figure(shown: _Shown, one: int) -> tuple[Ints, Ints]:
    """What each category has at most by the figure that says least, and which figure that is."""
    rows = np.flatnonzero(shown.membership[:, [one]].toarray().ravel())
    smallest: Ints = rows[shown.sums[rows].argmin(axis=0)]
    return shown.sums[smallest, np.arange(shown.sums.shape[1])], smallest


def _rows(binding: Bools) -> tuple[int, ...]:
    return tuple(np.flatnonzero(binding).tolist())


def _linear(shown: _Shown, category: int, aim: Floats) -> tuple[int, Bools, Floats]:
    """The largest `aim` of any table, which figures keep it there, and that table, maybe of fractions."""
    solved = linprog(
        -aim,
        A_eq=shown.rows,
        b_eq=shown.sums[:, category],
        bounds=(0, None),
        method="highs",
        options=LINEAR,
    )
    if solved.status != 0:
        raise SolverFailed(f"HiGHS: {solved.message}")
    return int(np.floor(-solved.fun + CLOSE)), np.abs(solved.eqlin.marginals) > CLOSE, solved.x


def _corner(shown: _Shown, category: int, aim: Floats) -> Floats:
    """A corner of what tables can be, with the largest `aim`; most have whole numbers."""
    sums = shown.sums[:, category]
    solved: Any = milp(-aim, constraints=LinearConstraint(shown.rows, sums, sums), options=LINEAR)
    if solved.status != 0:
        raise SolverFailed(f"HiGHS: {solved.message}")
    return np.asarray(solved.x)


def _whole(shown: _Shown, category: int, aim: Floats, *, branches: int | None = None) -> Floats | None:
    """A table of whole numbers with the largest `aim`; with few `branches` a large one, or None."""
    sums = shown.sums[:, category]
    solved: Any = milp(
        -aim,
        integrality=np.ones(len(aim)),
        constraints=LinearConstraint(shown.rows, sums, sums),
        options={"time_limit": LONGEST} | ({"node_limit": branches} if branches else {}),
    )
    if solved.status != 0 and branches is None:
        raise SolverFailed(f"HiGHS: {solved.message}")
    return None if solved.x is None else np.asarray(solved.x)
