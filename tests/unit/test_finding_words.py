"""Changes of level in sentences: where, what, since when, how much, how sure, what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from survey.domain.calendar import Week
from survey.domain.findings import Mark
from survey.presenters import figures, finding_words, naming, words
from tests.courses import CONCERN, course_of, fallen, finding_of, flagged, steps_of, wavy

COURSE, FINDING = fallen()


def plain(text: str) -> str:
    """With ordinary spaces."""
    return text.replace(figures.SPACE, " ")


def stated(**changes: object) -> str:
    return plain(finding_words.statement(replace(FINDING, **changes), COURSE))  # type: ignore[arg-type]


def test_a_finding_says_where_what_since_when_how_much_how_sure_and_from_how_many():
    assert plain(finding_words.sentence(FINDING, COURSE)) == (
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


def test_levels_that_round_alike_still_say_that_the_difference_is_small():
    said = stated(before=0.812, after=0.808, low=-0.02, high=0.01)
    assert "81 % before, 81 % since (less than 1 point lower;" in said


def test_an_organisation_is_named_with_what_it_is_the_sum_of():
    whole = replace(COURSE, level="provider", node_name="Riverside Trust", pathway="nhs-111")
    assert finding_words.headed(FINDING, whole).startswith("Riverside Trust, all NHS 111 services: fewer")
    assert "Ask its teams what changed" in finding_words.advice(FINDING, whole)


def test_one_week_alone_is_no_since():
    course, finding = fallen(run=1)
    alone = plain(finding_words.statement(finding, course))
    assert "in the week of 24 November 2025: 81 % before, 72 % then" in alone
    assert "since" not in alone


def test_a_run_of_weeks_in_one_step_is_named_whole():
    steps = flagged(steps_of(wavy(20), weeks=4), slice(19, None), CONCERN, "outside_below")
    course = course_of(steps, weeks=4)
    finding = finding_of(course, since=steps[-1].span.first)
    assert "in the 4 weeks from 18 May 2026" in plain(finding_words.statement(finding, course))


@pytest.mark.parametrize(
    ("better", "after", "says"),
    [
        ("higher", 0.7, "fewer people answered favourably since"),
        ("higher", 0.9, "more people answered favourably since"),
        ("lower", 0.9, "more people answered unfavourably since"),
        ("lower", 0.7, "fewer people answered unfavourably since"),
    ],
)
def test_a_chart_says_which_way_it_goes(better: str, after: float, says: str):
    title = words.title(replace(FINDING, after=after), replace(COURSE, better=better))  # type: ignore[arg-type]
    assert says in title


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Staff were kind", "‘staff were kind’"),
        ("NHS 111 was helpful", "‘NHS 111 was helpful’"),
        ("No wait, or a short one", "‘no wait, or a short one’"),
    ],
)
def test_an_indicators_name_stands_within_the_sentence(name: str, says: str):
    assert f"said {says} since" in finding_words.headed(FINDING, replace(COURSE, indicator_name=name))


@pytest.mark.parametrize(
    ("code", "says"), [("patient-transport", "patient transport"), ("nhs-111", "NHS 111"), ("", "")]
)
def test_a_pathway_is_said_in_words(code: str, says: str):
    assert naming.pathway(code) == says


# Ten years of weekly steps are 520 = 10**2.716, the least that is told; evidence is log10.
@pytest.mark.parametrize(
    ("evidence", "step_weeks", "says"),
    [
        (2.7160033436, 1, "less than once in 10 years on average"),
        (2.1139433523, 4, "less than once in 10 years on average"),
        (3.1, 1, "less than once in 20 years on average"),
        (3.6, 1, "less than once in 50 years on average"),
        (3.8, 1, "less than once in a hundred years"),
        (60.0, 1, "less than once in a hundred years"),
        (5000.0, 4, "less than once in a hundred years"),
        (float("inf"), 1, "less than once in a hundred years"),
        (2.1, 1, "less than once in 2 years on average"),
    ],
)
def test_how_sure_is_a_floor_in_years_and_never_a_number_nobody_can_read(
    evidence: float, step_weeks: int, says: str
):
    sure = finding_words.how_sure(replace(FINDING, evidence=evidence, step_weeks=step_weeks))
    assert sure == (
        "Compared with its own level before: had nothing changed, evidence as strong as this would come up "
        f"{says}."
    )


@pytest.mark.parametrize("evidence", [1.0, -3.0, float("nan"), float("-inf")])
def test_evidence_that_says_little_is_given_no_rarity(evidence: float):
    assert finding_words.how_sure(replace(FINDING, evidence=evidence)) == (
        "Compared with its own level before."
    )


def test_evidence_that_has_faded_is_called_so_and_calls_for_a_look_first():
    faded = replace(FINDING, now=1.0)
    assert finding_words.how_sure(faded).endswith(
        "Since then the evidence has faded: the level may be what it was before."
    )
    assert "Look at the latest results before doing more" in finding_words.advice(faded, COURSE)


def test_a_finding_is_new_until_the_reader_was_told():
    week = FINDING.week
    fresh = replace(FINDING, told=week)
    assert finding_words.told(fresh, week, []) == "new this week"
    assert plain(finding_words.told(FINDING, week, [FINDING])) == "first told in the week of 3 November 2025"
    assert not finding_words.is_new(FINDING, week, [FINDING])


def test_a_finding_that_grew_strong_enough_for_this_reader_later_is_new_to_them():
    other = replace(FINDING, direction="improvement")
    assert finding_words.told(FINDING, FINDING.week, [other]) == "new in this e-mail"
    assert finding_words.is_new(FINDING, FINDING.week, [other])


def test_no_sentence_says_significant_or_that_something_worked():
    said = " ".join(
        (
            *(show(FINDING, COURSE) for show in (finding_words.statement, finding_words.advice, words.title)),
            finding_words.how_sure(FINDING),
        )
    )
    assert "signific" not in said
    assert "worked" not in said


@pytest.mark.parametrize(
    ("direction", "says"),
    [("concern", "agree one thing to try, with a name and a date"), ("improvement", "thank the team")],
)
def test_each_direction_has_something_to_do(direction: str, says: str):
    advice = finding_words.advice(replace(FINDING, direction=direction), COURSE)  # type: ignore[arg-type]
    assert says in advice


def test_one_bad_week_calls_for_a_look_and_not_for_a_plan():
    course, finding = fallen(run=1)
    assert "may be a one-off" in finding_words.advice(finding, course)


def test_a_mark_beside_the_change_is_checked_first():
    marked = replace(COURSE, marks=(Mark(FINDING.since, "Batch of entry"),))
    far = replace(COURSE, marks=(Mark(FINDING.since + -9, "Batch of entry"),))
    advice = finding_words.advice(FINDING, marked)
    assert advice.startswith("First check whether ‘Batch of entry’ explains it. Ask the team")
    assert "Batch" not in finding_words.advice(FINDING, far)


def test_kinds_are_counted_in_words():
    found = [FINDING, FINDING, replace(FINDING, direction="improvement")]
    assert finding_words.kinds(found) == "two concerns and one improvement"
    assert finding_words.kinds(found[:1]) == "one concern"


def test_weeks_before_the_course_begins_do_not_trouble_a_finding():
    early = replace(FINDING, since=Week.parse("2020-W01"))
    assert "since 30 December 2019" in plain(finding_words.statement(early, COURSE))
