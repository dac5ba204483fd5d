"""Uncounted: what the figures of some services leave out. Told in every report, never silent."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.domain.calendar import Span, Week
from survey.domain.organisation import Service
from survey.domain.uncounted import Uncounted
from survey.storage import directory, waiting, withheld
from survey.storage.database import transaction


def uncounted(session: Session, services: Collection[Service], through: Week) -> list[Uncounted]:
    """What is left out of each of `services` up to `through`; one that nothing is left out of is not there.

    Closed services are looked at too: what waited when they closed waits on.
    """
    codes = [service.code for service in services]
    few = waiting.of_services(session, codes, states=waiting.TOO_FEW, through=through)
    aside = waiting.of_services(session, codes, states=waiting.ASIDE, through=through)
    gone = withheld.of_services(session, codes)
    merged = waiting.responses_of(session, [service.code for service in services if service.remainder])
    found = []
    for service in services:
        n, since = few.get(service.code, (0, None))
        destroyed, span = _destroyed(gone.get(service.code, ()))
        one = Uncounted(
            service=service.name,
            waiting=n,
            since=since,
            aside=aside[service.code][0] if service.code in aside else 0,
            destroyed=destroyed,
            span=span,
            merged=merged.get(service.code, 0),
        )
        if one != Uncounted(service.name):
            found.append(one)
    return found


def of_node(engine: Engine, node: str | None, through: Week) -> list[Uncounted]:
    """What is left out of the services of `node`, of all without one."""
    with transaction(engine, reading=True) as session:
        return uncounted(session, directory.services(session, node), through)


def reported(services: Sequence[Service]) -> list[Service]:
    """Those of `services` whose figures a report shows: the open ones, and those that bear others'."""
    return [one for one in services if one.remainder or not one.closed]


def _destroyed(rows: Collection[tuple[Span, int]]) -> tuple[int, Span | None]:
    if not rows:
        return 0, None
    spans = [span for span, _ in rows]
    whole = Span(min(span.first for span in spans), max(span.last for span in spans))
    return sum(n for _, n in rows), whole
