"""Again: boxes that were opened before and wait once more, for a tally was killed or a backup restored.

What was opened together is counted again as just the same rows together, or it stays sealed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from sqlalchemy.orm import Session

from survey.domain.counts import SMALLEST
from survey.domain.errors import Misconfigured
from survey.privacy.opened import OTHERS, Note, boxes_noted, noted
from survey.services import pools, remainder
from survey.services.pools import Held, Pool
from survey.services.remainder import Union, Whereabouts
from survey.storage import boxes
from survey.storage.decisions import Doubt
from survey.storage.hatch import Waiting


@dataclass
class Opened:
    """Boxes that were opened before: pools that are as they were then, and boxes that are not."""

    pools: list[tuple[Pool, Union | None]] = field(default_factory=list)
    shut: list[Waiting] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)  # of the pools' boxes

    @property
    def ids(self) -> set[str]:
        """Every box that may be in no other pool."""
        return {box.id for pool, _ in self.pools for box in pool} | {box.id for box in self.shut}

    @property
    def says(self) -> list[str]:
        """Which boxes stay shut, and why, in words."""
        return list(dict.fromkeys(f"{box.service}, {box.week}: {SHUT}" for box in self.shut))


SHUT = f"{OTHERS}; its responses stay sealed, for the difference of two counts would be somebody's answers"


def opened_before(
    session: Session, *, keys_dir: Path, copy_dir: Path | None, doubts: Sequence[Doubt] = ()
) -> Opened:
    """Look through the boxes that wait to be counted for those that were opened before."""
    found = Opened()
    notes: dict[Note, list[Waiting]] = defaultdict(list)
    for box in boxes.waiting_among(session, boxes_noted(keys_dir, copy_dir)):
        note = _read(keys_dir, copy_dir, box.id)
        if note is None:
            found.shut.append(box)
        else:
            notes[note].append(box)
    shared = Counter(box for note in notes for box in note.boxes)
    where = remainder.whereabouts(session) if notes else {}
    for note, mine in notes.items():
        pool = boxes.waiting_among(session, note.boxes)
        rows = {box: [row for row, _ in boxes.rows(session, box)] for box in note.boxes}
        held = Held({box: len(ids) for box, ids in rows.items()}, doubts)
        same = note == Note.of({box.id for box in pool}, chain.from_iterable(rows.values()))
        union = _union(pool, held, where)
        may = pools.sure(pool, held) >= SMALLEST and (union is None) == (len({b.service for b in pool}) == 1)
        if same and may and max(shared[box] for box in note.boxes) == 1:
            found.pools.append((pool, union))
            found.rows |= held.rows
        else:
            found.shut += mine
    return found


def _read(keys_dir: Path, copy_dir: Path | None, box: str) -> Note | None:
    try:
        return noted(keys_dir, copy_dir, box)
    except Misconfigured:
        return None


def _union(pool: Pool, held: Held, where: Mapping[str, Whereabouts]) -> Union | None:
    # Those of several services were counted under one that all of them share: the same today, or none.
    of_service: dict[str, list[Waiting]] = defaultdict(list)
    for box in pool:
        of_service[box.service].append(box)
    if len(of_service) == 1:
        return None
    union = remainder.next_union(of_service.values(), held=held, where=where)
    return union if union is not None and len(union.boxes) == len(pool) else None
