"""Laws of atoms: the runs of weeks that are large enough to show."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from survey.domain.calendar import Span, Week
from survey.domain.counts import LENGTHS, SMALLEST, Atom, Count, atoms, step_weeks, tally_by_span, total

BySpan = dict[Span, tuple[int, int]]
FIRST = Week(2026, 40)  # a year of 53 weeks


def at(first: int, last: int | None = None) -> Span:
    return Span(FIRST + first, FIRST + (first if last is None else last))


answers = st.integers(0, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
# Spans of up to five weeks: boxes of posters and tickets are carried apart, so their spans overlap.
spans = st.tuples(st.integers(0, 20), st.integers(0, 4)).map(lambda pair: at(pair[0], sum(pair)))
histories = st.dictionaries(spans, answers, max_size=20)
steps = st.sampled_from(LENGTHS)
ends = st.integers(0, 26).map(lambda n: FIRST + n)


def shown(found: tuple[Atom, ...]) -> list[Atom]:
    return [atom for atom in found if atom.numerator is not None]


@given(histories, steps, ends)
def test_no_atom_is_shown_of_fewer_than_ten(history: BySpan, weeks: int, through: Week) -> None:
    assert all(
        atom.denominator >= SMALLEST for atom in shown(atoms(history, weeks=lambda _: weeks, through=through))
    )


@given(histories, steps, ends)
def test_atoms_follow_one_another_up_to_the_last_week(history: BySpan, weeks: int, through: Week) -> None:
    found = atoms(history, weeks=lambda _: weeks, through=through)
    assert all(later.span.first == earlier.span.last + 1 for earlier, later in pairwise(found))
    assert all(0 <= through - found[-1].span.last < weeks for _ in found[:1])


@given(histories, steps, ends, ends)
# Tickets are carried while posters are shown.
@example({at(0): (20, 20), at(0, 2): (5, 12)}, 1, FIRST, FIRST + 2)
@example({at(0): (20, 20), at(2): (20, 20), at(1, 3): (5, 12)}, 1, FIRST + 2, FIRST + 3)
@example({at(5): (20, 20), at(3, 6): (9, 12)}, 4, FIRST + 8, FIRST + 20)
def test_a_later_week_never_changes_what_was_shown(
    history: BySpan, weeks: int, one: Week, other: Week
) -> None:
    earlier, later = sorted((one, other))
    before = shown(atoms(history, weeks=lambda _: weeks, through=earlier))
    assert shown(atoms(history, weeks=lambda _: weeks, through=later))[: len(before)] == before


@given(histories, steps, ends)
def test_every_answer_is_shown_once_or_waits_in_the_last_step(
    history: BySpan, weeks: int, through: Week
) -> None:
    counted = {span: pair for span, pair in history.items() if span.last <= through}
    found = atoms(history, weeks=lambda _: weeks, through=through)
    last = [atom for atom in found if atom.numerator is not None][-1:]
    waiting = [n for span, (_, n) in counted.items() if not last or span.last > last[0].span.last]
    assert total(found) + sum(waiting) == sum(n for _, n in counted.values())


@given(histories, steps, ends)
def test_the_favourable_are_shown_with_their_answers(history: BySpan, weeks: int, through: Week) -> None:
    for atom in shown(atoms(history, weeks=lambda _: weeks, through=through)):
        assert 0 <= (atom.numerator or 0) <= atom.denominator


def test_weeks_under_ten_join_the_next() -> None:
    found = atoms({at(0): (2, 4), at(1): (5, 8), at(2): (9, 10)}, weeks=lambda _: 1, through=FIRST + 2)
    assert found == (Atom(at(0, 1), 12, 7), Atom(at(2), 10, 9))


def test_a_week_without_answers_is_a_gap() -> None:
    found = atoms({at(0): (9, 10), at(2): (9, 10)}, weeks=lambda _: 1, through=FIRST + 2)
    assert found == (Atom(at(0), 10, 9), Atom(at(1), 0, None), Atom(at(2), 10, 9))


def test_a_carried_box_takes_the_empty_weeks_that_it_was_carried_over() -> None:
    assert atoms({at(1, 3): (9, 12), at(0): (9, 10)}, weeks=lambda _: 1, through=FIRST + 3) == (
        Atom(at(0), 10, 9),
        Atom(at(1, 3), 12, 9),
    )


def test_a_carried_box_comes_into_the_week_that_it_was_counted_in() -> None:
    found = atoms({at(0): (9, 10), at(1): (8, 10), at(0, 2): (9, 12)}, weeks=lambda _: 1, through=FIRST + 2)
    assert found == (Atom(at(0), 10, 9), Atom(at(1), 10, 8), Atom(at(2), 12, 9))


def test_what_is_left_under_ten_at_the_end_is_withheld() -> None:
    found = atoms({at(0): (9, 10), at(1): (3, 4)}, weeks=lambda _: 1, through=FIRST + 1)
    assert found == (Atom(at(0), 10, 9), Atom(at(1), 0, None))


def test_a_step_that_has_not_ended_is_not_there_yet() -> None:
    history = {at(n): (10, 10) for n in range(7)}
    assert atoms(history, weeks=lambda _: 4, through=FIRST + 6) == (Atom(at(0, 3), 40, 40),)


def test_no_history_has_no_atoms() -> None:
    assert atoms({}, weeks=lambda _: 1, through=FIRST) == ()


@given(st.dictionaries(spans, st.dictionaries(st.sampled_from("abcd"), st.integers(0, 30)), max_size=9))
def test_a_tally_by_span_loses_no_answer(history: dict[Span, dict[str, int]]) -> None:
    found = tally_by_span(
        [Count(span, options) for span, options in history.items()], frozenset("ab"), frozenset("abc")
    )
    assert list(found) == sorted(found)
    eligible = sum(n for options in history.values() for code, n in options.items() if code in "abc")
    assert sum(bottom for _, bottom in found.values()) == eligible
    assert all(top <= bottom for top, bottom in found.values())


def test_a_service_of_twenty_a_week_has_weekly_steps_after_its_first_twelve_weeks() -> None:
    weeks = step_weeks({at(n): (10, 20) for n in range(12)})
    assert [weeks(FIRST + n) for n in (0, 11, 12, 23)] == [4, 4, 1, 1]


@pytest.mark.parametrize(
    ("a_week", "length"), [(20, 1), (19, 2), (10, 2), (9, 4), (5, 4), (4, 6), (3, 12), (0, 12)]
)
def test_the_step_is_the_shortest_that_would_hold_twenty(a_week: int, length: int) -> None:
    weeks = step_weeks({at(n): (0, a_week) for n in range(40)})
    assert {weeks(FIRST + n) for n in range(12, 40)} == {length}
    assert {weeks(FIRST + n) for n in range(12)} == {4}


def test_an_empty_history_has_steps_of_four_weeks() -> None:
    assert step_weeks({})(FIRST) == 4


@given(histories, ends, ends)
def test_the_way_that_weeks_are_cut_is_never_chosen_anew(history: BySpan, one: Week, other: Week) -> None:
    earlier, later = sorted((one, other))
    then = {span: pair for span, pair in history.items() if span.last <= earlier}
    before = shown(atoms(then, weeks=step_weeks(then), through=earlier))
    assert shown(atoms(history, weeks=step_weeks(history), through=later))[: len(before)] == before


def test_the_week_that_fills_a_block_does_not_cut_the_past_into_weeks() -> None:
    # Cut by the median of all, week 4 of these gave away its four people when week 7 came in.
    answers = [19, 25, 19, 4, 21, 22, 23]
    history = {at(n): (n, answers[n]) for n in range(7)}
    assert [atom.denominator for atom in atoms(history, weeks=step_weeks(history), through=FIRST + 6)] == [67]
