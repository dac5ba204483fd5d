"""The changes of a weekly e-mail: the findings of one node in one section, the strongest with its chart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from survey.domain.calendar import Week
from survey.domain.findings import Course, Finding
from survey.domain.scale import Shift
from survey.presenters import chart, finding_words, icons, naming, scale_words, watch_words, words
from survey.presenters.figures import sentence_case
from survey.presenters.letter import Picture
from survey.presenters.picture import png

CHART_SIZE = (480, 270)  # drawn narrower than its column: a phone shrinks it, and its words must stay legible
ICON = 36  # pixels

Courses = Mapping[naming.Key, Course]


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in one node: the finding that needs most attention, then the others in a line each."""

    name: str
    kind: str
    when: str  # 'new this week', or when it was first told
    says: str
    evidence: str
    notes: tuple[str, ...]  # under the chart: the same season, how long a change takes to show
    also: tuple[str, ...]
    advice: str
    icon: Picture
    chart: Picture


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of findings in `week`, to a reader who was told of `before` a week ago."""

    week: Week
    before: Collection[Finding]
    shifts: Mapping[str, Shift] = field(default_factory=dict)  # by the id of a finding

    def when(self, finding: Finding) -> str:
        return finding_words.told(finding, self.week, self.before)


def by_need(findings: Iterable[Finding], courses: Courses, told: Told) -> list[Finding]:
    """Those with a course: concerns first, new before old, large before small."""
    found = [one for one in findings if naming.key(one) in courses]
    return sorted(
        found,
        key=lambda one: (
            finding_words.urgency(one),
            not finding_words.is_new(one, told.week, told.before),
            -abs(one.after - one.before),
            naming.called(courses[naming.key(one)]),
        ),
    )


def by_node(found: Sequence[Finding]) -> dict[naming.Whose, list[Finding]]:
    """The findings of each node, in the order given."""
    nodes: dict[naming.Whose, list[Finding]] = defaultdict(list)
    for finding in found:
        nodes[naming.whose(finding)].append(finding)
    return nodes


def change(found: Sequence[Finding], courses: Courses, told: Told, *, number: int) -> Change:
    """One node's findings, the first with its chart."""
    first, course = found[0], courses[naming.key(found[0])]
    drawn = chart.draw(course, size=CHART_SIZE, finding=first)
    alt = f"Chart. {finding_words.headed(first, course)}. Latest: {words.level(course)}."
    return Change(
        name=naming.called(course),
        kind=finding_words.kind(first),
        when=told.when(first),
        says=finding_words.statement(first, course),
        evidence=finding_words.how_sure(first),
        notes=(*_answer_by_answer(first, told), *notes(course)),
        also=tuple(_also(one, courses[naming.key(one)], told, after=first) for one in found[1:]),
        advice=finding_words.advice(first, course),
        icon=icon(icons.name_of_finding(first), finding_words.kind(first)),
        chart=Picture(f"chart{number}", png(drawn), alt, *CHART_SIZE),
    )


def notes(course: Course) -> tuple[str, ...]:
    """What belongs under a chart: what it is watched with, the season, how long a fall takes to show."""
    watched = words.watched(course)
    return tuple(
        said
        for said in (
            f"{watched}." if watched else "",
            watch_words.season(course.season) if course.season else "",
            watch_words.sensitivity(course.sensitivity) if course.sensitivity else "",
        )
        if said
    )


def _answer_by_answer(finding: Finding, told: Told) -> tuple[str, ...]:
    return (scale_words.shift(told.shifts[finding.id]),) if finding.id in told.shifts else ()


def icon(name: str, says: str) -> Picture:
    """An icon at the size of the e-mail."""
    return Picture(name, icons.picture(name, ICON), says, ICON, ICON)


def _also(finding: Finding, course: Course, told: Told, *, after: Finding) -> str:
    """A further finding; its kind and when it was told only where they differ from the first one's."""
    said = finding_words.statement(finding, course)
    known = {finding_words.kind(after), told.when(after)}
    new = [word for word in (finding_words.kind(finding), told.when(finding)) if word not in known]
    return f"{sentence_case(', '.join(new))}: {said[0].lower()}{said[1:]}" if new else said
