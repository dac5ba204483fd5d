"""What the figures leave out, in sentences: what waits, was counted with others', was destroyed."""

from __future__ import annotations

from collections.abc import Sequence

from survey.domain.calendar import Span
from survey.domain.counts import SMALLEST
from survey.domain.findings import Course
from survey.domain.uncounted import Uncounted
from survey.presenters import words
from survey.presenters.figures import counted, day, span

LISTED = 12  # services in a line each


def withheld(courses: Sequence[Course], silent: Sequence[str], found: Sequence[Uncounted]) -> tuple[str, ...]:
    """All that a report leaves out, a line each; that it is nothing is said too."""
    empty = any(course.withheld for course in courses)
    points = words.withheld(courses) if empty or not found else ""
    return tuple(line for line in (words.unheard(silent), points, *lines(found)) if line)


def lines(found: Sequence[Uncounted], *, most: int = LISTED) -> tuple[str, ...]:
    """A line for each service, and one for those that there is no room for: no response goes unsaid."""
    said = [f"{one.service}: {' '.join(sentences(one))}" for one in found[:most]]
    return (*said, *_rest(found[most:]))


def sentences(one: Uncounted) -> list[str]:
    """What is to be said of one service."""
    said = []
    if one.merged:
        said.append(
            f"{_responses(one.merged)} of services with too few of their own {_be(one.merged)} counted "
            f"together{' under this name' if one.service else ''}."
        )
    if one.waiting and one.since:
        verb = "waits" if one.waiting == 1 else "wait"
        since = f"since {day(one.since.monday)}"
        said.append(f"{_responses(one.waiting)} {since} {verb} sealed until there are {SMALLEST}.")
    if one.aside:
        said.append(
            f"{_responses(one.aside)} {_be(one.aside)} set aside, sealed, until two people have looked into "
            "why numbers do not add up."
        )
    if one.destroyed and one.span:
        were, they = ("was", "It was") if one.destroyed == 1 else ("were", "They were")
        said.append(
            f"{_responses(one.destroyed)} of {span(one.span)} {were} too few to be counted without showing "
            f"who said what, or could not be opened. {they} destroyed unread."
        )
    return said


def paragraphs(found: Sequence[Uncounted], *, most: int) -> tuple[str, ...]:
    """For a page with little room: what was left out of all services, then a line for each of `most`."""
    whole = _sum(found)
    numbers = [f"{one.service}: {_short(one)}." for one in found[:most]]
    return " ".join(sentences(whole)), *numbers, *_rest(found[most:])


def _rest(found: Sequence[Uncounted]) -> list[str]:
    return [f"{counted(len(found), 'more service')}: {_short(_sum(found))}."] if found else []


def _sum(found: Sequence[Uncounted]) -> Uncounted:
    spans = [one.span for one in found if one.span]
    return Uncounted(
        "",
        waiting=sum(one.waiting for one in found),
        since=min((one.since for one in found if one.since), default=None),
        aside=sum(one.aside for one in found),
        destroyed=sum(one.destroyed for one in found),
        span=Span(min(one.first for one in spans), max(one.last for one in spans)) if spans else None,
        merged=sum(one.merged for one in found),
    )


def _short(one: Uncounted) -> str:
    parts = (
        (one.merged, "counted together"),
        (one.waiting, f"sealed since {day(one.since.monday)}" if one.since else ""),
        (one.aside, "set aside"),
        (one.destroyed, "destroyed unread"),
    )
    return ", ".join(f"{n:,} {what}" for n, what in parts if n)


def _responses(n: int) -> str:
    return counted(n, "response")


def _be(n: int) -> str:
    return "is" if n == 1 else "are"
