"""Withhold: destroy unread, at the end of their time, responses that were always too few to be counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Span, Week, today
from survey.privacy.keys import box_key_in, box_public_key, require_copy
from survey.services import pools, remainder
from survey.services.again import opened_before
from survey.services.destroy import destroy_left_over
from survey.services.pools import Held, Pool
from survey.storage import audit, boxes, decisions, ring, withheld
from survey.storage.database import transaction
from survey.storage.hatch import Waiting
from survey.storage.ring import Kept


@dataclass(frozen=True, slots=True)
class Withheld:
    """Responses destroyed unread, or that would be; the boxes and services that they lay in.

    `to_tally` are as old and were left alone, for the next tally closes or counts their boxes.
    """

    responses: int = 0
    boxes: int = 0
    services: int = 0
    to_tally: int = 0


@dataclass(frozen=True, slots=True)
class _Keys:
    keys_dir: Path
    copy_dir: Path | None

    def open(self, box: Kept) -> bool:
        """Whether the key of `box` is in one of the folders, whole and its own."""
        return any(_opens(folder, box) for folder in (self.keys_dir, self.copy_dir) if folder)


def withhold(
    engine: Engine,
    *,
    keys_dir: Path,
    copy_dir: Path | None = None,
    before: Week,
    through: Week | None = None,
    catalogue: Catalogue | None = None,
    dry_run: bool = False,
    who: str,
) -> Withheld:
    """Destroy unread what lies in closed boxes of weeks before `before` that no tally could count.

    Those are boxes under ten even together with others', boxes whose key is lost or spoilt, those that were
    opened before with other rows (again.py), and those of a version that `catalogue` no longer has. One that
    the next tally (`through` a week) would count, that is open or in quarantine is left alone. How many they
    were is kept and told. Misconfigured, and nothing is destroyed, where a second copy of the keys cannot be
    reached.
    """
    keys = _Keys(keys_dir, copy_dir)
    with transaction(engine, reading=dry_run) as session:
        held = Held(boxes.sizes(session), decisions.doubts(session))
        old = [box for box in boxes.to_count(session, and_open=True) if box.week < before]
        ended = _ended(session, keys, _Limits(before, through, catalogue), held=held, locked=not dry_run)
        if ended and not dry_run:
            require_copy(keys_dir, copy_dir)
            end_unread(session, ended, held)
            about = {"boxes": sorted(box.id for box in ended), "n": pools.size(ended, held)}
            audit.append(session, day=today(), who=who, act="responses withheld", about=about)
    if not dry_run:
        destroy_left_over(engine, keys_dir=keys_dir, copy_dir=copy_dir)
    n = pools.size(ended, held)
    services = len({box.service for box in ended})
    return Withheld(n, len(ended), services, to_tally=pools.size(old, held) - n)


def end_unread(session: Session, ended: Iterable[Waiting], held: Held) -> None:
    """Delete boxes' rows and keep how many they were by service and week, in the caller's transaction."""
    of_service: dict[str, list[Waiting]] = defaultdict(list)
    for box in ended:
        of_service[box.service].append(box)
    for service, mine in of_service.items():
        for box in mine:  # a row a week: reports round each by itself
            if n := pools.size([box], held):
                withheld.add(session, service=service, span=Span.of(box.week), n=n)
        if tickets := pools.size((box for box in mine if box.ticketed), held):
            boxes.note_counted(session, service, tickets)
        boxes.end_unread(session, [box.id for box in mine])


@dataclass(frozen=True, slots=True)
class _Limits:
    before: Week
    through: Week | None
    catalogue: Catalogue | None

    def have(self, version: str) -> bool:
        return self.catalogue is None or version in self.catalogue.entries


def _ended(session: Session, keys: _Keys, limits: _Limits, *, held: Held, locked: bool) -> Pool:
    due = {box.id for box in _uncountable(session, keys, limits, held=held) if box.week < limits.before}
    if locked:
        return boxes.lock(session, due)  # an open one is none of them
    return [box for box in boxes.to_count(session) if box.id in due]


def _uncountable(session: Session, keys: _Keys, limits: _Limits, *, held: Held) -> Pool:
    # A clock that stood still has closed nothing of late: boxes that are open are counted with the others.
    full = [box for box in boxes.to_count(session, and_open=True) if held.rows.get(box.id)]
    again = opened_before(session, keys_dir=keys.keys_dir, copy_dir=keys.copy_dir, doubts=held.doubts)
    shut = _shut_for_ever(session, keys, full, limits) | {box.id for box in again.shut}
    lost = [box for box in full if box.id in shut]
    rest = [box for box in full if box.id not in shut | again.ids]
    small = [pool for group in pools.groups(rest) if (pool := pools.small_rest(group, held))]
    newest = [box.week for box in full]
    known = [limits.through, boxes.newest_closed(session), limits.before + pools.CARRIED, *newest]
    through = max(week for week in known if week)
    return [*lost, *_alone(session, small, held=held, through=through)]


def _shut_for_ever(session: Session, keys: _Keys, full: Pool, limits: _Limits) -> set[str]:
    gone = {box.id for box in full if not limits.have(box.questionnaire)}
    asked = {box.id for box in full} - gone
    # A folder without any right key is more likely the wrong one than the grave of every key.
    if any(keys.open(box) for box in ring.not_done(session)):
        gone |= {box.id for box in ring.not_done(session) if box.id in asked and not keys.open(box)}
    return gone


def _opens(folder: Path, box: Kept) -> bool:
    path = box_key_in(folder, box.id)
    try:
        return path.exists() and box_public_key(path) == box.public_key
    except PermissionError:
        return True  # it may well be the right one


def _alone(session: Session, small: list[Pool], *, held: Held, through: Week) -> Pool:
    # Without those that a tally would count together.
    where = remainder.whereabouts(session)
    while union := remainder.next_union(
        [pool for pool in small if pools.is_due(pool, through)], held=held, where=where
    ):
        small = [pool for pool in small if pool[0] not in union.boxes]
    return [box for pool in small for box in pool]
