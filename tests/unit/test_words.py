"""Courses and weeks in sentences: every case that a manager may meet, held to the letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from survey.domain.calendar import Span
from survey.domain.findings import Course, Finding
from survey.presenters import figures, words
from tests.courses import course_of, fallen, stable, steps_of

COURSE, FINDING = fallen()


def plain(text: str) -> str:
    """With ordinary spaces."""
    return text.replace(figures.SPACE, " ")


@pytest.mark.parametrize(
    ("share", "says"),
    [
        (0.0, "0 %"),
        (0.001, "under 1 %"),
        (0.005, "under 1 %"),
        (0.0051, "1 %"),
        (0.125, "12 %"),
        (0.815, "82 %"),
        (0.994, "99 %"),
        (0.996, "over 99 %"),
        (0.99999, "over 99 %"),
        (1.0, "100 %"),
    ],
)
def test_none_and_all_are_only_said_where_it_is_none_or_all(share: float, says: str):
    assert plain(figures.percent(share)) == says


@pytest.mark.parametrize(
    ("difference", "says"),
    [
        (0.09, "9 points higher"),
        (-0.09, "9 points lower"),
        (-0.011, "1 point lower"),
        (0.004, "less than 1 point higher"),
        (0.0, "no difference"),
    ],
)
def test_a_difference_has_a_size_and_a_direction(difference: float, says: str):
    assert plain(figures.moved(difference)) == says


def test_dates_are_written_as_people_write_them():
    assert plain(figures.day(date(2025, 11, 3))) == "3 November 2025"
    assert figures.month(date(2025, 11, 3)) == "Nov 2025"
    assert plain(figures.span(Span.parse("2025-W45"))) == "the week of 3 November 2025"
    assert plain(figures.span(Span.parse("2025-W45/2025-W48"))) == "the 4 weeks from 3 November 2025"


def test_a_span_up_to_a_day_is_a_year_or_its_weeks():
    assert plain(figures.to_date(Span.parse("2025-W48/2026-W47"))) == "the year to 22 November 2026"
    assert plain(figures.to_date(Span.parse("2026-W40/2026-W47"))) == "the 8 weeks to 22 November 2026"
    assert plain(figures.to_date(Span.parse("2026-W47"))) == "the week to 22 November 2026"


def test_counts_have_separators_and_know_one_from_many():
    assert plain(figures.counted(1204, "answer")) == "1,204 answers"
    assert plain(figures.counted(1, "answer")) == "1 answer"


def _standing(course: Course) -> str:
    return plain(words.standing(course))


def test_a_course_without_a_finding_says_how_it_stands():
    assert _standing(stable()) == "no change, latest 71 %, average 79 %"
    assert _standing(course_of(steps_of([0.8]))) == "latest 80 %, too few weeks to judge yet (1 of 13)"
    assert _standing(course_of(steps_of([None]))) == "nothing to show yet"
    assert _standing(replace(stable(), variation="concern_low")) == (
        "no change of level so far, latest 71 % (unusually low), average 79 %"
    )
    assert _standing(replace(stable(), watched=False, watched_with="Southside")) == (
        "latest 71 %, average 79 %, too few answers to be watched by itself"
    )


def test_the_newest_figure_has_its_week_and_its_answers():
    assert plain(words.level(COURSE)) == "66 % in the week of 24 November 2025, from 43 answers"
    assert words.level(course_of(steps_of([None, None]))) == f"nothing to show: {words.WITHHELD}"


def test_an_old_figure_is_called_old():
    last = COURSE.steps[-1].span.last
    assert words.quiet_since(COURSE, last + 8) == ""
    assert plain(words.quiet_since(COURSE, last + 9)) == "Latest answers: the week of 24 November 2025"
    assert words.quiet_since(course_of(steps_of([None])), last) == ""


def test_the_usual_range_ends_at_none_and_all():
    wide = replace(COURSE.steps[-1], centre=0.9, lower=-0.1, upper=1.3)
    assert plain(words.usual(course_of((wide,)))) == "average 90 %, usual range 0 % to 100 %"


HEADLINES: list[tuple[list[Finding], int, int, str]] = [
    ([], 24, 24, "Nothing changed in any of the 24 services."),
    ([], 24, 2, "Nothing changed in two of 24 services; the others cannot be judged yet."),
    ([], 1, 1, "Nothing changed in this service."),
    ([], 3, 0, "No service can be judged by itself yet: there are too few weeks with enough answers."),
    ([FINDING], 24, 24, "One of 24 services changed: one concern."),
    ([FINDING], 1, 1, "One concern in this service."),
    (
        [FINDING, replace(FINDING, node="B", direction="improvement")],
        24,
        24,
        "Two of 24 services changed: one concern and one improvement.",
    ),
    (
        [FINDING, replace(FINDING, indicator="fft"), replace(FINDING, node="C", direction="improvement")],
        24,
        24,
        "Two of 24 services changed: two concerns and one improvement.",
    ),
]


@pytest.mark.parametrize(("found", "services", "judged", "says"), HEADLINES)
def test_the_week_is_one_sentence(found: list[Finding], services: int, judged: int, says: str):
    assert words.headline(found, services=services, judged=judged) == says


def test_organisations_are_counted_apart_from_services():
    wider = [replace(FINDING, node="RX6"), replace(FINDING, node="RX6", indicator="fft")]
    assert words.headline([], services=9, judged=9, wider=wider) == (
        "No service changed by itself. One organisation changed as a whole: two concerns."
    )
    assert words.headline([FINDING], services=9, judged=9, wider=wider[:1]) == (
        "One of 9 services changed: one concern. One organisation changed as a whole: one concern."
    )


def test_an_unusual_newest_week_is_no_change_of_level():
    unusual = replace(stable(), variation="improvement_high")
    assert words.state(unusual) == words.state(stable()) == "No change of level"
    assert words.unusual(unusual) == "Latest week unusually high; not yet a change of level"
    assert words.unusual(stable()) == ""
    assert words.unusual(course_of(steps_of([0.8]))) == ""


def test_a_small_service_says_what_it_is_watched_with():
    small = replace(stable(), watched=False, watched_with="Southside")
    assert words.watched(small) == (
        "Too few answers to be watched by itself: watched together with Southside"
    )
    assert words.state(small) == "Too few answers to be watched by itself"
    assert words.watched(stable()) == ""
    assert not words.is_judged(small)
    assert words.is_judged(stable())


def test_nobody_is_told_no_change_of_a_service_that_nobody_watches():
    alone = replace(stable(), watched=False)
    assert words.watched(alone) == "Too few answers to be watched"
    assert _standing(alone) == "latest 71 %, average 79 %, too few answers to be watched"
    assert not words.is_judged(alone)


def test_what_is_withheld_is_counted_and_explained():
    none, two = stable(), replace(stable(), withheld=2)
    assert words.gaps([none]) == ""
    assert plain(words.gaps([none, two])).startswith(
        f"2 points on these charts are left empty: {words.WITHHELD}"
    )
    assert plain(words.gaps([replace(none, withheld=1)])).startswith("1 point on these charts is left empty")


def test_the_gap_of_a_service_that_told_nothing_is_no_point_of_a_chart_but_that_of_a_question_is():
    untold = replace(course_of(steps_of([None])), node="OTHER")
    assert words.gaps([stable(), untold]) == ""
    assert plain(words.gaps([stable(), course_of(steps_of([None]))])).startswith(
        "1 point on these charts is left empty"
    )


def test_of_a_service_that_told_nothing_it_is_not_said_whether_it_has_answers():
    for one in (
        course_of(steps_of([None])),
        replace(course_of(steps_of([None])), watched=False, watched_with="Southside"),
    ):
        assert (words.state(one), words.watched(one)) == ("Nothing to show yet", "")
        assert _standing(one) == "nothing to show yet"


def test_services_that_told_nothing_are_named_up_to_ten():
    assert words.untold([]) == ""
    assert words.untold(["A", "B"]) == f"Nothing is told yet of: A; B ({words.UNTOLD})."
    assert "8; 9; and 2 more (no or too few" in words.untold([str(n) for n in range(12)])


def test_icons_have_words():
    assert words.state(course_of(steps_of([0.8] * 5))) == "Too few weeks to judge yet (5 of 13)"
    assert words.state(replace(stable(), watched=False)) == "Too few answers to be watched"
    assert words.assurance(stable()) == ""
    assert "missed" in words.assurance(replace(stable(), assurance="consistent_fail"))
