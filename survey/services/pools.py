"""Pools: which boxes are opened together. Never fewer than ten responses, never of two kinds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from survey.domain.calendar import Week
from survey.domain.counts import SMALLEST
from survey.storage.decisions import Doubt
from survey.storage.hatch import Waiting

CARRIED = 13  # weeks that boxes under ten wait for more of their own service
Pool = Sequence[Waiting]


@dataclass(frozen=True, slots=True)
class Held:
    """Sealed rows by box, and what is known of those that somebody may have put there."""

    rows: dict[str, int]
    doubts: Sequence[Doubt] = ()


def groups(waiting: Iterable[Waiting]) -> Iterator[Pool]:
    """Boxes of one service, version and kind, as they come: by week."""
    for _, group in groupby(waiting, key=lambda box: (box.service, box.questionnaire, box.ticketed)):
        yield list(group)


def next_pool(waiting: Iterable[Waiting], held: Held) -> Pool:
    """The first boxes of a group that hold ten together, or all that are left; an empty one is alone."""
    pool: list[Waiting] = []
    for box in waiting:
        if not held.rows.get(box.id):
            return [box]
        pool.append(box)
        if sure(pool, held) >= SMALLEST:
            return pool
    return pool


def small_rest(waiting: Pool, held: Held) -> Pool:
    """The boxes of a group that are left, under ten together, when all others have been pooled."""
    while waiting:
        pool = next_pool(waiting, held)
        if is_small(pool, held):
            return pool
        waiting = [box for box in waiting if box not in pool]
    return []


def size(pool: Iterable[Waiting], held: Held) -> int:
    """Sealed rows in a pool."""
    return sum(held.rows.get(box.id, 0) for box in pool)


def sure(pool: Iterable[Waiting], held: Held) -> int:
    """Those of them that are people's however one counts: who knows his own rows takes them away again."""
    rows = {box.id: held.rows.get(box.id, 0) for box in pool}
    return sum(rows.values()) - sum(doubt.among(rows) for doubt in held.doubts)


def is_small(pool: Pool, held: Held) -> bool:
    """Whether a pool holds something, but too little to be opened."""
    return size(pool, held) > 0 and sure(pool, held) < SMALLEST


def is_due(pool: Pool, through: Week) -> bool:
    """Whether a pool that is under ten has waited long enough to be merged with other services'."""
    return through - pool[0].week >= CARRIED
