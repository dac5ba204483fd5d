"""A change of level in sentences: what changed, since when, how much, how sure, and what to do about it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import floor, isnan, log10

from survey.domain.calendar import Week
from survey.domain.findings import Course, Finding, Step
from survey.presenters import naming
from survey.presenters.figures import between, counted, day, moved, percent, sentence_case, span, spelled
from survey.presenters.figures import week as week_of

FADED = "Since then the evidence has faded: the level may be what it was before."
_DIRECTION = {"improvement": "Improvement", "concern": "Concern"}
_RANK = {"concern": 0, "improvement": 1}
_YEARS = (50, 20, 10, 5, 2)  # to which the rarity of evidence is rounded down: it is a floor, not a figure
_TINY = 1e-9  # that a threshold of ten years is told as ten, not as nine and a bit


def kind(finding: Finding) -> str:
    """'Concern' or 'Improvement': the word that goes with the icon."""
    return _DIRECTION[finding.direction]


def urgency(finding: Finding) -> int:
    """Concerns first, improvements last."""
    return _RANK[finding.direction]


def rises(finding: Finding) -> bool:
    """Whether the level is higher than it was."""
    return finding.after > finding.before


def sentence(finding: Finding, course: Course) -> str:
    """The whole finding: where, what, since when, how much, how sure, from how many answers."""
    said = statement(finding, course)
    return f"{naming.called(course)}: {said[0].lower()}{said[1:]}"


def statement(finding: Finding, course: Course) -> str:
    """The finding without its node, which a heading names."""
    change = f"{moved(finding.after - finding.before)}; likely {between(finding.low, finding.high)}"
    size = f"({change}; {counted(finding.answers, 'answer')})"
    return f"{sentence_case(_what(finding, _said(course), course))}: {_levels(finding, course)} {size}."


def headed(finding: Finding, course: Course) -> str:
    """The finding in a line of its own, as in a subject: with node and indicator, without its evidence."""
    return f"{naming.called(course)}: {_what(finding, _said(course), course)}: {_levels(finding, course)}"


def saying(finding: Finding, course: Course) -> str:
    """The finding without its node and indicator, which stand beside it."""
    answered = f"answered {'favourably' if course.better == 'higher' else 'unfavourably'}"
    return f"{_what(finding, answered, course)}: {_levels(finding, course)}"


def how_sure(finding: Finding) -> str:
    """What it is compared with, and how seldom such evidence comes without a change."""
    seldom = _seldom(finding)
    surely = f": had nothing changed, evidence as strong as this would come up {seldom}" if seldom else ""
    faded = f" {FADED}" if finding.faded else ""
    return f"Compared with its own level before{surely}.{faded}"


def told(finding: Finding, week: Week, before: Collection[Finding]) -> str:
    """Whether a finding is news in `week` to a reader who was told of `before` a week ago."""
    if finding.told >= week:
        return "new this week"
    if not any(_alike(finding, one) for one in before):
        return "new in this e-mail"
    return f"first told in {week_of(finding.told)}"


def is_new(finding: Finding, week: Week, before: Collection[Finding]) -> bool:
    """Whether the reader was not told of it before."""
    return told(finding, week, before).startswith("new")


def advice(finding: Finding, course: Course) -> str:
    """What a reader could do next about a finding; what was marked near its beginning is looked at first."""
    start, team = week_of(finding.since), "the team" if course.level == "service" else "its teams"
    marks = [mark.label for mark in course.marks if abs(mark.week - finding.since) <= course.step_weeks]
    first = f"First check whether ‘{marks[0]}’ explains it. " if marks else ""
    if finding.faded:
        return f"{first}Look at the latest results before doing more: they may be back where they were."
    if finding.direction == "improvement":
        return f"{first}Find out what was done differently from {start}, thank {team}, and keep doing it."
    if _is_one_step(finding, course):
        return (
            f"{first}Find out whether anything unusual happened in {start}. "
            f"One {naming.unit(course)} may be a one-off: watch the next ones before changing anything."
        )
    return (
        f"{first}Ask {team} what changed around {start}, read what patients wrote since, "
        "and agree one thing to try, with a name and a date."
    )


def kinds(findings: Collection[Finding]) -> str:
    """'two concerns and one improvement'."""
    each = [
        f"{spelled(n)} {direction}{'' if n == 1 else 's'}"
        for direction in ("concern", "improvement")
        if (n := sum(finding.direction == direction for finding in findings))
    ]
    return " and ".join(each)


def _what(finding: Finding, said: str, course: Course) -> str:
    """'fewer people said ‘staff were kind’ since 3 November 2025'."""
    more = "more" if rises(finding) else "fewer"
    if _is_one_step(finding, course):
        return f"{more} people {said} in {_first(finding, course)}"
    return f"{more} people {said} since {day(finding.since.monday)}"


def _said(course: Course) -> str:
    return f"said {naming.quoted(course)}"


def _levels(finding: Finding, course: Course) -> str:
    when = "then" if _is_one_step(finding, course) else "since"
    return f"{percent(finding.before)} before, {percent(finding.after)} {when}"


def _seldom(finding: Finding) -> str:
    """'less than once in 10 years on average'; '' for evidence that says too little.

    Worked out in logarithms: ten to the power of strong evidence is more than a float holds.
    """
    years = finding.evidence + log10(finding.step_weeks / 52) + _TINY
    if isnan(years) or years < log10(_YEARS[-1]):
        return ""
    if years >= 2:
        return "less than once in a hundred years"
    most = next(one for one in _YEARS if one <= floor(10**years))
    return f"less than once in {most} years on average"


def _alike(one: Finding, other: Finding) -> bool:
    return (naming.key(one), one.direction) == (naming.key(other), other.direction)


def _is_one_step(finding: Finding, course: Course) -> bool:
    return len(_since(finding, course.steps)) == 1


def _since(finding: Finding, steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if step.value is not None and step.span.last >= finding.since]


def _first(finding: Finding, course: Course) -> str:
    return next((span(step.span) for step in _since(finding, course.steps)), week_of(finding.since))
