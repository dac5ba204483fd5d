"""Pools: which boxes are opened together. Never fewer than ten responses, never of two kinds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from survey.domain.calendar import Week
from survey.domain.counts import SMALLEST
from survey.storage.hatch import Box

CARRIED = 13  # weeks that boxes under ten wait for more of their own service
Pool = list[Box]
Sizes = Mapping[str, int]  # sealed rows by box


def groups(waiting: Iterable[Box]) -> Iterator[Pool]:
    """Boxes of one service, version and kind, as they come: by week."""
    for _, group in groupby(waiting, key=lambda box: (box.service, box.questionnaire, box.ticketed)):
        yield list(group)


def next_pool(waiting: Iterable[Box], sizes: Sizes) -> Pool:
    """The first boxes of a group that hold ten together, or all that are left; an empty one is alone."""
    pool: Pool = []
    for box in waiting:
        if not sizes.get(box.id):
            return [box]
        pool.append(box)
        if size(pool, sizes) >= SMALLEST:
            return pool
    return pool


def small_rest(waiting: Pool, sizes: Sizes) -> Pool:
    """The boxes of a group that are left, under ten together, when all others have been pooled."""
    while waiting:
        pool = next_pool(waiting, sizes)
        if is_small(pool, sizes):
            return pool
        waiting = [box for box in waiting if box not in pool]
    return []


def size(pool: Iterable[Box], sizes: Sizes) -> int:
    """Sealed rows in a pool."""
    return sum(sizes.get(box.id, 0) for box in pool)


def is_small(pool: Pool, sizes: Sizes) -> bool:
    """Whether a pool holds something, but too little to be opened."""
    return 0 < size(pool, sizes) < SMALLEST


def is_due(pool: Pool, through: Week) -> bool:
    """Whether a pool that is under ten has waited long enough to be merged with other services'."""
    return through - pool[0].week >= CARRIED
