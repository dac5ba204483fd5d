"""What luck alone reaches: the bar that an attack must not pass."""

from __future__ import annotations

import math
from collections.abc import Sequence

from survey.domain.counts import SMALLEST
from tests.adversarial.thief.attacks import chance
from tests.adversarial.thief.loot import Pool


def bar(pools: Sequence[Pool]) -> float:
    """The smaller of chance and 1/k, and three standard deviations."""
    p = min(chance(pools), 1 / SMALLEST)
    people = sum(len(pool.traces) for pool in pools)
    return p + 3 * math.sqrt(p * (1 - p) / people)
