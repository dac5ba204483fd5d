"""The words around a chart: its title in two lines, its subtitle, its description."""

from __future__ import annotations

from survey.domain.findings import Course, Finding
from survey.presenters import words
from survey.presenters.figures import day, sentence_case
from survey.presenters.flags import fitted
from survey.presenters.measure import wrapped

TITLE, SUBTITLE = 16, 12.5  # pixels


def description(course: Course, finding: Finding | None = None) -> str:
    """What a chart shows, for those who do not see it: the finding and the last values."""
    usual = words.usual(course)
    marks = "; ".join(f"{mark.label}, {day(mark.week.monday)}" for mark in course.marks)
    parts = [
        f"{course.indicator_name}. {words.title(finding, course)}",
        f"Latest: {words.level(course)}",
        sentence_case(usual),
        f"Marked: {marks}" if marks else "",
    ]
    return ". ".join(part for part in parts if part) + "."


def two_lines(service: str, says: str, room: float) -> list[str]:
    """The title in at most two lines of about one length; a long service's name gives way to the finding."""
    name = service
    while len(lines := _lines(f"{name}: {says}", room)) > 2 and len(name) > 8:
        name = name.rstrip("…")[:-4].rstrip(" ,–-(") + "…"
    if len(lines) == 2:
        narrower = (_lines(f"{name}: {says}", room * part) for part in (0.6, 0.7, 0.8, 0.9))
        lines = next((found for found in narrower if len(found) == 2), lines)
    return [*lines[:1], *(fitted(" ".join(lines[1:]), room, size=TITLE, bold=True) for _ in lines[1:2])]


def subtitle(course: Course) -> str:
    by = "week" if course.step_weeks == 1 else f"{course.step_weeks} weeks"
    return f"{course.indicator_name}: per cent of answers, by {by}. ‘{course.question_text}’"


def _lines(title: str, room: float) -> list[str]:
    return wrapped(title, room / 72, size=TITLE, bold=True)
