"""From a comment to its response: by the transaction or run that wrote both, and by feeling."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, text

from tests.town import questionnaire


@dataclass(frozen=True)
class Row:
    """A kept response, and where it lies: its transaction on PostgreSQL, its place on SQLite."""

    place: int
    box: tuple[str, str]  # service and span: all that it tells of its box
    answers: Mapping[str, str]


def linked(engine: Engine, authors: Mapping[str, Mapping[str, str]]) -> dict[str, list[float]]:
    """Chances that the thief names a comment's response, by how its author felt.

    `authors` gives each comment's true answers; he guesses among the responses that he takes for the box's.
    """
    kept = [
        Row(place, (service, span), json.loads(answers) if isinstance(answers, str) else answers)
        for place, service, span, answers in _rows(engine, "response", "service, span, answers")
    ]
    found: dict[str, list[float]] = defaultdict(list)
    comments = _rows(engine, "comment", "sentiment, text")
    for nth, (place, felt, words) in enumerate(comments):
        box = _same_transaction(kept, place) if _postgres(engine) else None
        box = box or _same_run(kept, nth / len(comments))
        alike = [row for row in box if questionnaire().sentiment(row.answers) == felt] or box
        truth = authors[words]
        hits = sum(dict(row.answers) == dict(truth) for row in alike)
        found[questionnaire().sentiment(truth)].append(hits / len(alike))
    return found


def _same_transaction(kept: list[Row], place: int) -> list[Row]:
    return [row for row in kept if row.place == place]


def _same_run(kept: list[Row], share: float) -> list[Row]:
    # Where everyone comments, the comment a third of the way lies beside the response a third of the way.
    beside = kept[int(share * len(kept))]
    return [row for row in kept if row.box == beside.box]


def _rows(engine: Engine, table: str, columns: str) -> list[Any]:
    place, order = ("xmin::text::bigint", "ctid") if _postgres(engine) else ("rowid", "rowid")
    with engine.connect() as connection:
        return list(connection.execute(text(f"SELECT {place}, {columns} FROM {table} ORDER BY {order}")))


def _postgres(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"
