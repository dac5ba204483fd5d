"""What has left by its kind: of a national return an attacker knows the sum of a month, not its pieces."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine, text

from tests.adversarial.attackers_of_figures import Seen, Sum, exact, seen


def all_seen(engine: Engine, series: str = "fft", *, knows_empty: bool = False) -> Seen:
    """Figures, answers and returns together; a return's pieces as the one sum that was told."""
    found = seen(engine, series, knows_empty=knows_empty)
    sums: list[Sum] = []
    returned: dict[Any, list[Sum]] = defaultdict(list)
    for one, (kind, node, services, about) in zip(found.sums, _rows(engine, series), strict=True):
        if kind == "return":
            returned[_read(about)["month"], node, tuple(_read(services))].append(one)
        else:
            sums.append(one)
    for (month, node, _), pieces in returned.items():
        cells = [cell for one in pieces for cell in one.cells]
        sums.append(exact(f"return {month} {node}", cells, sum(one.low for one in pieces), public=True))
    return replace(found, sums=sums)


def answers(engine: Engine, series: str = "fft") -> list[Sum]:
    """Answers to single questions alone."""
    rows = zip(seen(engine, series).sums, _rows(engine, series), strict=True)
    return [one for one, (kind, *_) in rows if kind == "answer"]


def _rows(engine: Engine, series: str) -> list[Any]:
    wanted = (
        "SELECT kind, node, services, about FROM ledger WHERE series = :series AND kind <> 'withdrawn'"
        " ORDER BY number"
    )
    with engine.connect() as connection:
        return list(connection.execute(text(wanted), {"series": series}))


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
