"""What figures leave out, in sentences: what waits, stands with others', was destroyed. Never exactly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add

from survey.domain.findings import Course
from survey.domain.uncounted import NONE, Rounded, Uncounted
from survey.presenters import words
from survey.presenters.figures import SPACE, counted

LISTED = 12  # services in a line each
FEW = "fewer than ten in a box"


def withheld(courses: Sequence[Course], silent: Sequence[str], found: Sequence[Uncounted]) -> tuple[str, ...]:
    """All that a report leaves out, a line each; that it is nothing is said too."""
    said = (words.untold(silent), words.gaps(courses), *lines(found))
    return tuple(line for line in said if line) or (words.NOTHING_WITHHELD,)


def lines(found: Sequence[Uncounted], *, most: int = LISTED) -> tuple[str, ...]:
    """A line for each service, and one for those that there is no room for: none goes unsaid."""
    said = [f"{one.service}: {' '.join(sentences(one))}" for one in found[:most]]
    return (*said, *_rest(found[most:]))


def sentences(one: Uncounted) -> list[str]:
    """What is to be said of one service, or of all together."""
    said = []
    if one.merged:
        where = " under this name" if one.service else ""
        said.append(f"Responses of services with too few of their own are counted together{where}.")
    if one.waiting:
        until = "they can be counted" if one.waiting.about else "there are ten"
        said.append(f"{_responses(one.waiting)} wait sealed until {until}.")
    if one.aside:
        said.append(
            f"{_responses(one.aside)} are set aside, sealed, until two people have looked into "
            "why numbers do not add up."
        )
    if one.destroyed:
        said.append(
            f"{_responses(one.destroyed)} were too few to be counted without showing who said what, or could "
            "not be opened. They were destroyed unread."
        )
    return said


def paragraphs(found: Sequence[Uncounted], *, most: int) -> tuple[str, ...]:
    """For a page with little room: what was left out of all services, then a line for each of `most`."""
    each = [f"{one.service}: {_short(one)}." for one in found[:most]]
    return " ".join(sentences(_sum(found))), *each, *_rest(found[most:])


def _rest(found: Sequence[Uncounted]) -> list[str]:
    return [f"{counted(len(found), 'more service')}: {_short(_sum(found))}."] if found else []


def _sum(found: Sequence[Uncounted]) -> Uncounted:
    """Of what may be told of each, so that the whole less its parts is nothing new."""
    return Uncounted(
        "",
        waiting=reduce(add, (one.waiting for one in found), NONE),
        aside=reduce(add, (one.aside for one in found), NONE),
        destroyed=reduce(add, (one.destroyed for one in found), NONE),
        merged=any(one.merged for one in found),
    )


def _short(one: Uncounted) -> str:
    parts = ((one.waiting, "sealed"), (one.aside, "set aside"), (one.destroyed, "destroyed unread"))
    said = [f"{what} ({_amount(n)})" for n, what in parts if n]
    return ", ".join([*(["counted together"] if one.merged else []), *said])


def _responses(n: Rounded) -> str:
    about = f"About {counted(n.about, 'response')}"
    if not n.few:
        return about
    return f"{about}, and others, {_few(n)}," if n.about else f"Some responses, {_few(n)},"


def _amount(n: Rounded) -> str:
    """'about 25', 'fewer than ten in a box', 'about 25; fewer than ten in a box at 3 services'."""
    parts = [*([f"about{SPACE}{n.about:,}"] if n.about else []), *([_few(n)] if n.few else [])]
    return "; ".join(parts)


def _few(n: Rounded) -> str:
    return f"{FEW} at {n.few}{SPACE}services" if n.few > 1 else FEW
