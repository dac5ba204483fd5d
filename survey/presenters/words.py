"""Findings and courses in sentences for a manager: what changed, how much, how sure, what to do."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from survey.domain.calendar import Week
from survey.domain.findings import Course, Finding, Step
from survey.presenters.figures import counted, day, moved, percent, sentence_case, span, spelled
from survey.presenters.figures import week as week_of
from survey.presenters.runs import newest_run

ENOUGH = 13  # steps that are shown before a course is judged
FRESH = 8  # weeks, after which a figure is no news
NO_LEAGUE_TABLE = (
    "The Friends and Family Test does not provide results that can be used to directly compare providers."
)
BEFORE_ROUNDING = "Differences are worked out before percentages are rounded."

_VARIATION = {
    "common_cause": "No change: within the usual range",
    "improvement_high": "Improvement: higher than usual",
    "improvement_low": "Improvement: lower than usual",
    "concern_high": "Concern: higher than usual",
    "concern_low": "Concern: lower than usual",
    "neutral_high": "Change: higher than usual",
    "neutral_low": "Change: lower than usual",
}
_ASSURANCE = {
    "consistent_pass": "The target is met week after week",
    "consistent_fail": "The target is missed week after week unless something changes",
    "inconsistent": "The target is met in some weeks and missed in others",
}
_DIRECTION = {"improvement": "Improvement", "concern": "Concern", "neutral": "Change"}
_RANK = {"concern": 0, "neutral": 1, "improvement": 2}


def kind(finding: Finding) -> str:
    """'Concern', 'Improvement' or 'Change': the word that goes with the icon."""
    return _DIRECTION[finding.direction]


def urgency(finding: Finding) -> int:
    """Concerns first, improvements last."""
    return _RANK[finding.direction]


def sentence(finding: Finding, course: Course) -> str:
    """The whole finding: where, what, since when, how much, how sure, from how many answers."""
    said = statement(finding, course)
    return f"{course.service_name}: {said[0].lower()}{said[1:]}"


def statement(finding: Finding, course: Course) -> str:
    """The finding without its service, which a heading names."""
    size = f"({_size(finding)}{counted(finding.answers, 'answer')})"
    return f"{sentence_case(_what(finding, _said(course), course))}: {_levels(finding, course)} {size}."


def title(finding: Finding | None, course: Course) -> str:
    """What a chart says above it; the indicator's name is its subtitle."""
    return f"{course.service_name}: {saying(finding, course)}"


def headed(finding: Finding, course: Course) -> str:
    """The finding in a line of its own, as in a subject: with service and indicator, without its evidence."""
    says = f"{_what(finding, _said(course), course)}: {_levels(finding, course)}"
    return f"{course.service_name}: {says}"


def saying(finding: Finding | None, course: Course) -> str:
    """The finding, or how the course stands, without its service and indicator."""
    if finding is None:
        return standing(course)
    answered = f"answered {'favourably' if course.better == 'higher' else 'unfavourably'}"
    return f"{_what(finding, answered, course)}: {_levels(finding, course)}"


def standing(course: Course) -> str:
    """How a course stands that has no finding."""
    latest = course.latest
    if latest is None or latest.value is None:
        return "too few answers to show yet"
    now = f"latest {percent(latest.value)}"
    if course.variation is None:
        return f"{now}, {too_few(course)}"
    average = "" if latest.centre is None else f", average {percent(latest.centre)}"
    if course.variation == "common_cause":
        return f"no change, {now}{average}"
    return f"{course.variation.rpartition('_')[2]}er than usual, {now}{average}"


def too_few(course: Course) -> str:
    """Why a course is not judged yet."""
    return f"too few {_unit(course)}s to judge yet ({_shown(course)} of {ENOUGH})"


def level(course: Course) -> str:
    """The newest figure with its weeks and answers."""
    latest = course.latest
    if latest is None or latest.value is None:
        return "too few answers to show"
    return f"{percent(latest.value)} in {span(latest.span)}, from {counted(latest.n, 'answer')}"


def quiet_since(course: Course, week: Week) -> str:
    """That the newest figure is old, and how old; '' while it is fresh."""
    latest = course.latest
    if latest is None or week - latest.span.last <= FRESH:
        return ""
    return f"Latest answers: {span(latest.span)}"


def usual(course: Course) -> str:
    """The average and the range that chance alone gives, of the newest step."""
    latest = course.latest
    if latest is None or latest.centre is None:
        return ""
    if latest.lower is None or latest.upper is None:
        return f"average {percent(latest.centre)}"
    low, high = max(latest.lower, 0.0), min(latest.upper, 1.0)
    return f"average {percent(latest.centre)}, usual range {percent(low)} to {percent(high)}"


def evidence(finding: Finding, course: Course) -> str:
    """The rule of 'Making Data Count' that spoke, in words."""
    name, _, side = finding.rule.rpartition("_")
    unit = _unit(course)
    if name == "outside":
        return f"The latest {unit} is {side} the range that chance alone would give."
    if name == "shift":
        return f"{newest_run(course, side)} {unit}s in a row {side} average: chance alone rarely does that."
    if name == "trend":
        way = "lower" if side == "down" else "higher"
        run = f"{newest_run(course, side)} {unit}s in a row"
        return f"{run}, each {way} than the one before: chance alone rarely does that."
    if name == "two_of_three":
        edge = "lower" if side == "below" else "upper"
        return f"2 of 3 {unit}s in a row close to the {edge} edge of the usual range."
    return "The level is not where it used to be."


def advice(finding: Finding, course: Course) -> str:
    """What a reader could do next about a finding."""
    start = week_of(finding.since)
    marks = [mark.label for mark in course.marks if abs(mark.week - finding.since) <= course.step_weeks]
    first = f"First check whether ‘{marks[0]}’ explains it. " if marks else ""
    if finding.direction == "improvement":
        return f"{first}Find out what was done differently from {start}, thank the team, and keep doing it."
    if finding.direction == "neutral":
        return (
            f"{first}Find out what changed around {start}: the care, who was asked, or how they were asked."
        )
    if finding.rule.startswith("outside") and len(_since(finding, course.steps)) == 1:
        return (
            f"{first}Find out whether anything unusual happened in {start}. "
            f"One {_unit(course)} may be a one-off: watch the next ones before changing anything."
        )
    return (
        f"{first}Ask the team what changed around {start}, read what patients wrote since, "
        "and agree one thing to try, with a name and a date."
    )


def variation(course: Course) -> str:
    """What the variation icon says."""
    return _VARIATION[course.variation] if course.variation else sentence_case(too_few(course))


def assurance(course: Course) -> str:
    """What the assurance icon says; '' without a target."""
    return _ASSURANCE[course.assurance] if course.assurance else ""


def headline(findings: Collection[Finding], *, services: int, judged: int) -> str:
    """The week in one sentence: how many services changed, and which way."""
    changed = len({finding.service for finding in findings})
    if not changed:
        return _quiet(services=services, judged=judged)
    if services == 1:
        return f"{sentence_case(kinds(findings))} in this service."
    return f"{sentence_case(spelled(changed))} of {services} services changed: {kinds(findings)}."


def withheld(courses: Sequence[Course]) -> str:
    """How much is not shown, and why."""
    steps = sum(course.withheld for course in courses)
    if not steps:
        return "Nothing was withheld."
    verb = "is" if steps == 1 else "are"
    return (
        f"{sentence_case(counted(steps, 'point'))} on these charts {verb} left empty: nobody answered, or "
        "under ten did, and so few could give a patient away."
    )


def unheard(names: Sequence[str]) -> str:
    """Which services have nothing to show at all; '' for none."""
    if not names:
        return ""
    listed = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if names[10:] else "")
    return f"No answers counted yet: {listed}."


def _quiet(*, services: int, judged: int) -> str:
    if judged == 0:
        return "No service can be judged yet: there are too few weeks with enough answers."
    if services == 1:
        return "Nothing changed in this service."
    if judged == services:
        return f"Nothing changed in any of the {services} services."
    return f"Nothing changed in {spelled(judged)} of {services} services; the others cannot be judged yet."


def kinds(findings: Collection[Finding]) -> str:
    """'two concerns and one improvement'."""
    words = {"concern": "concern", "neutral": "other change", "improvement": "improvement"}
    each = [
        f"{spelled(n)} {word}{'' if n == 1 else 's'}"
        for direction, word in words.items()
        if (n := sum(finding.direction == direction for finding in findings))
    ]
    return " and ".join([", ".join(each[:-1]), each[-1]] if each[1:] else each)


def _what(finding: Finding, said: str, course: Course) -> str:
    """'fewer people said ‘staff were kind’ since 3 November 2025'."""
    more = "more" if _rises(finding) else "fewer"
    if len(_since(finding, course.steps)) == 1:
        return f"{more} people {said} in {_first(finding, course)}"
    if finding.rule.startswith("trend"):
        more = f"{more} and {more}"
    return f"{more} people {said} since {day(finding.since.monday)}"


def _said(course: Course) -> str:
    """'said ‘staff were kind’'; an abbreviation keeps its capitals."""
    name = course.indicator_name
    plain = name[:1].isupper() and not name[1:2].isupper()
    return f"said ‘{name[0].lower()}{name[1:]}’" if plain else f"said ‘{name}’"


def _rises(finding: Finding) -> bool:
    if finding.rule:
        return finding.rule.endswith(("_above", "_up"))
    return finding.before is not None and finding.after > finding.before


def _levels(finding: Finding, course: Course) -> str:
    alone = len(_since(finding, course.steps)) == 1
    after = f"{percent(finding.after)} {'then' if alone else 'since'}"
    return after if finding.before is None else f"{percent(finding.before)} before, {after}"


def _size(finding: Finding) -> str:
    if finding.before is None:
        return "nothing earlier to compare with; "
    change = moved(finding.after - finding.before)
    if finding.low is None or finding.high is None:
        return f"{change}; "
    return f"{change}; likely {_between(finding.low, finding.high)}; "


def _between(low: float, high: float) -> str:
    """The interval, its smaller size first: 'between 5 and 13 points lower'."""
    near, far = sorted((low, high), key=abs)
    if low < 0 < high:
        return f"between {moved(low)} and {moved(high)}"
    least, most = round(100 * abs(near)), round(100 * abs(far))
    if least == most:
        return f"about {moved(far)}"
    return f"between {least} and {moved(far)}" if least else f"up to {moved(far)}"


def _since(finding: Finding, steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if step.value is not None and step.span.last >= finding.since]


def _first(finding: Finding, course: Course) -> str:
    return next((span(step.span) for step in _since(finding, course.steps)), week_of(finding.since))


def _shown(course: Course) -> int:
    return sum(step.value is not None for step in course.steps)


def _unit(course: Course) -> str:
    return "week" if course.step_weeks == 1 else "period"
