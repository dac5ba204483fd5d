"""The theorem of nested scales, by trying every table: what it says holds, and not where sets cross.

One group of answers and its options, for groups are apart from each other. Whoever tries knows nothing of
forests: they go through all tables with the told sums and look for any way to split each into options.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from hypothesis import given, note
from hypothesis import strategies as st

Set = frozenset[int]  # cells
Table = tuple[int, ...]  # answers of the group, by cell
Split = tuple[tuple[int, ...], ...]  # by cell, then by option

cells_of = st.integers(2, 4)


@st.composite
def answered(draw: st.DrawFn) -> tuple[Split, list[Set]]:
    """Answers by cell and option, and any sets of cells."""
    cells = draw(cells_of)
    options = draw(st.integers(2, 3))
    of_cell = st.tuples(*[st.integers(0, 2)] * options)
    some = st.frozensets(st.integers(0, cells - 1), min_size=1)
    return draw(st.tuples(*[of_cell] * cells)), draw(st.lists(some, min_size=1, max_size=5, unique=True))


def nested(sets: Sequence[Set]) -> list[Set]:
    """Those of the sets, in their order, that hold, lie in or miss each one taken before."""
    kept: list[Set] = []
    for one in sets:
        if all(one <= other or other <= one or not one & other for other in kept):
            kept.append(one)
    return kept


def tables(truth: Split, told: Sequence[Set]) -> Iterator[Table]:
    """Every table with the sums that were told; none has more in a cell than all have together."""
    true = tuple(map(sum, truth))
    sums = {one: sum(true[cell] for cell in one) for one in told}
    most = [min((n for one, n in sums.items() if cell in one), default=2) for cell in range(len(true))]
    for table in product(*(range(n + 1) for n in most)):
        if all(sum(table[cell] for cell in one) == n for one, n in sums.items()):
            yield table


def splits(n: int, options: int) -> Iterator[tuple[int, ...]]:
    if options == 1:
        yield (n,)
        return
    for first in range(n + 1):
        yield from ((first, *rest) for rest in splits(n - first, options - 1))


def can_be_split(table: Table, truth: Split, scales: Sequence[Set]) -> bool:
    """Whether any way to split each cell into options has the options of every scale."""
    options = len(truth[0])
    wanted = tuple(tuple(sum(truth[cell][at] for cell in one) for at in range(options)) for one in scales)
    reached = {tuple((0,) * options for _ in scales)}
    for cell, n in enumerate(table):
        after = set()
        for sums, split in product(reached, splits(n, options)):
            added = tuple(
                tuple(a + b for a, b in zip(mine, split, strict=True)) if cell in one else mine
                for one, mine in zip(scales, sums, strict=True)
            )
            pairs = (pair for both in zip(added, wanted, strict=True) for pair in zip(*both, strict=True))
            if all(mine <= most for mine, most in pairs):
                after.add(added)
        reached = after
    return wanted in reached


@given(answered())
def test_every_table_of_the_told_sums_can_be_split_as_nested_scales_say(
    found: tuple[Split, list[Set]],
) -> None:
    truth, sets = found
    scales = nested(sets)
    note(f"scales of {scales}")
    for table in tables(truth, sets):  # all of them tell their group: those that cross, too
        assert can_be_split(table, truth, scales)


def test_of_two_sets_that_cross_a_table_of_the_told_sums_can_be_out_of_the_question() -> None:
    """The middle cell is in both; one of them has only the first option, the other only the second."""
    truth, sets = ((2, 0), (0, 0), (0, 2)), [frozenset({0, 1}), frozenset({1, 2})]
    assert (0, 2, 0) in tables(truth, sets)
    assert not can_be_split((0, 2, 0), truth, sets)
    assert all(can_be_split((0, 2, 0), truth, [one]) for one in sets)


def test_a_scale_whose_group_is_not_told_narrows_tables() -> None:
    truth, sets = ((1, 0), (0, 1)), [frozenset({0, 1})]
    assert not can_be_split((2, 0), truth, [frozenset({0})])
    assert (2, 0) in tables(truth, sets)
