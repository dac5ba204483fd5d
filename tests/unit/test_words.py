"""Findings and courses in sentences: every case that a manager may meet, held to the letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from survey.domain.calendar import Span, Week
from survey.domain.findings import Course, Finding, Mark
from survey.presenters import figures, words
from tests.courses import CONCERN, course_of, fallen, finding_of, flagged, stable, steps_of, wavy

COURSE, FINDING = fallen()


def plain(text: str) -> str:
    """With ordinary spaces."""
    return text.replace(figures.SPACE, " ")


def stated(**changes: object) -> str:
    return plain(words.statement(replace(FINDING, **changes), COURSE))  # type: ignore[arg-type]


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


def test_counts_have_separators_and_know_one_from_many():
    assert plain(figures.counted(1204, "answer")) == "1,204 answers"
    assert plain(figures.counted(1, "answer")) == "1 answer"


def test_a_finding_says_where_what_since_when_how_much_how_sure_and_from_how_many():
    assert plain(words.sentence(FINDING, COURSE)) == (
        "Patient transport, hospital site: fewer people said ‘staff were very kind or kind’ since "
        "6 October 2025: 81 % before, 72 % since (9 points lower; likely between 5 and 13 points lower; "
        "412 answers)."
    )


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [
        (-0.13, -0.05, "likely between 5 and 13 points lower"),
        (0.05, 0.13, "likely between 5 and 13 points higher"),
        (-0.02, 0.05, "likely between 2 points lower and 5 points higher"),
        (-0.004, 0.05, "likely between less than 1 point lower and 5 points higher"),
        (0.001, 0.05, "likely up to 5 points higher"),
        (0.0, 0.05, "likely up to 5 points higher"),
        (-0.092, -0.088, "likely about 9 points lower"),
    ],
)
def test_an_interval_is_said_with_its_smaller_size_first(low: float, high: float, says: str):
    assert says in stated(low=low, high=high)


def test_without_an_earlier_level_nothing_is_compared():
    said = stated(before=None, low=None, high=None)
    assert "72 % since (nothing earlier to compare with; 412 answers)." in said
    assert "before," not in said


def test_without_an_interval_the_size_stands_alone():
    assert "(9 points lower; 412 answers)." in stated(low=None, high=None)


def test_levels_that_round_alike_still_say_that_the_difference_is_small():
    said = stated(before=0.812, after=0.808, low=-0.02, high=0.01)
    assert "81 % before, 81 % since (less than 1 point lower;" in said


def test_one_week_alone_is_no_since():
    course, finding = fallen(run=1)
    alone = plain(words.statement(replace(finding, rule="outside_below"), course))
    assert "in the week of 24 November 2025: 81 % before, 72 % then" in alone
    assert "since" not in alone


def test_a_run_of_weeks_in_one_step_is_named_whole():
    steps = flagged(steps_of(wavy(20), weeks=4), slice(19, None), CONCERN, "outside_below")
    course = course_of(steps, weeks=4)
    finding = finding_of(course, since=steps[-1].span.first, rule="outside_below")
    assert "in the 4 weeks from 18 May 2026" in plain(words.statement(finding, course))


@pytest.mark.parametrize(
    ("better", "rule", "says"),
    [
        ("higher", "shift_below", "fewer people answered favourably since"),
        ("higher", "shift_above", "more people answered favourably since"),
        ("lower", "shift_above", "more people answered unfavourably since"),
        ("lower", "two_of_three_below", "fewer people answered unfavourably since"),
        ("higher", "trend_down", "fewer and fewer people answered favourably since"),
        ("higher", "trend_up", "more and more people answered favourably since"),
    ],
)
def test_a_chart_says_which_way_it_goes(better: str, rule: str, says: str):
    title = words.title(replace(FINDING, rule=rule), replace(COURSE, better=better))  # type: ignore[arg-type]
    assert says in title


def test_a_rule_without_a_name_takes_its_way_from_the_levels():
    assert "Fewer people" in stated(rule="")
    assert "More people" in stated(rule="", before=0.6)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Staff were kind", "‘staff were kind’"),
        ("NHS 111 was helpful", "‘NHS 111 was helpful’"),
        ("No wait, or a short one", "‘no wait, or a short one’"),
    ],
)
def test_an_indicators_name_stands_within_the_sentence(name: str, says: str):
    assert f"said {says} since" in words.headed(FINDING, replace(COURSE, indicator_name=name))


def test_rules_are_explained_in_weeks():
    assert words.evidence(FINDING, COURSE).startswith("8 weeks in a row below average")
    above = replace(FINDING, rule="outside_above")
    assert "above the range that chance alone would give" in words.evidence(above, COURSE)
    near = replace(FINDING, rule="two_of_three_below")
    assert "2 of 3 weeks in a row close to the lower edge" in words.evidence(near, COURSE)


def test_a_trend_counts_its_weeks():
    falling = [0.9 - 0.02 * n for n in range(9)]
    course = course_of(steps_of([*wavy(20, level=0.7), *falling]))
    finding = finding_of(course, since=course.steps[-9].span.first, rule="trend_down")
    assert words.evidence(finding, course).startswith("9 weeks in a row, each lower than the one before")


def test_no_sentence_says_significant_without_a_size():
    said = " ".join(
        show(finding, COURSE)
        for show in (words.statement, words.evidence, words.advice, words.title)
        for finding in (
            FINDING,
            replace(FINDING, direction="neutral"),
            replace(FINDING, rule="outside_below"),
        )
    )
    assert "signific" not in said


@pytest.mark.parametrize(
    ("direction", "says"),
    [
        ("concern", "agree one thing to try, with a name and a date"),
        ("improvement", "thank the team"),
        ("neutral", "how they were asked"),
    ],
)
def test_each_direction_has_something_to_do(direction: str, says: str):
    assert says in words.advice(replace(FINDING, direction=direction), COURSE)  # type: ignore[arg-type]


def test_one_bad_week_calls_for_a_look_and_not_for_a_plan():
    course, finding = fallen(run=1)
    assert "may be a one-off" in words.advice(replace(finding, rule="outside_below"), course)


def test_a_mark_beside_the_change_is_checked_first():
    marked = replace(COURSE, marks=(Mark(FINDING.since, "Batch of entry"),))
    far = replace(COURSE, marks=(Mark(FINDING.since + -9, "Batch of entry"),))
    assert words.advice(FINDING, marked).startswith("First check whether ‘Batch of entry’ explains it.")
    assert "Batch" not in words.advice(FINDING, far)


def _standing(course: Course) -> str:
    return plain(words.standing(course))


def test_a_course_without_a_finding_says_how_it_stands():
    assert _standing(stable()) == "no change, latest 71 %, average 79 %"
    assert _standing(course_of(steps_of([0.8]))) == "latest 80 %, too few weeks to judge yet (1 of 13)"
    assert _standing(course_of(steps_of([None]))) == "too few answers to show yet"
    assert _standing(replace(stable(), variation="concern_low")) == (
        "lower than usual, latest 71 %, average 79 %"
    )


def test_the_newest_figure_has_its_week_and_its_answers():
    assert plain(words.level(COURSE)) == "66 % in the week of 24 November 2025, from 43 answers"
    assert words.level(course_of(steps_of([None, None]))) == "too few answers to show"


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
    ([], 3, 0, "No service can be judged yet: there are too few weeks with enough answers."),
    ([FINDING], 24, 24, "One of 24 services changed: one concern."),
    ([FINDING], 1, 1, "One concern in this service."),
    (
        [FINDING, replace(FINDING, service="B", direction="improvement")],
        24,
        24,
        "Two of 24 services changed: one concern and one improvement.",
    ),
    (
        [
            FINDING,
            replace(FINDING, indicator="fft"),
            replace(FINDING, service="B", direction="neutral"),
            replace(FINDING, service="C", direction="improvement"),
        ],
        24,
        24,
        "Three of 24 services changed: two concerns, one other change and one improvement.",
    ),
]


@pytest.mark.parametrize(("found", "services", "judged", "says"), HEADLINES)
def test_the_week_is_one_sentence(found: list[Finding], services: int, judged: int, says: str):
    assert words.headline(found, services=services, judged=judged) == says


def test_what_is_withheld_is_counted_and_explained():
    none, two = stable(), replace(stable(), withheld=2)
    assert words.withheld([none]) == "Nothing was withheld."
    assert plain(words.withheld([none, two])).startswith(
        "2 points on these charts are left empty: nobody answered, or under ten"
    )
    assert plain(words.withheld([replace(none, withheld=1)])).startswith(
        "1 point on these charts is left empty"
    )


def test_services_nobody_was_heard_of_are_named_up_to_ten():
    assert words.unheard([]) == ""
    assert words.unheard(["A", "B"]) == "No answers counted yet: A, B."
    assert words.unheard([str(n) for n in range(12)]).endswith("8, 9 and 2 more.")


def test_icons_have_words():
    assert words.variation(stable()) == "No change: within the usual range"
    assert words.variation(course_of(steps_of([0.8] * 5))) == "Too few weeks to judge yet (5 of 13)"
    assert words.assurance(stable()) == ""
    assert "missed" in words.assurance(replace(stable(), assurance="consistent_fail"))


def test_weeks_before_the_course_begins_do_not_trouble_a_finding():
    early = replace(FINDING, since=Week.parse("2020-W01"))
    assert "since 30 December 2019" in plain(words.statement(early, COURSE))
