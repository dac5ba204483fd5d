"""Assess: say of every indicator of every node whether its level has changed, and how they compare."""

from __future__ import annotations

from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Week
from survey.domain.findings import Assessment
from survey.domain.progress import Advance, silent
from survey.services.compare import apart, gaps
from survey.services.nodes import nodes
from survey.services.release import released
from survey.services.series import Series, series_of
from survey.services.watch import findings_in, is_watched
from survey.storage import findings
from survey.storage.database import transaction


def assess(engine: Engine, catalogue: Catalogue, week: Week, *, advance: Advance = silent) -> Assessment:
    """Find what changed by the end of `week`, and keep it in place of what was found for it before.

    Nothing goes in but what has been released and what people decided before that week: done again, it says
    the same.
    """
    released(engine, catalogue, week)
    with transaction(engine) as session:
        ruled = [one for one in findings.rulings(session) if one.week < week]
        every = nodes(session)
        series: list[Series] = []
        for pathway in sorted({node.pathway for node in every}):
            mine = [node for node in every if node.pathway == pathway]
            series += series_of(session, catalogue, mine, week)
            advance(1)
        done = Assessment(
            week=week,
            watched=sum(is_watched(one) for one in series),
            findings=tuple(findings_in(series, ruled, week)),
            apart=tuple(apart(series, week)),
            gaps=tuple(gaps(session, catalogue, week)),
        )
        findings.keep(session, done)
    return done


def assessed(engine: Engine, catalogue: Catalogue, week: Week) -> Assessment:
    """What was found of `week`; it is assessed now where nobody has."""
    with transaction(engine, reading=True) as session:
        known = findings.of_week(session, week)
    return known or assess(engine, catalogue, week)
