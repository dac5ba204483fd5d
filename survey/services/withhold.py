"""Withhold: destroy unread, at the end of their time, responses that were always too few to be counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.domain.calendar import Span, Week, today
from survey.privacy.keys import box_key_file, kept_box_keys
from survey.services import pools, remainder
from survey.services.destroy import destroy_left_over
from survey.services.pools import Held, Pool
from survey.storage import audit, boxes, decisions, withheld
from survey.storage.database import transaction
from survey.storage.hatch import Box


@dataclass(frozen=True, slots=True)
class Withheld:
    """Responses destroyed unread, or that would be; the boxes and services that they lay in."""

    responses: int = 0
    boxes: int = 0
    services: int = 0


@dataclass(frozen=True, slots=True)
class _Keys:
    keys_dir: Path
    copy_dir: Path | None

    def hold(self, box: Box) -> bool:
        return box_key_file(self.keys_dir, box.id, self.copy_dir).exists()

    @property
    def any_left(self) -> bool:
        return any(kept_box_keys(folder) for folder in (self.keys_dir, self.copy_dir) if folder)


def withhold(
    engine: Engine,
    *,
    keys_dir: Path,
    copy_dir: Path | None = None,
    before: Week,
    dry_run: bool = False,
    who: str,
) -> Withheld:
    """Destroy unread what lies in closed boxes of weeks before `before` that no tally could count.

    Those are boxes under ten even together with others', and boxes whose key is lost. One that the next tally
    would count, that is open or that waits in quarantine is left alone. How many they were is kept and told.
    """
    keys = _Keys(keys_dir, copy_dir)
    with transaction(engine, reading=dry_run) as session:
        due = {box.id: box for box in _uncountable(session, keys, before) if box.week < before}
        ended = list(due.values()) if dry_run else boxes.lock(session, due)
        held = Held(boxes.sizes(session))
        if not dry_run:
            end_unread(session, ended, held)
            if ended:
                about = {"boxes": sorted(box.id for box in ended), "n": pools.size(ended, held)}
                audit.append(session, day=today(), who=who, act="responses withheld", about=about)
    if not dry_run:
        destroy_left_over(engine, keys_dir=keys_dir, copy_dir=copy_dir)
    return Withheld(pools.size(ended, held), len(ended), len({box.service for box in ended}))


def end_unread(session: Session, ended: Iterable[Box], held: Held) -> None:
    """Delete the rows of boxes and tell how many of each service they were, in the caller's transaction."""
    of_service: dict[str, list[Box]] = defaultdict(list)
    for box in ended:
        of_service[box.service].append(box)
    for service, mine in of_service.items():
        span = Span(min(box.week for box in mine), max(box.week for box in mine))
        if n := pools.size(mine, held):
            withheld.add(session, service=service, span=span, n=n)
        if tickets := pools.size((box for box in mine if box.ticketed), held):
            boxes.note_counted(session, service, tickets)
        boxes.end_unread(session, [box.id for box in mine])


def _uncountable(session: Session, keys: _Keys, before: Week) -> list[Box]:
    held = Held(boxes.sizes(session), decisions.doubts(session))
    # A clock that stood still has closed nothing of late; what is to be destroyed was long due for merging.
    through = max(boxes.newest_closed(session) or before, before + pools.CARRIED)
    full = [box for box in boxes.to_count(session) if held.rows.get(box.id)]
    # An empty folder is more likely the wrong one than the grave of every key.
    lost = [box for box in full if not keys.hold(box)] if keys.any_left else []
    rest = [box for box in full if box not in lost]
    small = [pool for group in pools.groups(rest) if (pool := pools.small_rest(group, held))]
    return [*lost, *_alone(session, small, held=held, through=through)]


def _alone(session: Session, small: list[Pool], *, held: Held, through: Week) -> list[Box]:
    # Without those that a tally would count together.
    where = remainder.whereabouts(session)
    while union := remainder.next_union(
        [pool for pool in small if pools.is_due(pool, through)], held=held, where=where
    ):
        small = [pool for pool in small if pool[0] not in union.boxes]
    return [box for pool in small for box in pool]
