"""The national rule of suppression by worked examples: a table in, what is shown out.

The rule was read from NHS England's publications; it gives no worked example of its own, so these are ours,
reckoned by hand from its sentences, with the sentence beside each.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.fft_suppression import suppressed

# An ICB, its trusts, their wards: (name, responses, name of the one above).
Table = list[tuple[str, int, str]]

CASES: list[tuple[str, Table, set[str]]] = [
    (
        "five and more are shown",
        [("icb", 30, ""), ("t", 30, "icb"), ("a", 5, "t"), ("b", 25, "t")],
        set(),
    ),
    (
        "1 to 4 are suppressed, and the next lowest sibling where only one is",
        [("icb", 44, ""), ("t", 44, "icb"), ("a", 4, "t"), ("b", 12, "t"), ("c", 28, "t")],
        {"a", "b"},
    ),
    (
        "two that are small protect each other",
        [("icb", 40, ""), ("t", 40, "icb"), ("a", 1, "t"), ("b", 4, "t"), ("c", 35, "t")],
        {"a", "b"},
    ),
    (
        "0 is shown as 0, and is no next lowest",
        [("icb", 24, ""), ("t", 24, "icb"), ("a", 0, "t"), ("b", 3, "t"), ("c", 9, "t"), ("d", 12, "t")],
        {"b", "c"},
    ),
    (
        "nobody answered: nothing is suppressed",
        [("icb", 0, ""), ("t", 0, "icb"), ("a", 0, "t"), ("b", 0, "t")],
        set(),
    ),
    (
        "a small trust's only ward is small too; the next trust hides, and of its wards the two lowest",
        [
            *(("icb", 143, ""), ("t", 3, "icb"), ("u", 40, "icb"), ("v", 100, "icb")),
            *(("a", 3, "t"), ("b", 10, "u"), ("c", 14, "u"), ("d", 16, "u"), ("e", 50, "v"), ("f", 50, "v")),
        ],
        {"t", "u", "a", "b", "c"},
    ),
    (
        "a suppressed trust with one ward hides that ward",
        [("icb", 24, ""), ("t", 2, "icb"), ("u", 22, "icb"), ("a", 2, "t"), ("b", 22, "u")],
        {"t", "u", "a", "b"},
    ),
    (
        "a small ICB hides its two lowest trusts, and they theirs; none of 0",
        [
            *(("icb", 4, ""), ("t", 1, "icb"), ("u", 3, "icb"), ("v", 0, "icb")),
            *(("a", 1, "t"), ("b", 1, "u"), ("c", 2, "u"), ("d", 0, "v")),
        ],
        {"icb", "t", "u", "a", "b", "c"},
    ),
    (
        "a child that hides does not hide the one above",
        [("icb", 60, ""), ("t", 30, "icb"), ("u", 30, "icb"), ("a", 2, "t"), ("b", 28, "t"), ("c", 30, "u")],
        {"a", "b"},
    ),
    (
        "ICBs have their siblings all over the country: at the top only 1 to 4 hide",
        [("icb", 3, ""), ("other", 50, ""), ("t", 3, "icb"), ("u", 50, "other")],
        {"icb", "t"},
    ),
    (
        "of equals the first is the next lowest",
        [("icb", 27, ""), ("t", 27, "icb"), ("a", 12, "t"), ("b", 12, "t"), ("c", 3, "t")],
        {"a", "c"},
    ),
]


@pytest.mark.parametrize(("says", "table", "hidden"), CASES, ids=[case[0] for case in CASES])
def test_the_national_rule(says: str, table: Table, hidden: set[str]) -> None:
    names = [name for name, _, _ in table]
    counts = np.zeros((len(table), 6), dtype=int)
    counts[:, 0] = [n for _, n, _ in table]
    parent = [names.index(above) if above else -1 for _, _, above in table]
    found = suppressed(counts, parent)
    assert {name for name, is_hidden in zip(names, found, strict=True) if is_hidden} == hidden


@given(st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=5), min_size=1, max_size=4))
def test_what_is_hidden_never_follows_from_one_sum_less_its_siblings(trusts: list[list[int]]) -> None:
    """Of siblings with a parent that is shown, one is never hidden alone unless the others are all 0."""
    n = [sum(map(sum, trusts)), *(sum(mine) for mine in trusts), *(one for mine in trusts for one in mine)]
    parent = [-1, *[0] * len(trusts), *(at for at, mine in enumerate(trusts, start=1) for _ in mine)]
    counts = np.zeros((len(n), 6), dtype=int)
    counts[:, 1] = n
    hidden = suppressed(counts, parent)
    for above in range(1 + len(trusts)):
        mine = [at for at, one in enumerate(parent) if one == above]
        answered = [at for at in mine if n[at]]
        if hidden[mine].any() and len(answered) > 1:
            assert hidden[mine].sum() >= 2
        assert not hidden[[at for at in mine if not n[at]]].any()
        assert all(hidden[at] for at in mine if 1 <= n[at] <= 4)


@pytest.mark.parametrize(
    ("counts", "parent", "says"),
    [
        ([[5] * 6, [5] * 6], [1, 0], "stands above"),
        ([[5] * 6], [3], "stands above"),
        ([[5] * 6, [4] * 6], [-1, 0], "sum of its children"),
        ([[-1] * 6], [-1], "none negative"),
        ([[5] * 6], [-1, 0], "a parent each"),
    ],
)
def test_what_is_no_tree_of_sums_is_refused(counts: list[list[int]], parent: list[int], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        suppressed(counts, parent)
