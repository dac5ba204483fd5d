"""Services beside others and groups of patients, in sentences that rank nobody."""

from __future__ import annotations

from dataclasses import replace

from survey.presenters import comparison_words, figures, naming
from tests import packs

COURSES = packs.quiet().courses
KNOWN = {naming.key(course): course for course in COURSES}
BESIDE = packs.apart(COURSES[0])
GAP = packs.gap("75 to 84", 0.71)


def plain(text: str) -> str:
    """With ordinary spaces."""
    return text.replace(figures.SPACE, " ")


def test_a_service_apart_has_its_level_the_usual_and_what_is_expected_of_it():
    assert plain(comparison_words.apart(BESIDE, COURSES[0])) == (
        "Ward 7, St Anne’s: fewer people said ‘experience was very good or good’ than at other services "
        "of this kind: 78 % against 86 % usual. Between 80 % and 91 % is expected of a service with 412 "
        "answers, by how much services differ anyway."
    )


def test_limits_beyond_none_and_all_are_none_and_all():
    wide = replace(BESIDE, value=0.1, low=-0.2, high=1.4)
    assert "Between 0 % and 100 %" in plain(comparison_words.apart(wide, COURSES[0]))


def test_what_holds_of_all_is_said_once_under_them_with_that_it_is_no_ranking():
    said, notes = comparison_words.services([(BESIDE, COURSES[0]), (BESIDE, COURSES[1])])
    assert len(said) == 2
    assert plain(notes[0]) == "Over the year to 22 November 2026; 14 services compared."
    assert notes[1].startswith("Not a ranking")


def test_what_holds_of_one_is_said_with_it():
    other = replace(BESIDE, services=5)
    said, notes = comparison_words.services([(BESIDE, COURSES[0]), (other, COURSES[1])])
    assert plain(said[1]).endswith("Over the year to 22 November 2026; 5 services compared.")
    assert len(notes) == 1


def test_concerns_come_first_then_names_and_never_sizes():
    names = {course.node: course.node_name for course in COURSES}
    found = [
        packs.apart(COURSES[0], value=0.1),
        packs.apart(COURSES[1], direction="improvement", value=0.99),
        packs.apart(COURSES[2], value=0.7),
    ]
    matched = comparison_words.matched(found, KNOWN)
    assert [names[one.node] for one, _ in matched] == [
        "Minor injuries, Northside",
        "Ward 7, St Anne’s",
        "Patient transport, Southside",
    ]


def test_what_has_no_course_is_left_out():
    assert comparison_words.matched([replace(BESIDE, node="GONE")], KNOWN) == []
    assert comparison_words.asked([replace(GAP, indicator="gone")], COURSES) == []
    assert comparison_words.services([]) == ([], [comparison_words.NOT_A_RANKING])


def test_a_gap_names_question_answer_levels_and_interval():
    assert plain(comparison_words.gap(GAP, COURSES[0])) == (
        "Inpatient: of people who answered ‘75 to 84’ to ‘How old are you?’, 71 % said ‘experience was very "
        "good or good’, against 84 % of all others (13 points lower; likely between 6 and 20 points lower; "
        "143 answers)."
    )


def test_the_quarter_is_said_by_its_name_and_by_its_days():
    _, notes = comparison_words.groups([(GAP, COURSES[0])])
    assert plain(notes[0]) == "In 2026/27-Q2, 29 June 2026 to 27 September 2026."


def test_deficits_come_first_also_where_low_is_good():
    gaps = [packs.gap("a", 0.93), packs.gap("b", 0.7), packs.gap("c", 0.6)]
    assert [gap.option for gap, _ in comparison_words.asked(gaps, COURSES)] == ["c", "b", "a"]
    low_is_good = [replace(course, better="lower") for course in COURSES]
    assert [gap.option for gap, _ in comparison_words.asked(gaps, low_is_good)] == ["a", "c", "b"]


def test_the_title_counts_in_words_and_puts_deficits_first():
    pairs = comparison_words.asked([GAP, packs.gap("16 to 24", 0.93)], COURSES)
    assert comparison_words.titled([(BESIDE, COURSES[0])], pairs) == (
        "One service differs from others of its kind; one group of patients is less satisfied than the rest"
    )
    assert comparison_words.titled([], pairs[1:]) == ("One group of patients is more satisfied than the rest")
