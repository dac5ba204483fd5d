"""No figure crosses the end of a block, so that what is old binds nothing new and need not be looked at."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, hstack, vstack

from analysis.disclosure import Gate, gate
from analysis.reach import Ints
from survey.domain.blocks import BLOCK

SERVICES = 3
NODES = ((0,), (1,), (2,), (0, 1), (0, 1, 2))  # services, two of them of one provider, and all
LEVEL = (0, 0, 0, 1, 2)
ONE_BLOCK = SERVICES * BLOCK


def weeks_of(node: int, first: int, last: int) -> Ints:
    """One figure of a block: the cells that a node adds up over some of its weeks."""
    row = np.zeros((SERVICES, BLOCK), dtype=np.int64)
    row[list(NODES[node]), first : last + 1] = 1
    return row.ravel()


@st.composite
def blocks(draw: st.DrawFn) -> tuple[Ints, csr_array, csr_array, list[int]]:
    """A block's answers, what has left of its first weeks, and what would leave now."""
    seed = draw(st.integers(0, 2**32 - 1))
    volume = draw(st.sampled_from((2, 4, 9)))
    random = np.random.default_rng(seed)
    counts = random.multinomial(random.poisson(volume, ONE_BLOCK), (0.7, 0.15, 0.15))
    lengths = random.choice((1, 2, 4, 6), len(NODES))
    week = int(random.integers(4, BLOCK))
    out, new, level = [], [], []
    for node, length in enumerate(lengths):
        for first in range(0, week + 1, length):
            last = int(first + length - 1)
            row = weeks_of(node, first, last)
            if last < week and row @ counts.sum(axis=1) >= 10:
                out.append(row)
            elif last == week:
                new.append(row)
                level.append(LEVEL[node])
    shape = (-1, ONE_BLOCK)
    return counts, csr_array(np.reshape(out, shape)), csr_array(np.reshape(new, shape)), level


def among(figures: csr_array, block: int, blocks: int) -> csr_array:
    """Figures of one block's cells as those of all blocks' cells."""
    before, after = block * ONE_BLOCK, (blocks - 1 - block) * ONE_BLOCK
    many = figures.shape[0]
    return csr_array(hstack([csr_array((many, before)), figures, csr_array((many, after))], format="csr"))


def same(one: Gate, other: Gate) -> bool:
    withheld = ~one.released
    return bool(
        (one.released == other.released).all() and (one.reason[withheld] == other.reason[withheld]).all()
    )


@settings(deadline=None, max_examples=40)
@given(old=st.lists(blocks(), min_size=1, max_size=3), now=blocks())
def test_a_week_is_decided_by_its_own_blocks_figures_as_it_is_by_all_that_ever_left(
    old: list[tuple[Ints, csr_array, csr_array, list[int]]],
    now: tuple[Ints, csr_array, csr_array, list[int]],
) -> None:
    counts, out, new, level = now
    alone = gate(counts, out, new, level=level)
    ledger = [(out, 0), *((one[1], at) for at, one in enumerate(old, start=1))]
    told = vstack([among(one, at, len(ledger)) for one, at in ledger], format="csr")
    everything = np.vstack([counts, *(one[0] for one in old)])
    assert same(alone, gate(everything, told, among(new, 0, len(ledger)), level=level))
