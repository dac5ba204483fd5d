"""Answers that are taken back and imported again: the books agree, and what was told is told once."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from survey.domain.blocks import BLOCK
from survey.domain.calendar import Span, Week, month_span
from survey.domain.errors import Refused
from survey.services.ask import Asked, ask
from survey.services.national_return import national_return
from tests.adversarial.checked_figures import check
from tests.leaving import ONE_SITE, START, Counts, House
from tests.town import PATHWAY

TWELVE: Counts = (6, 2, 4)
SECOND = START + BLOCK  # in the second block sites tell every week, services of twelve every other


@pytest.fixture
def house(database: Engine) -> House:
    return lived_in(database)


@pytest.fixture
def sqlite_house(sqlite: Engine) -> House:
    return lived_in(sqlite)


def lived_in(made: Engine) -> House:
    """A block of weeks in which A, B and C had twelve answers each, released."""
    house = House(made).build(ONE_SITE)
    weeks(house, BLOCK)
    return house


def weeks(house: House, many: int, *, first: Week = START) -> None:
    for week in (first + at for at in range(many)):
        house.answer(week, dict.fromkeys("ABC", TWELVE))
        house.release(week)


def minus(counts: Counts) -> Counts:
    return tuple(-n for n in counts)  # type: ignore[return-value]


def cells(house: House, service: str, span: Week) -> dict[str, tuple[int, int, int]]:
    """By week of release: the answers of a service's week that count there."""
    found = house.rows(
        "SELECT week, sum(favourable), sum(neither), sum(unfavourable) FROM cell"
        f" WHERE service = '{service}' AND span = '{span}' GROUP BY week"
    )
    return {week: tuple(int(n) for n in counts) for week, *counts in found}  # type: ignore[misc]


def wrong(house: House) -> set[tuple[str, Span]]:
    """The figures for staff that were withdrawn."""
    found = house.rows("SELECT node, span FROM ledger WHERE kind = 'withdrawn' AND form = 'staff'")
    return {(node, Span.parse(span)) for node, span in found}


def marked(house: House) -> list[tuple[str, str]]:
    return house.rows("SELECT service, week FROM cell WHERE taken_back")  # type: ignore[return-value]


# -- before a figure has told of them ----------------------------------------------------------------------


def test_answers_of_which_nothing_was_told_leave_their_cell(database: Engine) -> None:
    """The first steps have four weeks; one service's answers go in the second."""
    house = House(database).build(ONE_SITE)
    weeks(house, 2)
    house.answer(START, {"A": minus(TWELVE)})
    house.release(START + 1)
    weeks(house, 2, first=START + 2)
    assert cells(house, "A", START) == {str(START): (0, 0, 0)}
    assert (wrong(house), marked(house)) == (set(), [])
    assert house.told("A") == {str(Span(START, START + 3)): 36}
    assert house.told("T1") == {str(Span(START, START + 3)): 3 * 48 - 12}
    check(house)


def test_mended_answers_of_which_nothing_was_told_are_told_late(database: Engine) -> None:
    house = House(database).build(ONE_SITE)
    weeks(house, 2)
    house.answer(START, {"A": minus(TWELVE)})
    house.release(START + 1)
    house.answer(START, {"A": (5, 2, 5)})
    done = house.release(START + 1)
    weeks(house, 2, first=START + 2)
    assert not done.again
    assert cells(house, "A", START) == {str(START): (0, 0, 0), str(START + 2): (5, 2, 5)}
    assert sum(house.told("A").values()) == 4 * 12
    check(house)


def test_a_second_file_of_which_nothing_was_told_goes_and_the_first_one_s_figures_stay(house: House) -> None:
    late = SECOND + 3
    weeks(house, 3, first=SECOND)
    house.answer(SECOND, {"A": (1, 1, 3)})
    house.release(late + -1)  # it counts in the week to come
    house.answer(SECOND, {"A": (-1, -1, -3)})
    weeks(house, 3, first=late)
    assert cells(house, "A", SECOND) == {str(SECOND): TWELVE, str(late): (0, 0, 0)}
    assert (wrong(house), marked(house)) == (set(), [])
    check(house)


def test_answers_that_come_again_in_a_week_to_come_stand_where_others_went(house: House) -> None:
    weeks(house, 1, first=SECOND)
    for answers in (TWELVE, minus(TWELVE), (4, 4, 4)):
        house.answer(SECOND, {"A": answers})
        house.release(SECOND)
    assert cells(house, "A", SECOND) == {str(SECOND): TWELVE, str(SECOND + 1): (4, 4, 4)}
    weeks(house, 5, first=SECOND + 1)
    assert sum(house.told("A").values()) == (BLOCK + 6) * 12 + 12
    check(house)


# -- after a figure has told of them -----------------------------------------------------------------------


def test_what_was_told_is_marked_and_the_same_people_stay_out_of_figures(house: House) -> None:
    weeks(house, 2, first=SECOND)
    house.answer(SECOND, {"A": minus(TWELVE)})
    gone = house.release(SECOND + 2)
    both = Span(SECOND, SECOND + 1)
    assert wrong(house) == {("A", both), ("T1", Span.of(SECOND))}
    assert marked(house) == [("A", str(SECOND))]
    house.answer(SECOND, {"A": (5, 2, 5)})  # one was mended
    done = house.release(SECOND + 3)
    assert gone.withdrawn > 0
    assert (done.withdrawn, dict(done.again)) == (0, {("A", Span.of(SECOND)): 12})
    said = f"12 answers imported again of weeks that had been told stay out of figures: A {SECOND}"
    assert said in str(done)
    assert cells(house, "A", SECOND) == {str(SECOND): TWELVE}
    check(house)


def test_of_a_mended_file_those_beyond_what_was_told_are_told_late(house: House) -> None:
    weeks(house, 2, first=SECOND)
    house.answer(SECOND, {"A": minus(TWELVE)})
    house.release(SECOND + 2)
    house.answer(SECOND, {"A": (8, 5, 6)})
    done = house.release(SECOND + 3)
    assert dict(done.again) == {("A", Span.of(SECOND)): 12}
    assert cells(house, "A", SECOND) == {str(SECOND): TWELVE, str(SECOND + 3): (2, 3, 2)}


def test_mended_before_the_next_release_only_the_figure_is_wrong(house: House) -> None:
    weeks(house, 2, first=SECOND)
    house.answer(SECOND, {"A": (-1, 0, 1)})
    done = house.release(SECOND + 2)
    assert dict(done.again) == {("A", Span.of(SECOND)): 1}
    assert marked(house) == [("A", str(SECOND))]
    assert cells(house, "A", SECOND) == {str(SECOND): TWELVE}


def test_rounds_of_the_same_import_tell_nothing_more(house: House) -> None:
    weeks(house, 2, first=SECOND)
    for at in range(3):
        house.answer(SECOND, {"A": minus(TWELVE)})
        house.release(SECOND + (2 + 2 * at))
        house.answer(SECOND, {"A": TWELVE})
        house.release(SECOND + (3 + 2 * at))
    assert cells(house, "A", SECOND) == {str(SECOND): TWELVE}
    assert marked(house) == [("A", str(SECOND))]
    assert house.rows("SELECT DISTINCT n - taken FROM answer_count") == [(0,)]
    assert len(wrong(house)) == 2
    check(house)


def test_a_step_begins_after_the_week_whose_answers_were_taken_back(house: House) -> None:
    """The site has told of it, the service has not: its step of two weeks goes on without that week."""
    weeks(house, 1, first=SECOND)
    house.answer(SECOND, {"A": minus(TWELVE)})
    weeks(house, 3, first=SECOND + 1)
    assert wrong(house) == {("T1", Span.of(SECOND))}
    after = {Span.parse(span) for span in house.told("A") if Span.parse(span).first >= SECOND}
    assert after == {Span.of(SECOND + 1), Span(SECOND + 2, SECOND + 3)}
    check(house)


def test_nothing_in_public_holds_what_was_taken_back(house: House) -> None:
    """Staff have been told; a hundred answers, from which anybody is, come later."""
    weeks(house, 2, first=SECOND)
    house.answer(SECOND, {"A": minus(TWELVE)})
    weeks(house, 10, first=SECOND + 2)
    told = [Span.parse(span) for span in house.told("A", "public") if Span.parse(span).first >= SECOND]
    assert told
    assert not [span for span in told if SECOND in span or SECOND + 1 in span]
    check(house)


def test_an_answer_never_holds_what_was_taken_back(house: House) -> None:
    weeks(house, 4, first=SECOND)
    house.answer(SECOND, {"A": minus(TWELVE)})
    house.release(SECOND + 4)

    def asked(first: int, last: int) -> Asked:
        return Asked("T1", Span(SECOND + first, SECOND + last), "fft", "ann")

    for first, last in ((0, 0), (0, 1)):
        with pytest.raises(Refused, match="nothing was told") as caught:
            ask(house.engine, house.catalogue, asked(first, last))
        steps = str(caught.value).partition("Ask about whole steps")[2]
        assert (str(SECOND) in steps, str(SECOND + 1) in steps) == (False, True)
    assert ask(house.engine, house.catalogue, asked(1, 2)).n == 72


def test_a_return_leaves_a_service_out_whose_answers_were_taken_back(sqlite_house: House) -> None:
    """Also where as many as before were imported again."""
    house, month = sqlite_house, month_span((SECOND + 5).month)
    weeks(house, 2 * BLOCK, first=SECOND)
    house.answer(month.first, {"A": minus(TWELVE)})
    house.release(SECOND + 2 * BLOCK)
    house.answer(month.first, {"A": TWELVE})
    house.release(SECOND + 2 * BLOCK)
    made = national_return(house.engine, house.catalogue, month.first.month, PATHWAY, who="ann")
    assert any("A (A)" in row for row in made.rows)
