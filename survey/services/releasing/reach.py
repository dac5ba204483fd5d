"""Reach: how much of what patients answered stands in a figure, level by level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from survey.domain.blocks import BLOCK
from survey.domain.calendar import Week
from survey.domain.organisation import Level, Node
from survey.services.releasing.lattice import Lattice


@dataclass(slots=True)
class Reach:
    """Answers to the question most answered, in a block up to a week: those that nodes have, those told."""

    answers: Counter[Level] = field(default_factory=Counter)
    told: Counter[Level] = field(default_factory=Counter)


def reach(lattice: Lattice, nodes: Iterable[Node], week: Week) -> Reach:
    """How many answers of the block up to `week` a level's nodes have, and how many their figures tell."""
    n = lattice.counts.sum(axis=1)
    n[np.arange(len(n)) % BLOCK > week - lattice.block.first] = 0
    done = Reach()
    by_level: dict[Level, set[str]] = {}
    for node in nodes:
        by_level.setdefault(node.level, set()).update(node.services)
    for level, services in by_level.items():
        rows = [row for (service, _), row in lattice.rows.items() if service in services]
        done.answers[level] = int(n.reshape(-1, BLOCK)[rows].sum())
        figures = [
            cells
            for key, told in lattice.told["staff"].items()
            if key in lattice.members and lattice.members[key][-1].level == level
            for cells in told.cells
        ]
        done.told[level] = int(n[np.unique(np.concatenate([*figures, np.zeros(0, dtype=np.int64)]))].sum())
    return done
