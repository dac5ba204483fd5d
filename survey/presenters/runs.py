"""How long the newest run of a course is: on one side of its average, or going one way."""

from __future__ import annotations

from itertools import pairwise, takewhile

from survey.domain.findings import Course, Step


def newest_run(course: Course, side: str) -> int:
    """How many of the newest steps are on one side of average, or go one way; at least the rule's seven."""
    shown = [step for step in course.steps if step.value is not None][::-1]
    pairs = list(pairwise(shown)) if side in ("up", "down") else [(step, step) for step in shown]
    good = takewhile(lambda pair: _goes(*pair, side), pairs)
    return max(7, sum(1 for _ in good) + (side in ("up", "down")))


def _goes(newer: Step, older: Step, side: str) -> bool:
    value, earlier = newer.value or 0.0, older.value or 0.0
    centre = value if newer.centre is None else newer.centre
    return {"up": value > earlier, "down": value < earlier, "above": value > centre, "below": value < centre}[
        side
    ]
