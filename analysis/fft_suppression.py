"""The national Friends and Family Test's suppression: small units, siblings, children of hidden parents.

For the national return alone. It protects less than Heard's own gate: months that overlap and figures of
other kinds undo it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.reach import Ints
from analysis.segments import Bools

FEW = 4  # 1 to so many responses are suppressed; 0 is shown as 0
TOP = -1  # the parent of what stands highest


def suppressed(counts: npt.ArrayLike, parent: npt.ArrayLike) -> Bools:
    """Which units are shown as `*`, for one care setting and month.

    Parameters
    ----------
    counts : array_like of int, shape (units, answers)
        Responses of each unit by answer: the six of the Friends and Family Test.
    parent : array_like of int, shape (units,)
        Row of the unit above (of a ward or site its trust, of a trust its ICB), or -1 of those at the top.

    Returns
    -------
    ndarray of bool, shape (units,)
        True where a unit has 1 to 4 responses; where it is the next lowest of siblings of which only one is
        suppressed; and of a suppressed parent's children at least the two lowest. Units without a response
        hide nothing, so they are shown, and are passed over as the next lowest. Of equals it is the first.

    Raises
    ------
    ValueError
        A count is negative, shapes do not go together, a parent is no row above, or has not the sum of its
        children.

    Notes
    -----
    Not established: whether the national file shows the number of responses of a suppressed unit (Heard
    shows `*` in all its columns, which tells less); which of equals is the next lowest; and what is
    done among ICBs, whose siblings are all over the country: at the top only 1 to 4 are suppressed here.

    Source
    ------
    NHS England's Friends and Family Test data, the rule as it was read from its publications in November
    2026. Worked examples: tests/spec/test_fft_suppression.py.
    """
    held, above = _checked(counts, parent)
    n = held.sum(axis=1)
    hidden: Bools = (n > 0) & (n <= FEW)
    for one in _from_the_top(above):
        mine = np.flatnonzero(above == one)
        lowest = mine[np.argsort(n[mine], kind="stable")]
        lowest = lowest[n[lowest] > 0]
        if hidden[one] or hidden[mine].sum() == 1:
            hidden[lowest[:2]] = True
    return hidden


def _checked(counts: npt.ArrayLike, parent: npt.ArrayLike) -> tuple[Ints, Ints]:
    held, above = np.asarray(counts, dtype=np.int64), np.asarray(parent, dtype=np.int64)
    if held.ndim != 2 or above.shape != (len(held),) or (held < 0).any():
        raise ValueError(
            f"counts of the shape (units, answers), none negative, and a parent each are wanted, not"
            f" {held.shape} and {above.shape}"
        )
    if ((above < TOP) | (above >= len(held))).any() or len(list(_from_the_top(above))) != len(
        set(above[above != TOP].tolist())
    ):
        raise ValueError("a unit's parent is a row that stands above it, or -1")
    for one in set(above[above != TOP].tolist()):
        if (held[above == one].sum(axis=0) != held[one]).any():
            raise ValueError(f"row {one} is not the sum of its children")
    return held, above


def _from_the_top(above: Ints) -> list[int]:
    """Rows that have children, each after the one above it."""
    found: list[int] = []
    level = np.flatnonzero(above == TOP)
    while len(level):
        parents = [int(one) for one in level if (above == one).any()]
        found += parents
        level = np.flatnonzero(np.isin(above, parents))
    return found
