"""What else has left: answers to single questions and national returns, for the attackers of figures."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine, text

from survey.domain.calendar import Span
from tests.adversarial.attackers_of_figures import Seen, Sum, exact, rounded, seen


def all_seen(engine: Engine, series: str = "fft") -> Seen:
    """Figures, answers and returns together; a return's pieces as the one sum that was told."""
    found = seen(engine, series)
    others = [*answers(engine, found, series), *returns(engine, found, series)]
    return replace(found, sums=[*found.sums, *others])


def answers(engine: Engine, found: Seen, series: str = "fft") -> list[Sum]:
    """Answers, each of the services that it names, or of its node's own."""
    told = []
    for row in _others(engine, "answer", series):
        name = f"answer {row.form} {row.node} {row.span}"
        cells = _held(found, _services(row) or _members(engine, row), Span.parse(row.span))
        counts = [row.favourable, row.neither, row.unfavourable]
        told.append(
            exact(name, cells, counts)
            if row.form == "staff"
            else rounded(name, cells, counts, row.n, few=row.few, all_but=row.all_but_few)
        )
    return told


def returns(engine: Engine, found: Seen, series: str = "fft") -> list[Sum]:
    """Returns, a sum for each row of a month that was told."""
    rows = defaultdict(list)
    for row in _others(engine, "return", series):
        if services := _services(row):
            month = (row.about if isinstance(row.about, dict) else json.loads(row.about))["month"]
            rows[month, tuple(services)].append(row)
    return [
        exact(
            f"return {month} {services}",
            [cell for row in mine for cell in _held(found, services, Span.parse(row.span))],
            [sum(getattr(row, group) for row in mine) for group in ("favourable", "neither", "unfavourable")],
        )
        for (month, services), mine in {key: _once(mine) for key, mine in rows.items()}.items()
    ]


def _once(rows: list[Any]) -> list[Any]:
    # An ICB's row and that of its only trust are the same sum, entered under either name.
    return list({row.span: row for row in rows}.values())


def _others(engine: Engine, kind: str, series: str) -> list[Any]:
    with engine.connect() as connection:
        wanted = "SELECT * FROM ledger WHERE series = :series AND kind = :kind ORDER BY number"
        return list(connection.execute(text(wanted), {"series": series, "kind": kind}))


def _services(row: Any) -> list[str] | None:
    return json.loads(row.services) if isinstance(row.services, str) else row.services


def _members(engine: Engine, row: Any) -> list[str]:
    with engine.connect() as connection:
        wanted = text("SELECT services FROM membership WHERE node = :node ORDER BY since DESC LIMIT 1")
        services = connection.execute(wanted, {"node": row.node}).scalar()
    return json.loads(services) if isinstance(services, str) else services


def _held(found: Seen, services: Any, span: Span) -> list[int]:
    weeks = {str(span.first + at) for at in range(span.weeks)}
    return [
        at
        for at, (service, apart, week) in enumerate(found.names)
        if service in services and week in weeks and not apart
    ]
