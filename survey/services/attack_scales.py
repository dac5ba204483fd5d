"""Attack on full scales: whether they stand as the proof asks that they narrow no group count of any cell."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array

from survey.domain.released import Entry, NodeKey
from survey.services.releasing.lattice import Ints, Lattice

SHOWN = 30  # answers from which a full scale is told


@dataclass(frozen=True, slots=True)
class Doubts:
    """What is wrong with the scales of one question and block, and what is so by returns that came after."""

    ours: tuple[str, ...]
    returns: tuple[str, ...]


def doubts(lattice: Lattice, entries: Sequence[Entry], cells: Mapping[int, Ints]) -> Doubts:
    """Hold every scale of a block against what the proof asks; `cells` are those of each entry, by number.

    Each has thirty answers and its options add up to them; it is a sum of figures of its node that left
    before it; and of any two sets of cells whose options are known one holds the other or they share none.
    """
    figures: dict[NodeKey, list[Entry]] = defaultdict(list)
    for one in entries:
        if one.kind == "figure":
            figures[one.figure.key].append(one)
    scales = (one for one in entries if one.kind == "scale")
    ours = [
        f"{_name(one)} {wrong}" for one in scales for wrong in _alone(one, figures[one.figure.key], cells)
    ]
    theirs: list[str] = []
    known = [one for one in entries if one.kind in {"scale", "return"} and len(cells[one.number])]
    shared, size = _shared(lattice, known, cells)
    is_scale = np.array([one.kind == "scale" for one in known], dtype=bool)
    crossing = shared.data < np.minimum(size[shared.row], size[shared.col])
    crossing &= (shared.row < shared.col) & (is_scale[shared.row] | is_scale[shared.col])
    for low, high in zip(shared.row[crossing], shared.col[crossing], strict=True):
        said = f"{_name(known[low])} crosses {_name(known[high])}"
        (ours if is_scale[high] else theirs).append(said)
    ours += _too_much(known, shared, size)
    return Doubts(tuple(ours), tuple(theirs))


def _alone(one: Entry, figures: Sequence[Entry], cells: Mapping[int, Ints]) -> Iterator[str]:
    span, n = one.figure.span, one.figure.n
    if n < SHOWN or not sum(one.about["options"].values()) == sum(one.figure.counts) == n:
        yield f"is of {n} answers: of fewer than {SHOWN}, or its options do not add up"
    parts = [
        other
        for other in figures
        if other.number < one.number and other.figure.span.first in span and other.figure.span.last in span
    ]
    held = np.sort(np.concatenate([*(cells[other.number] for other in parts), np.zeros(0, dtype=np.int64)]))
    if not np.array_equal(held, np.sort(cells[one.number])):
        yield "is not the sum of figures that had left"
    if tuple(sum(other.figure.counts[at] for other in parts) for at in range(3)) != one.figure.counts:
        yield "has other counts than the figures that it adds up"


def _shared(lattice: Lattice, known: Sequence[Entry], cells: Mapping[int, Ints]) -> tuple[coo_array, Ints]:
    """How many cells any two sets share, and how many each has: one more where a month goes on elsewhere."""
    sets = lattice.membership([cells[one.number] for one in known])
    beyond = [one.kind == "return" and one.about.get("weeks") != str(one.figure.span) for one in known]
    size = np.asarray(sets.sum(axis=1), dtype=np.int64) + np.array(beyond, dtype=np.int64)
    return (sets @ sets.T).tocoo(), size


def _too_much(known: Sequence[Entry], shared: coo_array, size: Ints) -> Iterator[str]:
    """Scales whose parts told more of an option than they do."""
    rank = np.empty(len(known), dtype=np.int64)  # from the largest; of equals the first
    rank[np.lexsort((np.arange(len(known)), -size))] = np.arange(len(known))
    is_scale = np.array([one.kind == "scale" for one in known], dtype=bool)
    above = np.full(len(known), -1)
    for part, whole, n in zip(shared.row, shared.col, shared.data, strict=True):
        holds = is_scale[part] and is_scale[whole] and n == size[part] and rank[whole] < rank[part]
        if holds and (above[part] < 0 or rank[above[part]] < rank[whole]):
            above[part] = whole
    left = [Counter(one.about.get("options", {})) for one in known]
    for part, whole in enumerate(above):
        if whole >= 0:
            left[whole].subtract(known[part].about["options"])
    for one, rest in zip(known, left, strict=True):
        if min(rest.values(), default=0) < 0:
            yield f"{_name(one)} tells fewer of an option than its parts"


def _name(one: Entry) -> str:
    what = "scale" if one.kind == "scale" else "return"
    return f"{what} of {one.figure.node} {one.figure.span} (entry {one.number})"
