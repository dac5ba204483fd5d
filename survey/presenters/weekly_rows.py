"""The table of a weekly e-mail: every service in a line, or every question where there is one service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from survey.domain.calendar import Week
from survey.domain.findings import Course, Finding
from survey.presenters import finding_words, icons, naming, words
from survey.presenters.figures import sentence_case
from survey.presenters.letter import Picture
from survey.presenters.picture import png
from survey.presenters.sparkline import sparkline
from survey.presenters.weekly_changes import by_node, icon


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a service, or a question where there is one service only."""

    name: str
    note: str
    level: str
    answers: str
    icon: Picture
    spark: Picture


def rows(
    services: Mapping[naming.Whose, Sequence[Course]], found: Sequence[Finding], week: Week
) -> list[Row]:
    """Services by need of attention; the questions of the only service where there is one."""
    if len(services) == 1:
        (questions,) = services.values()
        return [
            _row(course, _of(course, found), number, name=course.indicator_name, note=_quiet(course, week))
            for number, course in enumerate(questions)
        ]
    nodes = by_node(found)
    each = [(courses[0], nodes.get(whose, []), courses) for whose, courses in services.items()]
    each.sort(key=lambda one: (*_attention(one[0], one[1]), one[0].node_name))
    return [
        _row(lead, changes, number, name=lead.node_name, note=_note(changes, lead, courses, week))
        for number, (lead, changes, courses) in enumerate(each)
    ]


def _of(course: Course, found: Sequence[Finding]) -> list[Finding]:
    return [one for one in found if naming.key(one) == naming.key(course)]


def _attention(lead: Course, changes: Sequence[Finding]) -> tuple[int, bool, bool, bool]:
    """Concerns, improvements, missed targets, an unusual newest week, steady, too few to judge."""
    first = min((finding_words.urgency(one) for one in changes), default=2)
    return (
        first,
        lead.assurance != "consistent_fail",
        lead.variation is None,
        not words.is_unusual(lead),
    )


def _note(changes: Sequence[Finding], lead: Course, courses: Sequence[Course], week: Week) -> str:
    """Which questions changed, and how."""
    if not changes:
        return words.assurance(lead) or _quiet(lead, week)
    if len(changes) > 1:
        return sentence_case(finding_words.kinds(changes))
    asked = {course.indicator: course.indicator_name for course in courses}
    return f"{asked[changes[0].indicator]}: {finding_words.kind(changes[0]).lower()}"


def _quiet(course: Course, week: Week) -> str:
    """What is to be known of a course that has not changed: that it is old, small, or unusual of late."""
    if course.latest is None:
        return ""  # its sign says that there is nothing to show
    old = words.quiet_since(course, week)
    if old or not course.watched:
        return old or words.watched(course)
    return words.state(course) if course.variation is None else words.unusual(course)


def _row(course: Course, changes: Sequence[Finding], number: int, *, name: str, note: str) -> Row:
    latest = course.latest
    first = next(iter(changes), None)
    return Row(
        name=name,
        note=note,
        level=words.share(latest) if latest else "–",
        answers=f"{latest.n:,}" if latest else "–",
        icon=icon(
            icons.name_of_finding(first) if first else icons.name_of_level(course),
            finding_words.kind(first) if first else words.state(course),
        ),
        spark=Picture(f"spark{number}", png(sparkline(course)), _spark_says(course), 140, 32),
    )


def _spark_says(course: Course) -> str:
    """What a row's picture adds to its words: the newest figure and the finding stand beside it."""
    usual = words.usual(course)
    return f"Course: {usual}" if usual else "Course"
