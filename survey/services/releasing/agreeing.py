"""Agreeing: cells hold what is stored beyond what was told, so that nobody is told of twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from survey.domain.questionnaire import GROUPS
from survey.services.releasing.lattice import Ints
from survey.services.releasing.taken_back import Place, place
from survey.storage.cells import Cell


def nothing() -> Ints:
    """No answers, by group."""
    return np.zeros(len(GROUPS), dtype=np.int64)


@dataclass(slots=True)
class Change:
    """Answers to one question, of one service and span, that came and went since the last intake."""

    groups: Ints = field(default_factory=nothing)
    came: int = 0
    went: int = 0

    def add(self, group: int, n: int) -> None:
        """Note that an option of a group was chosen `n` times more, or fewer."""
        self.groups[group] += n
        self.came += max(n, 0)
        self.went += max(-n, 0)


@dataclass(frozen=True, slots=True)
class Agreed:
    """What makes cells agree: further rows of those there are, what a new one holds, and who stays out."""

    rows: tuple[Cell, ...]
    new: Ints  # by group
    again: int  # answers that came and are in no cell: people of whom something was told before


def agree(held: Sequence[Cell], told: Collection[Place], change: Change, stored: Ints) -> Agreed:
    """Make the cells of one service's span agree with what is `stored` after a change; the newest is first.

    What was told stays. Cells that nothing has told of hold what is stored beyond it: of whom it was told is
    not known, so that as many as were told are taken to be the same people, also where their answers changed.
    `told` may be empty where nothing is stored less than cells hold, as it makes no difference then.
    """
    out = [cell for cell in held if place(cell) in told]
    within = [cell for cell in held if place(cell) not in told and any(cell.counts)]
    wanted, there = beyond(stored, added_up(out)), added_up(within)
    fewer, more = np.maximum(there - wanted, 0), np.maximum(wanted - there, 0)
    # Nobody can say who was in which of several: one that kept some would tell of people who may come again.
    anew = fewer.any() and (len(within) > 1 or more.any())
    rows = [_without(cell, np.array(cell.counts) if anew else fewer) for cell in within if fewer.any()]
    if change.went > fewer.sum() or (change.went and (stored < added_up(out)).any()):
        rows += marked(out)
    known = any(one.taken_back for one in (*held, *rows))
    again = max(change.came - int(more.sum()), 0) if known else 0
    return Agreed(tuple(rows), wanted if anew else more, again)


def beyond(stored: Ints, told: Ints) -> Ints:
    """Answers by group that are stored beyond those that were told, never more than are so in all.

    Where answers have changed their group since, what is too many is left out of the largest.
    """
    found: Ints = np.maximum(stored - told, 0)
    over = int(found.sum() - max(stored.sum() - told.sum(), 0))
    for group in np.argsort(-found, kind="stable"):
        out = min(over, int(found[group]))
        found[group] -= out
        over -= out
    return found


def added_up(found: Iterable[Cell]) -> Ints:
    """The answers of some cells by group."""
    return sum((np.array(one.counts) for one in found), nothing())


def marked(found: Iterable[Cell]) -> Iterator[Cell]:
    """Rows that say of cells that answers of theirs were taken back; of each once."""
    for one in found:
        if not one.taken_back:
            yield replace(one, counts=(0, 0, 0), number=one.number + 1, taken_back=True)


def _without(cell: Cell, out: Ints) -> Cell:
    """The row that takes some answers out of a cell."""
    counts = tuple(-int(n) for n in out)
    return replace(cell, counts=counts, number=cell.number + 1, taken_back=False)  # type: ignore[arg-type]
