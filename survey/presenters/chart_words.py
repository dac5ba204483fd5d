"""The words around a chart: its title in two lines, its subtitle, its description."""

from __future__ import annotations

from survey.domain.findings import Course, Finding
from survey.presenters import naming, words
from survey.presenters.figures import day, sentence_case
from survey.presenters.flags import fitted
from survey.presenters.measure import wrapped

SIZES = (16, 15, 14)  # pixels, of the title
SUBTITLE = 12.5
COLOURED = "Coloured points are unusual by the rules of ‘Making Data Count’"


def description(course: Course, finding: Finding | None = None) -> str:
    """What a chart shows, for those who do not see it: the finding and the last values."""
    usual = words.usual(course)
    marks = "; ".join(f"{mark.label}, {day(mark.week.monday)}" for mark in course.marks)
    parts = [
        f"{course.indicator_name}. {words.title(finding, course)}",
        f"Latest: {words.level(course)}",
        sentence_case(usual),
        COLOURED if any(step.point_type != "common_cause" for step in course.steps) else "",
        words.watched(course),
        f"Marked: {marks}" if marks else "",
    ]
    return ". ".join(part for part in parts if part) + "."


def title_lines(course: Course, says: str, room: float) -> tuple[list[str], float]:
    """The title in at most two lines; an organisation's goes without its pathway before its name is cut."""
    whole = two_lines(naming.called(course), says, room)
    if course.level == "service" or "…" not in whole[0][0]:
        return whole
    return two_lines(course.node_name, says, room)


def two_lines(name: str, says: str, room: float) -> tuple[list[str], float]:
    """The title in at most two lines of about one length, and its size.

    What is too long is set smaller; then the name gives way, and last the finding's end.
    """
    size = next((one for one in SIZES if len(_lines(f"{name}: {says}", room, one)) <= 2), SIZES[-1])
    while len(lines := _lines(f"{name}: {says}", room, size)) > 2 and len(name) > 8:
        name = name.rstrip("…")[:-4].rstrip(" ,–-(") + "…"
    if len(lines) == 2:
        narrower = (_lines(f"{name}: {says}", room * part, size) for part in (0.6, 0.7, 0.8, 0.9))
        lines = next((found for found in narrower if len(found) == 2), lines)
    rest = [fitted(" ".join(lines[1:]), room, size=size, bold=True)] if lines[1:] else []
    return [*lines[:1], *rest], size


def subtitle(course: Course, room: float) -> str:
    """The indicator, what a step is, and the question where there is room for all of it."""
    by = "week" if course.step_weeks == 1 else f"{course.step_weeks} weeks"
    each = "100 or more a point" if course.form == "public" else f"by {by}"
    says = f"{course.indicator_name}: per cent of answers, {each}"
    with_ = f"Watched together with {course.watched_with}" if course.watched_with else ""
    whole = f"{says}. {with_ or f'‘{course.question_text}’'}"
    return whole if fitted(whole, room, size=SUBTITLE) == whole else fitted(says, room, size=SUBTITLE)


def _lines(title: str, room: float, size: float) -> list[str]:
    return wrapped(title, room / 72, size=size, bold=True)
