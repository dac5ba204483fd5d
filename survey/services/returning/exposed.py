"""Exposed: the small cells that a national return lays bare, alone, or together with what had left before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    """Cells of 1 to 9 answers that can have no ten any more, each by service and week; never how many.

    `perhaps` are those that nothing lays bare yet, but that figures to come may: of a month that two blocks
    share each piece is taken to be known from now on, so that they are not protected against all of them.
    """

    alone: tuple[str, ...]
    together: tuple[str, ...]
    perhaps: tuple[str, ...] = ()


def exposed(told: Sequence[Services], blocks: Mapping[Span, Lattice]) -> Exposed:
    """What the sums of some services over all `blocks` together expose; the lattices hold what left before.

    The pieces of a month that two blocks share are told as one sum.
    """
    starts, size = {}, 0
    for span, lattice in blocks.items():
        starts[span] = size
        size += len(lattice.counts)
    counts = np.vstack([lattice.counts for lattice in blocks.values()])
    pieces = [
        [one.cells_of(services, span) + starts[span] for span, one in blocks.items()] for services in told
    ]
    joined = [np.concatenate(mine) for mine in pieces]
    before = [cells + starts[span] for span, one in blocks.items() for cells in _left(one)]
    earlier = [cells + starts[span] for span, one in blocks.items() for cells in one.pieces]
    apart = [one for mine in pieces for one in mine]
    alone, had, both, most = (
        set(bounds(counts, _membership(sums, size), least=SMALLEST))
        for sums in (joined, before, [*joined, *before], [*apart, *earlier, *before])
    )
    names = [one.cell_name(cell) for one in blocks.values() for cell in range(len(one.counts))]
    return Exposed(
        alone=_named(alone, names),
        together=_named(both - alone - had, names),
        perhaps=_named(most - both - alone - had, names),
    )


def _left(lattice: Lattice) -> Iterator[Ints]:
    for told in lattice.told["staff"].values():
        yield from told.cells
    yield from (*lattice.answers["staff"], *lattice.answers["public"])


def _membership(sums: Sequence[Ints], cells: int) -> csr_array:
    held = [one for one in sums if len(one)]
    columns = np.concatenate([*held, np.zeros(0, dtype=np.int64)])
    ends = np.cumsum([0, *(len(one) for one in held)])
    return csr_array((np.ones(len(columns), dtype=np.int64), columns, ends), shape=(len(held), cells))


def _named(cells: set[int], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(names[cell] for cell in cells))
