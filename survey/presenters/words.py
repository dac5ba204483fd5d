"""Courses in sentences for a manager: how they stand, what is usual, what a week as a whole has brought."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from survey.domain.calendar import Week
from survey.domain.findings import Course, Finding, Step
from survey.presenters import finding_words, naming
from survey.presenters.figures import counted, percent, sentence_case, span, spelled

ENOUGH = 13  # steps that are shown before a course is judged
FRESH = 8  # weeks, after which a figure is no news
NO_LEAGUE_TABLE = (
    "The Friends and Family Test does not provide results that can be used to directly compare providers."
)
WITHHELD = "too few responses, or withheld to protect another figure"  # nobody can tell which
EVERYTHING = "All services"
UNTOLD = f"no or {WITHHELD}"  # of what nothing has ever been told
NOTHING_WITHHELD = "Nothing was withheld."
_FEW = {"few": "two or fewer", "all_but_few": "all but two or fewer"}
BEFORE_ROUNDING = "Differences are worked out before percentages are rounded."

_ASSURANCE = {
    "consistent_pass": "The target is met week after week",
    "consistent_fail": "The target is missed week after week unless something changes",
    "inconsistent": "The target is met in some weeks and missed in others",
}


def title(finding: Finding | None, course: Course) -> str:
    """What a chart says above it; the indicator's name is its subtitle."""
    return f"{naming.called(course)}: {saying(finding, course)}"


def saying(finding: Finding | None, course: Course) -> str:
    """The finding, or how the course stands, without its node and indicator."""
    return standing(course) if finding is None else finding_words.saying(finding, course)


def standing(course: Course) -> str:
    """How a course stands that has no finding."""
    latest = course.latest
    if latest is None or latest.value is None:
        return "nothing to show yet"
    now = f"latest {share(latest)}"
    average = "" if latest.centre is None else f", average {percent(latest.centre)}"
    if course.variation is None:
        return f"{now}, {too_few(course)}"
    if not course.watched:
        return f"{now}{average}, {unwatched(course).lower()}"
    if is_unusual(course):
        return f"no change of level so far, {now} ({_unusually(course)}){average}"
    return f"no change, {now}{average}"


def state(course: Course) -> str:
    """What the icon of a course without a finding says: of its level, never of its newest point."""
    if course.latest is None:
        return "Nothing to show yet"
    if course.variation is None:
        return sentence_case(too_few(course))
    return "No change of level" if course.watched else unwatched(course)


def is_judged(course: Course) -> bool:
    """Whether it can be said of the course by itself that its level has not changed."""
    return course.variation is not None and course.watched


def is_unusual(course: Course) -> bool:
    """Whether the newest point is out of the ordinary by the rules of 'Making Data Count'."""
    return course.variation not in (None, "common_cause")


def unusual(course: Course) -> str:
    """That a newest point out of the ordinary makes no change yet; '' where it is an ordinary one."""
    if not is_unusual(course):
        return ""
    return f"Latest {naming.unit(course)} {_unusually(course)}; not yet a change of level"


def watched(course: Course) -> str:
    """With what a course is watched that has too few answers; '' for one that is watched by itself.

    Of one that has told nothing it is not said either: whether it has answers is not told.
    """
    if course.watched or course.latest is None:
        return ""
    return unwatched(course) + (
        f": watched together with {course.watched_with}" if course.watched_with else ""
    )


def unwatched(course: Course) -> str:
    """That nobody would be told of a change of the course alone; or of none, where no wider node has more."""
    return f"Too few answers to be watched{' by itself' if course.watched_with else ''}"


def too_few(course: Course) -> str:
    """Why a course is not judged yet."""
    return f"too few {naming.unit(course)}s to judge yet ({_shown(course)} of {ENOUGH})"


def share(step: Step) -> str:
    """A step's percentage; in words where so few, or all but so few, said so that it could name them."""
    if step.value is None:
        return "–"
    return _FEW.get(step.told) or percent(step.value)


def level(course: Course) -> str:
    """The newest figure with its weeks and answers."""
    latest = course.latest
    if latest is None or latest.value is None:
        return f"nothing to show: {WITHHELD}"
    return f"{share(latest)} in {span(latest.span)}, from {counted(latest.n, 'answer')}"


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


def assurance(course: Course) -> str:
    """What the assurance icon says; '' without a target."""
    return _ASSURANCE[course.assurance] if course.assurance else ""


def headline(
    findings: Collection[Finding], *, services: int, judged: int, wider: Collection[Finding] = ()
) -> str:
    """The week in one sentence: how many services changed, and which way; two where organisations did too.

    `findings` are of services, `wider` of organisations.
    """
    if not wider:
        return _of_services(findings, services=services, judged=judged)
    whole = f"{_organisations(wider)} changed as a whole: {finding_words.kinds(wider)}."
    if not findings:
        return f"No service changed by itself. {sentence_case(whole)}"
    return f"{_of_services(findings, services=services, judged=judged)} {sentence_case(whole)}"


def gaps(courses: Sequence[Course]) -> str:
    """How much is not shown on the charts of services that have told something, and why; '' for nothing."""
    told = {naming.whose(course) for course in courses if course.latest is not None}
    steps = sum(course.withheld for course in courses if naming.whose(course) in told)
    if not steps:
        return ""
    verb = "is" if steps == 1 else "are"
    return f"{sentence_case(counted(steps, 'point'))} on these charts {verb} left empty: {WITHHELD}."


def untold(names: Sequence[str]) -> str:
    """Which services have nothing to show at all, whether anybody has answered or not; '' for none."""
    if not names:
        return ""
    listed = "; ".join(names[:10]) + (f"; and {len(names) - 10} more" if names[10:] else "")
    return f"Nothing is told yet of: {listed} ({UNTOLD})."


def _of_services(findings: Collection[Finding], *, services: int, judged: int) -> str:
    changed = len({naming.whose(finding) for finding in findings})
    if not changed:
        return _quiet(services=services, judged=judged)
    kinds = finding_words.kinds(findings)
    if services == 1:
        return f"{sentence_case(kinds)} in this service."
    return f"{sentence_case(spelled(changed))} of {services} services changed: {kinds}."


def _organisations(findings: Collection[Finding]) -> str:
    changed = len({naming.whose(finding) for finding in findings})
    return f"{spelled(changed)} organisation{'' if changed == 1 else 's'}"


def _quiet(*, services: int, judged: int) -> str:
    if judged == 0:
        return "No service can be judged by itself yet: there are too few weeks with enough answers."
    if services == 1:
        return "Nothing changed in this service."
    if judged == services:
        return f"Nothing changed in any of the {services} services."
    return f"Nothing changed in {spelled(judged)} of {services} services; the others cannot be judged yet."


def _unusually(course: Course) -> str:
    return f"unusually {str(course.variation).rpartition('_')[2]}"


def _shown(course: Course) -> int:
    return sum(step.value is not None for step in course.steps)
