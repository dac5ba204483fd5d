"""How large what a figure hides may be, for all that the figures say: bounds by linear programming."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import csr_array, diags_array, hstack

from analysis.segments import Bools, Floats

Ints = npt.NDArray[np.int64]
CLOSE = 1e-6  # HiGHS's own tolerance is 1e-7
LONGEST = 20.0  # seconds that one bound may take: a solver that does not end has failed


class SolverFailed(ArithmeticError):
    """A bound could not be computed, so that nothing can be said to be safe."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The most that a group may have, for all that the figures say, and which of them keep it there."""

    most: int
    binding: tuple[int, ...]  # rows of the membership


def unreached(membership: csr_array, counts: Ints, wanted: Sequence[int], *, least: int) -> dict[int, Bound]:
    """The groups of `wanted` that cannot have `least` answers, by their columns, each with its bound.

    Parameters
    ----------
    membership : sparse array of 0 and 1, shape (figures, groups)
        Which groups each figure adds up.
    counts : ndarray of int, shape (groups, categories)
        What they have in truth: each figure tells its sum in each category.
    wanted : columns whose bound is asked for.

    Returns
    -------
    dict
        Of every group for which no table of whole numbers, none negative, has all the sums that the figures
        tell and `least` answers in the group. A group that is not there has been shown such a table.

    Raises
    ------
    SolverFailed
        HiGHS found no optimum.

    Notes
    -----
    One table shows many groups at once, so the first rounds ask for as many as they can. They move the
    largest category alone, and leave the others as they are in truth; what they do not reach is bounded by
    itself, a category at a time, for none bounds another.
    """
    left = [one for one in wanted if counts[one].sum() < least]
    left = _shown_by_tables(membership, counts, left, least=least)
    found = {}
    for one in left:
        bound = _bound(membership, counts, one, least=least)
        if bound.most < least:
            found[one] = bound
    return found


def _shown_by_tables(membership: csr_array, counts: Ints, wanted: Sequence[int], *, least: int) -> list[int]:
    # What no table shows is left, in order.
    main = int(counts.sum(axis=0).argmax())
    others = counts.sum(axis=1) - counts[:, main]
    left = list(wanted)
    while left:
        table = _table(membership, counts[:, main], left, least - others[left])
        now = [one for one, short in zip(left, table[left] < least - others[left], strict=True) if short]
        if len(now) == len(left):
            return left
        left = now
    return left


def _table(membership: csr_array, truth: Ints, wanted: Sequence[int], needed: Ints) -> Ints:
    """A table with the sums of `truth` in which as many of `wanted` as can be have what they need."""
    groups, asked = membership.shape[1], len(wanted)
    choose = csr_array(
        (np.ones(asked), (np.arange(asked), np.asarray(wanted))), shape=(asked, groups), dtype=np.float64
    )
    # Share y of what is needed that a group has: needed × y ≤ x, y ≤ 1; the sum of all y is to be large.
    at_most = hstack([-choose, diags_array(needed.astype(np.float64))], format="csr")
    exactly = hstack([membership.astype(np.float64), csr_array((membership.shape[0], asked))], format="csr")
    solved = linprog(
        np.concatenate([np.zeros(groups), -np.ones(asked)]),
        A_ub=at_most,
        b_ub=np.zeros(asked),
        A_eq=exactly,
        b_eq=membership @ truth,
        bounds=[(0, None)] * groups + [(0, 1)] * asked,
        method="highs",
        options={"time_limit": LONGEST},
    )
    if solved.status != 0:
        raise SolverFailed(f"HiGHS: {solved.message}")
    return _whole(membership, solved.x[:groups], truth)


def _whole(membership: csr_array, table: Floats, truth: Ints) -> Ints:
    # A table that is not of whole numbers shows nothing: then the truth is the table.
    whole = np.rint(table).astype(np.int64)
    sound = (np.abs(table - whole) < CLOSE).all() and (whole >= 0).all()
    return whole if sound and (membership @ whole == membership @ truth).all() else truth


def _bound(membership: csr_array, counts: Ints, one: int, *, least: int) -> Bound:
    # The linear bound first, for it tells which figures bind; the whole one where the linear one is enough.
    most, binding = 0, np.zeros(membership.shape[0], dtype=bool)
    for category in range(counts.shape[1]):
        value, tight = _linear(membership, counts[:, category], one)
        most += value
        binding |= tight
    if most >= least:
        most = sum(_integer(membership, counts[:, category], one) for category in range(counts.shape[1]))
        if most < least:
            binding |= membership[:, [one]].toarray().ravel().astype(bool)
    return Bound(most, tuple(int(row) for row in np.flatnonzero(binding)))


def _linear(membership: csr_array, truth: Ints, one: int) -> tuple[int, Bools]:
    aim = np.zeros(membership.shape[1])
    aim[one] = -1
    solved = linprog(
        aim,
        A_eq=membership.astype(np.float64),
        b_eq=membership @ truth,
        bounds=(0, None),
        method="highs",
        options={"time_limit": LONGEST},
    )
    if solved.status != 0:
        raise SolverFailed(f"HiGHS: {solved.message}")
    return int(np.floor(-solved.fun + CLOSE)), np.abs(solved.eqlin.marginals) > CLOSE


def _integer(membership: csr_array, truth: Ints, one: int) -> int:
    aim = np.zeros(membership.shape[1])
    aim[one] = -1
    sums = membership @ truth
    solved: Any = milp(
        aim,
        integrality=np.ones(len(aim)),
        constraints=LinearConstraint(membership.astype(np.float64), sums, sums),
        options={"time_limit": LONGEST},
    )
    if solved.status != 0:
        raise SolverFailed(f"HiGHS: {solved.message}")
    return int(np.floor(-solved.fun + CLOSE))
