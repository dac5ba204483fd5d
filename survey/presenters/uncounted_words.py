"""What the figures leave out, in sentences: what waits, was counted with others', was destroyed."""

from __future__ import annotations

from collections.abc import Sequence

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
    rest = found[most:]
    return (*said, f"{counted(len(rest), 'more service')}: {total(rest)}.") if rest else tuple(said)


def sentences(one: Uncounted) -> list[str]:
    """What is to be said of one service."""
    said = []
    if one.merged:
        said.append(
            f"{_responses(one.merged)} of services with too few of their own {_be(one.merged)} counted "
            "together under this name."
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
        said.append(
            f"{_responses(one.destroyed)} of {span(one.span)} could not be counted without showing who said "
            f"what, or not be opened. {'It was' if one.destroyed == 1 else 'They were'} destroyed unread."
        )
    return said


def total(found: Sequence[Uncounted]) -> str:
    """All of them in a line without a full stop; '' for none."""
    parts = (
        (sum(one.merged for one in found), "counted together with others’"),
        (sum(one.waiting for one in found), f"sealed until there are {SMALLEST}"),
        (sum(one.aside for one in found), "set aside until two people have decided"),
        (sum(one.destroyed for one in found), "destroyed unread"),
    )
    said = [(n, what) for n, what in parts if n]
    return ", ".join(f"{_responses(n) if at == 0 else f'{n:,}'} {what}" for at, (n, what) in enumerate(said))


def _responses(n: int) -> str:
    return counted(n, "response")


def _be(n: int) -> str:
    return "is" if n == 1 else "are"
