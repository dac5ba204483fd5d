"""Deciding: the gate's word on new sums of a lattice's cells, beside all that has been told of its block."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.disclosure import Gate, gate, unpinned
from analysis.segments import Bools
from survey.domain.counts import SMALLEST
from survey.services.releasing.lattice import Ints, Lattice


def decide(lattice: Lattice, wanted: Sequence[Ints], *, level: Sequence[int]) -> Gate:
    """Which sums may leave for staff; what has left in either form, for whatever purpose, is known.

    A national return of a month that two blocks share tells the sum of its pieces. Whoever asks is taken to
    know each piece; but cells that only a piece would lay bare are not bare yet, so what leaves must also be
    safe for them where no piece is known.
    """
    figures = [one for told in lattice.told["staff"].values() for one in told.cells]
    first = _gate(lattice, [*figures, *lattice.others], wanted, level=level)
    if not lattice.pieces:
        return first
    whole = [*lattice.answers["staff"], *lattice.answers["public"]]
    left = [int(at) for at in np.flatnonzero(first.released)]
    second = _gate(lattice, [*figures, *whole], [wanted[at] for at in left], level=[level[at] for at in left])
    first.released[left] = second.released
    first.reason[left] = second.reason
    return first


def decide_in_public(lattice: Lattice, wanted: Sequence[Ints], *, level: Sequence[int]) -> Bools:
    """Which sums may be told to anybody, rounded, beside those that were, and what returns told exactly.

    Of a month that two blocks share anybody knows the sum alone; whoever asks is taken to know each piece.
    """
    figures = [one for told in lattice.told["public"].values() for one in told.cells]
    return unpinned(
        lattice.counts,
        lattice.membership([*figures, *lattice.answers["public"]]),
        lattice.membership(wanted),
        level=level,
        exact=lattice.membership(lattice.returned),
        largest=SMALLEST - 1,
    )


def _gate(lattice: Lattice, out: Sequence[Ints], wanted: Sequence[Ints], *, level: Sequence[int]) -> Gate:
    return gate(
        lattice.counts,
        lattice.membership(out),
        lattice.membership(wanted),
        level=level,
        least=SMALLEST,
    )
