"""Exposed: the small cells that a national return lays bare, alone, or together with what had left before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analysis.disclosure import bounds
from survey.domain.calendar import Span
from survey.domain.counts import SMALLEST
from survey.services.releasing.lattice import Ints, Lattice

Services = Sequence[str]


@dataclass(frozen=True, slots=True)
class Exposed:
    """Cells of 1 to 9 answers that can have no ten any more, each by service and week; never how many."""

    alone: tuple[str, ...]
    together: tuple[str, ...]


def exposed(told: Sequence[Services], blocks: Mapping[Span, Lattice]) -> Exposed:
    """What the sums of some services over all `blocks` together expose; the lattices hold what left before.

    The pieces of a month that two blocks share are told as one sum.
    """
    starts, size = {}, 0
    for span, lattice in blocks.items():
        starts[span] = size
        size += len(lattice.counts)
    counts = np.vstack([lattice.counts for lattice in blocks.values()])
    joined = [
        np.concatenate([one.cells_of(services, span) + starts[span] for span, one in blocks.items()])
        for services in told
    ]
    before = [
        cells + starts[span]
        for span, one in blocks.items()
        for cells in (*(sums for node in one.told["staff"].values() for sums in node.cells), *one.others)
    ]
    of_return, known = _membership(joined, size), _membership(before, size)
    names = [one.cell_name(cell) for one in blocks.values() for cell in range(len(one.counts))]
    alone = set(bounds(counts, of_return, least=SMALLEST))
    had = set(bounds(counts, known, least=SMALLEST))
    both = set(bounds(counts, _membership([*joined, *before], size), least=SMALLEST))
    return Exposed(_named(alone, names), _named(both - alone - had, names))


def _membership(sums: Sequence[Ints], cells: int) -> csr_array:
    held = [one for one in sums if len(one)]
    columns = np.concatenate([*held, np.zeros(0, dtype=np.int64)])
    ends = np.cumsum([0, *(len(one) for one in held)])
    return csr_array((np.ones(len(columns), dtype=np.int64), columns, ends), shape=(len(held), cells))


def _named(cells: set[int], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(names[cell] for cell in cells))
