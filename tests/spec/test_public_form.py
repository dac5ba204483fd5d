"""The public form by example: counts in, what anybody sees out; figures that would pin a small count."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from analysis.disclosure import public_form, rounded, unpinned
from tests.adversarial.attackers_of_figures import GROUPS, Seen, pinned
from tests.adversarial.attackers_of_figures import rounded as as_seen

# favourable, neither, unfavourable → the same rounded; n rounded; 'two or fewer'; 'all but two or fewer'
SPEC = [
    ((40, 7, 3), (40, 5, 5), 50, "...", "..."),
    ((40, 8, 2), (40, 10, 0), 50, "..u", "..."),
    ((12, 0, 0), (10, 0, 0), 10, ".nu", "f.."),
    ((13, 1, 1), (15, 0, 0), 15, ".nu", "f.."),
    ((13, 2, 1), (15, 0, 0), 15, ".nu", "..."),  # three are not in the first group
    ((0, 0, 10), (0, 0, 10), 10, "fn.", "..u"),
    ((2, 6, 2), (0, 5, 0), 10, "f.u", "..."),
    ((3, 4, 3), (5, 5, 5), 10, "...", "..."),  # the rounded counts need not add up to the rounded n
    ((598, 1, 1), (600, 0, 0), 600, ".nu", "f.."),
]


@pytest.mark.parametrize("case", SPEC)
def test_what_anybody_sees_of_a_figure(case: tuple[tuple[int, ...], tuple[int, ...], int, str, str]) -> None:
    counts, told, n, few, all_but_few = case
    found = public_form([counts])
    assert (tuple(found.counts[0]), found.n[0]) == (told, n)
    assert (_letters(found.few[0]), _letters(found.all_but_few[0])) == (few, all_but_few)


def _letters(flags: np.ndarray) -> str:
    return "".join(letter if flag else "." for letter, flag in zip("fnu", flags, strict=True))


def test_counts_go_to_the_nearest_five_and_none_lies_between_two() -> None:
    assert rounded(range(13)).tolist() == [0, 0, 0, 5, 5, 5, 5, 5, 10, 10, 10, 10, 10]


def test_a_count_below_nought_is_refused() -> None:
    with pytest.raises(ValueError, match="none is negative"):
        public_form([(3, -1, 9)])


def told(counts: np.ndarray, figures: np.ndarray, names: list[str]) -> list[str]:
    """What the attacker is certain of, where these figures are told in public."""
    form = public_form(figures @ counts)
    sums = [
        as_seen(
            name,
            np.flatnonzero(row).tolist(),
            form.counts[at],
            int(form.n[at]),
            few=" ".join(group for group, yes in zip(GROUPS, form.few[at], strict=True) if yes),
            all_but=" ".join(group for group, yes in zip(GROUPS, form.all_but_few[at], strict=True) if yes),
        )
        for at, (name, row) in enumerate(zip(names, figures, strict=True))
    ]
    return pinned(Seen([], counts, sums))


NONE = csr_array((0, 4), dtype=np.int64)
CHILDREN = np.eye(4, dtype=int)
FAMILY = np.vstack([CHILDREN, np.ones((1, 4), dtype=int)])
NAMES = ["first", "second", "third", "fourth", "parent"]
LEVEL = [0, 0, 0, 0, 1]


def test_a_parent_rounded_to_ten_whose_children_all_round_to_nothing_is_not_told_whole() -> None:
    """Two at most in each child and eight at least in all: each has two, and everybody knows."""
    counts = np.array([(30, 2, 9)] * 4)
    assert told(counts, FAMILY, NAMES) == [
        *(f"{name}: neither" for name in NAMES[:4]),
        "parent: neither",
    ]
    leaves = unpinned(counts, NONE, csr_array(FAMILY), level=LEVEL)
    assert leaves[4]
    assert not leaves[:4].all()
    assert told(counts, FAMILY[leaves], [name for name, yes in zip(NAMES, leaves, strict=True) if yes]) == []


def test_a_parent_that_children_told_before_would_pin_is_not_told() -> None:
    counts = np.array([(30, 2, 9)] * 4)
    leaves = unpinned(counts, csr_array(CHILDREN), csr_array(FAMILY[4:]), level=[1])
    assert leaves.tolist() == [False]


def test_a_family_with_room_is_told_whole() -> None:
    counts = np.array([(30, 1, 9), (25, 4, 12), (41, 3, 8), (18, 1, 6)])
    assert unpinned(counts, NONE, csr_array(FAMILY), level=LEVEL).all()
    assert told(counts, FAMILY, NAMES) == []


def test_a_figure_of_just_ten_whose_words_leave_one_reading_is_not_told() -> None:
    """8 to 12 in one group, at most two in each other, ten at least, three or more not in the first."""
    counts = np.array([(8, 1, 2)])
    everyone = np.ones((1, 1), dtype=int)
    leaves = unpinned(counts, csr_array((0, 1), dtype=np.int64), csr_array(everyone), level=[0])
    assert bool(leaves[0]) == (told(counts, everyone, ["only"]) == [])


def test_what_is_certain_already_holds_back_nothing_that_tells_no_more_of_it() -> None:
    counts = np.array([*[(30, 2, 9)] * 4, (50, 20, 30)])
    out = np.hstack([FAMILY, np.zeros((5, 1), dtype=int)])
    assert unpinned(counts, csr_array(out), csr_array([[0, 0, 0, 0, 1]]), level=[0]).tolist() == [True]
