"""Services beside others of their kind, groups of patients beside the rest: sentences that rank nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from survey.domain.calendar import quarter_span
from survey.domain.findings import Apart, Course, Gap
from survey.presenters import naming
from survey.presenters.figures import (
    between,
    counted,
    day,
    last_day,
    moved,
    percent,
    sentence_case,
    spelled,
    to_date,
)

BESIDE_OTHERS = "Compared with similar services"
BETWEEN_GROUPS = "Between groups of patients"
NOT_A_RANKING = (
    "Not a ranking: named are only services further from the usual than chance and the differences between "
    "services explain. Their patients may differ too."
)
PROTECTED = (
    "Groups’ answers are counted with a little noise that protects patients; the intervals allow for it and "
    "for how many groups were looked at."
)
ASK_SERVICES = (
    "Ask what differs there: who is cared for, and how. Look at the service’s own course before asking for a "
    "plan: it may have been so for long."
)
ASK_GROUPS = (
    "Ask people of the group what stands in their way, and who will work on it. One quarter is little to go "
    "by: look whether it lasts."
)

Beside = tuple[Apart, Course]
Asked = tuple[Gap, Course]


def matched(apart: Iterable[Apart], courses: Mapping[naming.Key, Course]) -> list[Beside]:
    """Services that stand apart, with their courses: concerns first, then by name, never by size."""
    found = [(one, courses[naming.key(one)]) for one in apart if naming.key(one) in courses]
    return sorted(found, key=lambda pair: (pair[0].direction != "concern", naming.called(pair[1])))


def asked(gaps: Iterable[Gap], courses: Iterable[Course]) -> list[Asked]:
    """Gaps, with any course of their indicator for its name: deficits first, the widest of them before."""
    known = {(course.pathway, course.indicator): course for course in courses}
    found = [(gap, known[where]) for gap in gaps if (where := (gap.pathway, gap.indicator)) in known]
    return sorted(found, key=lambda pair: (not is_deficit(*pair), -abs(pair[0].value - pair[0].rest)))


def is_deficit(gap: Gap, course: Course) -> bool:
    """Whether the group fares worse than the rest."""
    return (gap.value < gap.rest) is (course.better == "higher")


def apart(one: Apart, course: Course) -> str:
    """A service that is unlike the others, and what was to be expected of it."""
    more = "more" if one.value > one.usual else "fewer"
    low, high = percent(max(one.low, 0.0)), percent(min(one.high, 1.0))
    return (
        f"{naming.called(course)}: {more} people said {naming.quoted(course)} than at other services of this "
        f"kind: {percent(one.value)} against {percent(one.usual)} usual. Between {low} and {high} is "
        f"expected of a service with {counted(one.answers, 'answer')}, by how much services differ anyway."
    )


def services(beside: Sequence[Beside]) -> tuple[list[str], list[str]]:
    """A sentence each, and notes on how to read them; what holds of all alike is said once."""
    over = [f"Over {to_date(one.span)}; {counted(one.services, 'service')} compared." for one, _ in beside]
    return _once([apart(*pair) for pair in beside], over, NOT_A_RANKING)


def gap(one: Gap, course: Course) -> str:
    """A group of patients beside all others, in the words of the question and the answer that make it."""
    share, rest = percent(one.value), percent(one.rest)
    return (
        f"{sentence_case(naming.pathway(one.pathway))}: of people who answered ‘{one.option}’ to "
        f"‘{one.attribute}’, {share} said {naming.quoted(course)}, against {rest} of all others ("
        f"{moved(one.value - one.rest)}; likely {between(one.low, one.high)}; "
        f"{counted(one.answers, 'answer')})."
    )


def groups(gaps: Sequence[Asked]) -> tuple[list[str], list[str]]:
    """A sentence each, and notes on how to read them; what holds of all alike is said once."""
    when = []
    for one, _ in gaps:
        weeks = quarter_span(one.quarter)
        when.append(f"In {one.quarter}, {day(weeks.first.monday)} to {last_day(weeks.last)}.")
    return _once([gap(*pair) for pair in gaps], when, PROTECTED)


def _once(said: Sequence[str], each: Sequence[str], note: str) -> tuple[list[str], list[str]]:
    if len(set(each)) == 1:
        return list(said), [each[0], note]
    return [f"{one} {its}" for one, its in zip(said, each, strict=True)], [note]


def titled(beside: Sequence[Beside], gaps: Sequence[Asked]) -> str:
    """Both in a line of their own: 'Two services differ from others of their kind; …'."""
    said = []
    if beside:
        verb = "service differs" if len(beside) == 1 else "services differ"
        said.append(
            f"{spelled(len(beside))} {verb} from others of {'its' if len(beside) == 1 else 'their'} kind"
        )
    if gaps:
        worse = sum(is_deficit(*pair) for pair in gaps)
        said.append(_groups(worse, "less") if worse else _groups(len(gaps), "more"))
    return sentence_case("; ".join(said))


def _groups(n: int, way: str) -> str:
    groups = "group of patients is" if n == 1 else "groups of patients are"
    return f"{spelled(n)} {groups} {way} satisfied than the rest"
