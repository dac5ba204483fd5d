"""Courses made for tests of words, charts and e-mails: P′-like limits, any run of special causes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt
from random import Random

from survey.domain.calendar import Span, Week
from survey.domain.findings import Course, Finding, Mark, PointType, Step

FIRST = Week.parse("2024-W49")
CONCERN: PointType = "special_cause_concern"
IMPROVEMENT: PointType = "special_cause_improvement"


def steps_of(
    shares: Sequence[float | None], *, n: int = 40, weeks: int = 1, first: Week = FIRST, seed: int = 1
) -> tuple[Step, ...]:
    """One step a share, with limits about their mean; None is withheld."""
    chance = Random(seed)  # noqa: S311
    shown = [share for share in shares if share is not None]
    centre = (sum(shown) + 0.5 / n) / (len(shown) + 1 / n) if shown else 0.0
    return tuple(
        _step(
            share,
            centre,
            round(n * chance.uniform(0.6, 1.4)),
            Span(first + i * weeks, first + (i * weeks + weeks - 1)),
        )
        for i, share in enumerate(shares)
    )


def _step(share: float | None, centre: float, n: int, span: Span) -> Step:
    if share is None:
        return Step(span, 0, None)
    reach = 3 * sqrt(centre * (1 - centre) / n)
    return Step(span, n, share, centre, max(0.0, centre - reach), min(1.0, centre + reach))


def course_of(steps: tuple[Step, ...], *, weeks: int = 1, **changes: object) -> Course:
    """A course of patient transport, kindness, with those steps under both kinds of limits."""
    plain = Course(
        node="PTSHOSP1",
        node_name="Patient transport, hospital site",
        level="service",
        icb="QHM",
        pathway="patient-transport",
        organisation="RX601",
        place="E54000050",
        indicator="kindness",
        indicator_name="Staff were very kind or kind",
        question_text="Did our staff treat you with kindness?",
        better="higher",
        step_weeks=weeks,
        steps=steps,
        xmr=steps,
        variation="common_cause" if len(steps) >= 13 else None,
        withheld=sum(step.value is None for step in steps),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def wavy(length: int, *, level: float = 0.81, spread: float = 0.05, seed: int = 3) -> list[float | None]:
    """Shares about a level."""
    chance = Random(seed)  # noqa: S311
    return [min(1.0, max(0.0, chance.gauss(level, spread))) for _ in range(length)]


def flagged(steps: tuple[Step, ...], where: slice, point: PointType, rule: str) -> tuple[Step, ...]:
    """The steps of `where` as special cause."""
    touched = {id(step) for step in steps[where]}
    return tuple(
        replace(step, point_type=point, rule=rule) if id(step) in touched else step for step in steps
    )


def stable(length: int = 52) -> Course:
    return course_of(steps_of(wavy(length)))


def fallen(length: int = 52, run: int = 8) -> tuple[Course, Finding]:
    """A course whose last `run` weeks lie below average, and the finding of it."""
    shares = wavy(length - run) + wavy(run, level=0.66, spread=0.03)
    steps = flagged(steps_of(shares), slice(length - run, None), CONCERN, "shift_below")
    course = course_of(steps, variation="concern_low")
    return course, finding_of(course, since=steps[-run].span.first)


def finding_of(course: Course, *, since: Week, **changes: object) -> Finding:
    """A concern about a course: 81 % before, 72 % since, first told after four weeks."""
    plain = Finding(
        week=course.steps[-1].span.last,
        node=course.node,
        icb=course.icb,
        pathway=course.pathway,
        indicator=course.indicator,
        direction="concern",
        since=since,
        told=since + 4,
        before=0.81,
        after=0.72,
        low=-0.13,
        high=-0.05,
        answers=412,
        evidence=3.4,
        now=3.2,
        step_weeks=course.step_weeks,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def marked(course: Course, *marks: tuple[int, str]) -> Course:
    """A course with marks at positions of its steps."""
    return replace(course, marks=tuple(Mark(course.steps[i].span.first, label) for i, label in marks))
