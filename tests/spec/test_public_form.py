"""The public form by example: counts in, what anybody sees out; figures that would pin a small count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.sparse import csr_array

from analysis.disclosure import pinned as uncertified
from analysis.disclosure import public_form, rounded, unpinned
from tests.adversarial.attackers_of_figures import GROUPS, Seen, Sum, exact, pinned
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


def told(counts: np.ndarray, figures: np.ndarray, names: list[str], known: Sequence[Sum] = ()) -> list[str]:
    """What the attacker is certain of, where these figures are told in public, and some sums as they are."""
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
    return pinned(Seen([], counts, [*sums, *known]))


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


# -- beside sums that anybody knows as they are


def returned(counts: np.ndarray, rows: np.ndarray) -> list[Sum]:
    """What a national return tells of these rows."""
    cells = [np.flatnonzero(row).tolist() for row in rows]
    return [exact(str(mine), mine, counts[mine].sum(axis=0), public=True) for mine in cells]


def test_a_month_that_was_returned_pins_a_count_of_weeks_that_hold_it() -> None:
    """Two at most in all three weeks, and two in the first two of them: two, and none in the third."""
    counts = np.array([(20, 1, 4), (21, 1, 5), (18, 0, 6)])
    month, weeks = np.array([[1, 1, 0]]), np.ones((1, 3), dtype=int)
    assert told(counts, weeks, ["three"]) == []
    assert told(counts, weeks, ["three"], returned(counts, month)) == ["three: neither"]
    none = csr_array((0, 3), dtype=np.int64)
    assert unpinned(counts, none, csr_array(weeks), level=[0]).tolist() == [True]
    assert unpinned(counts, none, csr_array(weeks), level=[0], exact=csr_array(month)).tolist() == [False]


def test_an_answer_that_moves_within_a_month_keeps_a_count_uncertain() -> None:
    """No week is free; but one may have one more of each, and the other one fewer."""
    counts = np.array([(20, 4, 6), (24, 6, 7)])
    month, week = np.ones((1, 2), dtype=int), np.array([[1, 0]])
    assert told(counts, week, ["first"], returned(counts, month)) == []
    none = csr_array((0, 2), dtype=np.int64)
    assert unpinned(counts, none, csr_array(week), level=[0], exact=csr_array(month)).tolist() == [True]


def test_what_returns_tell_by_themselves_leaves_and_holds_nothing_back() -> None:
    """A trust less one of its wards: its seven and two are certain, whatever is told of them."""
    counts = np.array([(30, 7, 2), (40, 8, 9), (25, 3, 4)])
    exactly = np.array([[1, 1, 0], [0, 1, 0]])
    new = np.array([[1, 0, 0], [1, 0, 1]])
    none = csr_array((0, 3), dtype=np.int64)
    leaves = unpinned(counts, none, csr_array(new), level=[0, 0], exact=csr_array(exactly))
    assert leaves.all()
    alone = told(counts, new[:1], ["ward"], returned(counts, exactly))
    assert alone == ["ward: neither", "ward: unfavourable"]
    assert told(counts, new, ["ward", "wider"], returned(counts, exactly)) == alone


@dataclass(frozen=True)
class Case:
    """Weeks of some services of a trust; months of them that were returned; figures told before, and new."""

    counts: np.ndarray
    exact: np.ndarray
    out: np.ndarray
    new: np.ndarray

    def told(self, leaves: np.ndarray) -> list[str]:
        """What is certain of all that is told; the attacker knows which weeks of whom are empty."""
        figures = np.vstack([self.out, self.new[leaves]])
        some = self.counts.any(axis=1)
        names = [str(at) for at in (*range(len(self.out)), *len(self.out) + np.flatnonzero(leaves))]
        known = returned(self.counts[some], self.exact[:, some])
        return told(self.counts[some], figures[:, some], names, known)

    def by_returns(self) -> set[str]:
        """What returns tell by themselves: no other table has their sums, and another count."""
        rows, names = np.vstack([self.out, self.new]), set()
        for at, row in enumerate(rows):
            if np.linalg.matrix_rank(np.vstack([self.exact, row])) == np.linalg.matrix_rank(self.exact):
                names |= {f"{at}: {group}" for group in GROUPS}
        return names


def cases(number: int) -> Iterator[Case]:
    """Three services of six weeks each, few of whom answer otherwise than well; all by chance."""
    chance = np.random.default_rng(1)
    for _ in range(number):
        counts = chance.multinomial(chance.poisson(8, (3, 6)), (0.84, 0.06, 0.1)).reshape(18, 3)
        month = chance.integers(1, 4)
        exactly = [_row(one, month, month + 3) for one in ([0], [1], [0, 1, 2])]
        exactly += [_row([0], 0, month)] if chance.random() < 0.5 else []
        figures = []
        for services in ([0], [1], [2], [0, 1], [0, 1, 2]):
            first, second = sorted(chance.choice(7, 2, replace=False))
            figures.append(_row(services, first, second))
        every = np.array([row for row in figures if (row @ counts).sum() >= 10])
        yield Case(counts, np.array(exactly), every[:1], every[1:])


def _row(services: Sequence[int], first: int, end: int) -> np.ndarray:
    row = np.zeros((3, 6), dtype=int)
    row[list(services), first:end] = 1
    return row.ravel()


def test_nothing_that_leaves_after_a_return_has_a_certain_small_count() -> None:
    """But what the return tells by itself, or had made certain of what was out."""
    left = naive = 0
    for case in cases(60):
        arguments = (case.counts, csr_array(case.out), csr_array(case.new))
        level = [0] * len(case.new)
        leaves = unpinned(*arguments, level=level, exact=csr_array(case.exact))
        before = set(case.told(np.zeros(len(case.new), dtype=bool))) | case.by_returns()
        assert set(case.told(leaves)) <= before
        naive += bool(set(case.told(unpinned(*arguments, level=level))) - before)
        left += int(leaves.sum())
    print(f"{left} left; without looking at returns {naive} of 60 had a certain count")
    assert left > 60
    assert naive > 3


def test_a_count_that_is_certain_is_never_said_to_be_uncertain() -> None:
    """The list for the auditor leaves out nothing that the attacker knows."""
    certain = 0
    for case in cases(40):
        figures = np.vstack([case.out, case.new])
        said = uncertified(case.counts, csr_array(figures), csr_array(case.exact))
        names = {f"{at}: {GROUPS[group]}" for at, group in np.argwhere(said)}
        known = set(case.told(np.ones(len(case.new), dtype=bool)))
        assert known <= names
        certain += len(known)
    assert certain > 10
