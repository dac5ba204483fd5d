"""Solving: tables and bounds of them by HiGHS, for all that figures tell of groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import block_diag, csr_array, eye_array, hstack

from analysis.segments import Floats, Ints

CLOSE = 1e-6  # HiGHS's own tolerance is 1e-7
LONGEST = 20.0  # seconds that one bound may take: a solver that does not end has failed
LINEAR = {"time_limit": LONGEST, "presolve": False}  # it would take longer than it saves
BRANCHES = 100  # that a whole table is worth which decides nothing
INFEASIBLE = 2


class SolverFailed(ArithmeticError):
    """A bound could not be computed, so that nothing can be said to be safe."""


@dataclass(frozen=True, slots=True)
class System:
    """What figures tell of some groups, and the least that each group has.

    Shapes: `told` (figures, groups) of 0 and 1, `counts` (groups, categories), `floors` (groups,).
    """

    told: csr_array
    counts: Ints
    floors: Ints

    def corner(self, aim: Floats, category: int, table: Ints) -> Ints | None:
        """A table that is another but in one category, with the largest `aim`; None where none is found.

        A corner of what tables can be, for most of these have whole numbers.
        """
        sums = self.told @ self.counts[:, category]
        others = table.sum(axis=1) - table[:, category]
        for whole, options in ((0, LINEAR), (1, {"time_limit": LONGEST, "node_limit": BRANCHES})):
            solved: Any = milp(
                -aim,
                integrality=np.full(len(aim), whole),
                bounds=Bounds(np.maximum(self.floors - others, 0)),
                constraints=LinearConstraint(self.told, sums, sums),
                options=options,
            )
            if solved.x is not None and is_whole(solved.x):
                found = table.copy()
                found[:, category] = np.rint(solved.x)
                return found
        return None

    def most_by_n(self, group: int) -> tuple[int, Floats]:
        """The most that a group may have for what is told of n; by which figures, shape (figures, 1)."""
        n = self.counts.sum(axis=1)
        solved = linprog(
            [-float(one == group) for one in range(len(n))],
            A_eq=self.told,
            b_eq=self.told @ n,
            bounds=np.stack([self.floors, np.full(len(n), np.inf)], axis=1),
            method="highs",
            options=LINEAR,
        )
        return _most(solved), -solved.eqlin.marginals[:, None]

    def most(self, group: int) -> tuple[int, Floats, Floats]:
        """The most that a group may have, by which figures, and a table where it has, maybe of fractions.

        Shapes (figures, categories), (groups, categories).
        """
        told, floors, aim = self._of_all_categories(group)
        solved = linprog(
            -aim,
            A_eq=told,
            b_eq=(self.told @ self.counts).T.ravel(),
            A_ub=-floors,
            b_ub=-self.floors,
            method="highs",
            options=LINEAR,
        )
        most, categories = _most(solved), self.counts.shape[1]
        return most, -solved.eqlin.marginals.reshape(categories, -1).T, solved.x.reshape(categories, -1).T

    def whole(self, group: int, least: int) -> Floats | None:
        """A table of whole numbers in which a group has `least`; None where there is none."""
        told, floors, aim = self._of_all_categories(group)
        sums = (self.told @ self.counts).T.ravel()
        solved: Any = milp(
            np.zeros(len(aim)),
            integrality=np.ones(len(aim)),
            constraints=[
                LinearConstraint(told, sums, sums),
                LinearConstraint(floors, self.floors),
                LinearConstraint(aim[None], least),
            ],
            options={"time_limit": LONGEST},
        )
        if solved.status == INFEASIBLE:
            return None
        if solved.x is None:
            raise SolverFailed(f"HiGHS: {solved.message}")
        return np.asarray(solved.x).reshape(self.counts.shape[1], -1).T

    def _of_all_categories(self, group: int) -> tuple[csr_array, csr_array, Floats]:
        """What is told of each category, the n of every group and of one; category by category."""
        groups, categories = self.counts.shape
        aim = np.zeros((categories, groups))
        aim[:, group] = 1
        told = block_diag([self.told] * categories, format="csr")
        return told, hstack([eye_array(groups)] * categories, format="csr"), aim.ravel()


def is_whole(table: npt.ArrayLike) -> bool:
    """Whether all numbers are whole, but for what a solver leaves."""
    return bool((np.abs(np.rint(table) - table) < CLOSE).all())


def _most(solved: Any) -> int:
    if solved.status != 0:
        raise SolverFailed(f"HiGHS: {solved.message}")
    return int(np.floor(-solved.fun + CLOSE))
