"""Assess: say of every indicator of every service whether it has changed, and by how much."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from sqlalchemy import Engine

from analysis.comparison import newcombe
from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Week
from survey.domain.findings import Course, Finding, Step
from survey.domain.progress import Advance, silent
from survey.services.courses import courses
from survey.storage import directory, findings
from survey.storage.database import transaction

FRESH = 8  # weeks; a service that has gone quiet for longer has no news


def assess(engine: Engine, catalogue: Catalogue, week: Week, *, advance: Advance = silent) -> list[Finding]:
    """Find what changed by the end of `week`, and keep it in place of what was found for it before."""
    with transaction(engine) as session:
        services = directory.services(session)
        found = []
        for service in services:
            found += findings_in(courses(session, catalogue, [service], week), week)
            advance(1)
        findings.keep(session, week, found)
    return found


def findings_in(drawn: Iterable[Course], week: Week) -> list[Finding]:
    """The findings of some courses: those whose newest step is a special cause."""
    return [found for course in drawn if (found := _finding(course, week)) is not None]


def _finding(course: Course, week: Week) -> Finding | None:
    shown = [step for step in course.steps if step.value is not None]
    latest = course.latest
    if course.variation in (None, "common_cause") or latest is None or week - latest.span.last > FRESH:
        return None
    since = _since(shown)
    split = next(position for position, step in enumerate(shown) if step is since)
    before, after = _pooled(shown[:split]), _pooled(shown[split:])
    low, high = (float(end) for end in newcombe(before, after)) if before[1] else (None, None)
    return Finding(
        week=week,
        service=course.service,
        indicator=course.indicator,
        direction=_direction(latest),
        rule=latest.rule,
        since=since.span.first,
        before=before[0] / before[1] if before[1] else None,
        after=after[0] / after[1],
        low=low,
        high=high,
        answers=after[1],
    )


def _since(shown: list[Step]) -> Step:
    # Back through neighbours that are special causes of the same kind: the change began with the first.
    first = latest = shown[-1]
    for step in reversed(shown[:-1]):
        if step.point_type != latest.point_type:
            break
        first = step
    return first


def _pooled(steps: Iterable[Step]) -> tuple[int, int]:
    pairs = [(round((step.value or 0) * step.n), step.n) for step in steps]
    return sum(top for top, _ in pairs), sum(bottom for _, bottom in pairs)


def _direction(step: Step) -> Literal["improvement", "concern", "neutral"]:
    if step.point_type == "special_cause_improvement":
        return "improvement"
    return "concern" if step.point_type == "special_cause_concern" else "neutral"
