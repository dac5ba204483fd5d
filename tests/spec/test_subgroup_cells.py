"""Which cells of a subgroup table may be told: a table in, an answer out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.subgroup_cells import cells_told, without_remainder


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ((200, 10, 10), 3),
        ((200, 9, 10), 2),  # ten and more together
        ((200, 0, 10), 2),
        ((200, 4, 5), 0),  # not favourable: nine
        ((9, 100, 100), 0),  # nine favourable cannot be told in any way
        ((10, 5, 5), 2),
        ((0, 0, 0), 0),
    ],
)
def test_every_cell_has_ten_or_two_do_or_none_is_told(groups: tuple[int, int, int], told: int) -> None:
    assert cells_told([groups]).tolist() == [told]


def test_another_group_may_be_the_one_that_is_told() -> None:
    assert cells_told([(4, 200, 30)], told=2).tolist() == [2]
    assert cells_told([(4, 200, 30)], told=0).tolist() == [0]


@pytest.mark.parametrize(
    ("sizes", "kept", "answered", "stays"),
    [
        ([300, 250], [True, True], 560, [True, True]),  # ten told nothing
        ([300, 250], [True, True], 559, [True, False]),  # nine: the smallest is withheld with them
        ([300, 250], [True, True], 550, [True, True]),  # nobody
        ([300, 250, 6], [True, True, False], 556, [True, False, False]),  # six withheld alone
        ([300, 250, 6], [True, True, False], 560, [True, True, False]),  # six and four
        ([300], [True], 305, [False]),
    ],
)
def test_what_is_left_of_all_is_ten_or_nobody(
    sizes: list[int], kept: list[bool], answered: int, stays: list[bool]
) -> None:
    assert without_remainder(sizes, kept, answered).tolist() == stays


@given(st.lists(st.tuples(*[st.integers(0, 60)] * 3), min_size=1, max_size=6), st.integers(0, 40))
def test_no_told_cell_and_no_remainder_is_under_ten(table: list[tuple[int, int, int]], silent: int) -> None:
    counts = np.array(table)
    told, sizes = cells_told(counts), counts.sum(axis=1)
    stays = without_remainder(sizes, told > 0, int(sizes.sum()) + silent)
    for groups, how in zip(counts, told * stays, strict=True):
        shown = {0: [], 2: [groups[0], groups[1:].sum()], 3: list(groups)}[int(how)]
        assert all(cell >= 10 for cell in shown)
    left = int(sizes.sum()) + silent - int(sizes[stays].sum())
    assert left == 0 or left >= 10 or not stays.any()


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        cells_told([(1, 2)])
