"""In public: changes and gaps told by rounded figures alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.comparison import compare_periods
from analysis.disclosure import rounded
from analysis.scores import BASELINE
from analysis.signals import own_dispersion
from survey.domain.findings import Course, Finding, Gap, Step


def restated(finding: Finding, course: Course) -> Finding | None:
    """A finding with its levels and their difference by the public steps of its course.

    None while no public step lies wholly on either side of the change: then there is no size to tell. That it
    has come, since when and how surely, is as staff know it; the interval is Newcombe's, widened by how much
    the steps vary.
    """
    since = _begins_anew(course, finding)
    steps = [step for step in course.steps if step.value is not None and step.span.first >= since.span.first]
    before = [step for step in steps if step.span.last < finding.since]
    after = [step for step in steps if step.span.first >= finding.since]
    if not before or not after:
        return None
    was, now = _added_up(before), _added_up(after)
    row = compare_periods(was, now, dispersion=_dispersion(before)).rows.iloc[0]
    turned = (now[0] / now[1] > was[0] / was[1]) == (finding.after > finding.before)
    if not turned:
        return None  # rounding has eaten it
    return replace(
        finding,
        before=float(row["reference"]),
        after=float(row["value"]),
        low=float(row["low"]),
        high=float(row["high"]),
        answers=now[1],
    )


def rounded_gap(gap: Gap) -> Gap:
    """A gap with its answers to the nearest five; its shares bear noise already."""
    return replace(gap, answers=int(rounded(gap.answers)))


def _begins_anew(course: Course, finding: Finding) -> Step:
    """The first step that the level before the change is reckoned from: after a new wording or baseline."""
    anew = [mark.week for mark in course.marks if mark.label in {"New wording", "New level accepted"}]
    begin = max((week for week in anew if week < finding.since), default=course.steps[0].span.first)
    return next((step for step in course.steps if step.span.last >= begin), course.steps[0])


def _added_up(steps: list[Step]) -> tuple[int, int]:
    return sum(round((step.value or 0.0) * step.n) for step in steps), sum(step.n for step in steps)


def _dispersion(steps: list[Step]) -> float:
    if len(steps) < BASELINE:
        return 1.0  # what so few show is mostly chance
    positives = np.array([[round((step.value or 0.0) * step.n) for step in steps]])
    answers = np.array([[step.n for step in steps]])
    return float(np.fmax(own_dispersion(positives, answers)[0, -1], 1.0))
