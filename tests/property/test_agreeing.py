"""Agreeing: whatever comes and goes, what was told stays, and the rest is what is stored beyond it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.calendar import Span, Week
from survey.services.releasing.agreeing import Agreed, Change, added_up, agree, beyond
from survey.services.releasing.lattice import Ints
from survey.services.releasing.taken_back import Place, place
from survey.storage.cells import Cell

WEEK = Week(2025, 10)
groups = st.lists(st.integers(0, 6), min_size=3, max_size=3).map(np.array)


class Books:
    """A service's week: what is stored of it, its cells, and which of them were told."""

    def __init__(self) -> None:
        self.stored: Ints = np.zeros(3, dtype=np.int64)
        self.rows: list[Cell] = []
        self.told: set[Place] = set()
        self.week = WEEK

    @property
    def held(self) -> list[Cell]:
        by_week: dict[Week, Cell] = {}
        for one in self.rows:
            by_week[one.week] = one.joined_to(by_week[one.week]) if one.week in by_week else one
        return sorted(by_week.values(), key=lambda one: one.week, reverse=True)

    def of(self, *, told: bool) -> Ints:
        return added_up(one for one in self.held if (place(one) in self.told) == told)

    def change(self, came: Ints, went: Ints) -> Agreed:
        went = np.minimum(went, self.stored)
        change = Change()
        for group in range(3):
            change.add(group, int(came[group]))
            change.add(group, -int(went[group]))
        self.stored = self.stored + change.groups
        done = agree(self.held, self.told, change, self.stored)
        self.rows += done.rows
        if done.new.any():
            self.week += 1
            counts = tuple(int(n) for n in done.new)
            self.rows.append(Cell("fft", "A", self.week, Span.of(WEEK), "bus", apart=False, counts=counts))  # type: ignore[arg-type]
        return done


@given(groups, groups)
def test_beyond_what_was_told_are_as_many_as_are_stored_more(stored: Ints, told: Ints) -> None:
    found = beyond(stored, told)
    assert found.sum() == max(stored.sum() - told.sum(), 0)
    assert (found <= np.maximum(stored - told, 0)).all()


happens = st.one_of(st.just("told"), st.tuples(groups, groups))


@given(st.lists(happens, max_size=12))
def test_no_answer_is_told_twice_whatever_comes_and_goes(events: list[str | tuple[Ints, Ints]]) -> None:
    books = Books()
    for one in events:
        before = books.of(told=True)
        if isinstance(one, str):
            books.told |= {place(cell) for cell in books.held}
            continue
        books.change(*one)
        out, within = books.of(told=True), books.of(told=False)
        assert (out == before).all()
        assert (within == beyond(books.stored, out)).all()
        assert out.sum() + within.sum() >= books.stored.sum() >= 0
        numbers = [(row.week, row.number) for row in books.rows]
        assert len(set(numbers)) == len(numbers)


@given(groups, groups)
def test_answers_that_nothing_told_of_go_and_leave_no_mark(came: Ints, went: Ints) -> None:
    books = Books()
    books.change(came, np.zeros(3, dtype=np.int64))
    done = books.change(np.zeros(3, dtype=np.int64), went)
    assert not any(row.taken_back for row in done.rows)
    assert (books.of(told=False) == books.stored).all()
    assert done.again == 0


@given(groups.filter(lambda one: one.any()), groups)
def test_the_same_people_once_more_stay_out_and_more_of_them_do_not(came: Ints, more: Ints) -> None:
    nobody = np.zeros(3, dtype=np.int64)
    books = Books()
    books.change(came, nobody)
    books.told |= {place(cell) for cell in books.held}
    gone = books.change(nobody, came)
    assert [row.taken_back for row in gone.rows] == [True]
    back = books.change(came + more, nobody)
    assert (back.new == more).all()
    assert back.again == came.sum()


def test_one_whose_answer_was_mended_is_no_new_person() -> None:
    nobody = np.zeros(3, dtype=np.int64)
    books = Books()
    books.change(np.array([6, 2, 2]), nobody)
    books.told |= {place(cell) for cell in books.held}
    books.change(nobody, np.array([6, 2, 2]))
    mended = books.change(np.array([5, 2, 3]), nobody)
    assert (mended.new.any(), mended.again) == (False, 10)


def test_an_answer_that_moved_within_its_group_makes_what_was_told_wrong() -> None:
    """Its group is the same; a scale that told its option is not."""
    books = Books()
    books.change(np.array([6, 2, 2]), np.zeros(3, dtype=np.int64))
    books.told |= {place(cell) for cell in books.held}
    done = books.change(np.array([1, 0, 0]), np.array([1, 0, 0]))
    assert [row.taken_back for row in done.rows] == [True]
    assert not done.new.any()


def test_a_second_file_that_nothing_told_of_goes_and_the_first_one_s_figures_stay_right() -> None:
    nobody = np.zeros(3, dtype=np.int64)
    books = Books()
    books.change(np.array([6, 2, 2]), nobody)
    books.told |= {place(cell) for cell in books.held}
    books.change(np.array([1, 4, 1]), nobody)
    done = books.change(nobody, np.array([1, 4, 1]))
    assert not any(row.taken_back for row in done.rows)
    assert not books.of(told=False).any()
