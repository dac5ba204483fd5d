"""Exposed: what a national return lays bare, alone or together with what had left before.

Small cells, and small counts that rounding had hidden; for the auditor alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analysis.disclosure import SolverFailed, bounds, pinned
from survey.domain.blocks import BLOCK
from survey.domain.calendar import Span
from survey.domain.counts import SMALLEST
from survey.domain.questionnaire import GROUPS
from survey.services.releasing.lattice import Ints, Lattice

Services = Sequence[str]


@dataclass(frozen=True, slots=True)
class Exposed:
    """Cells of 1 to 9 answers that can have no ten any more, each by service and week; never how many.

    `perhaps` are those that nothing lays bare yet, but that figures to come may: of a month that two blocks
    share each piece is taken to be known from now on, so that they are not protected against all of them.
    `unknown` are weeks of whose cells it cannot be computed. `counts` are groups of 1 to 9 in figures that
    were told in public before, which nothing shows to be uncertain any more.
    """

    alone: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    unknown: tuple[Span, ...] = ()
    counts: tuple[str, ...] = ()


def exposed(told: Sequence[Services], blocks: Mapping[Span, Lattice]) -> Exposed:
    """What the sums of some services over all `blocks` together expose; the lattices hold what left before.

    Where a solver fails, each block is looked at by itself, its piece as if it were known: what that exposes
    is exposed perhaps.
    """
    counts = tuple(sorted(one for span, mine in blocks.items() for one in _counts(told, span, mine)))
    try:
        alone, together, perhaps = _cells(told, blocks)
    except SolverFailed:
        found: set[str] = set()
        unknown = []
        for span, lattice in blocks.items():
            try:
                found.update(*_cells(told, {span: lattice}))
            except SolverFailed:
                unknown.append(span)
        return Exposed(perhaps=tuple(sorted(found)), unknown=tuple(unknown or blocks), counts=counts)
    return Exposed(alone, together, perhaps, counts=counts)


def _cells(
    told: Sequence[Services], blocks: Mapping[Span, Lattice]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Cells laid bare by the sums alone, with what had left, and perhaps.

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
    return (
        _named(alone, names),
        _named(both - alone - had, names),
        _named(most - both - alone - had, names),
    )


def _counts(told: Sequence[Services], span: Span, lattice: Lattice) -> Iterator[str]:
    """Small counts in public that were uncertain before the return of these weeks, and are not any more."""
    figures = {
        f"{node}, {weeks}": cells
        for (node, _, _), mine in lattice.told["public"].items()
        for weeks, cells in zip(mine.spans, mine.cells, strict=True)
    }
    figures |= {f"asked: {_of(lattice, cells)}": cells for cells in lattice.answers["public"]}
    public = lattice.membership(list(figures.values()))
    returned = [*lattice.returned, *(lattice.cells_of(services, span) for services in told)]
    before, after = (
        pinned(lattice.counts, public, lattice.membership(sums), largest=SMALLEST - 1)
        for sums in (lattice.returned, returned)
    )
    names = list(figures)
    yield from (f"{names[at]}, {GROUPS[group]}" for at, group in np.argwhere(after & ~before))


def _of(lattice: Lattice, cells: Ints) -> str:
    """Services and weeks."""
    names = sorted({name for (name, _), row in lattice.rows.items() if row in set((cells // BLOCK).tolist())})
    weeks = lattice.block.first + int((cells % BLOCK).min()), lattice.block.first + int((cells % BLOCK).max())
    return f"{', '.join(names)}, {Span(*weeks)}"


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
