"""Tally: open the boxes of ten or more, count, write what is kept, destroy the boxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Span, Week
from survey.domain.errors import Misconfigured, NotFound
from survey.domain.progress import Advance, silent
from survey.domain.response import Response
from survey.privacy.keys import box_key_file, box_public_key
from survey.privacy.opened import Note, note_opened
from survey.privacy.opening import read_box_key, unseal
from survey.services import pools, remainder
from survey.services.again import opened_before
from survey.services.count import QuarterKeys, fold_comments, hold_comments, rate
from survey.services.destroy import destroy_left_over
from survey.services.found import Found, differs, leave_out, set_aside
from survey.services.pools import Held, Pool
from survey.services.remainder import Union
from survey.services.sound import sound
from survey.services.subgroups import fold, hold
from survey.storage import boxes, decisions, directory
from survey.storage.database import transaction
from survey.storage.hatch import Box


@dataclass
class Tallied:
    """What a tally did, and what it left: responses and comments that wait for ten, boxes set aside."""

    responses: int = 0
    boxes: int = 0
    merged: int = 0  # of these responses, counted with other services': too few for thirteen weeks
    waiting: int = 0
    comments_waiting: int = 0
    set_aside: list[str] = field(default_factory=list)  # which and why, a line each; they stay sealed


@dataclass
class _Hall:
    # Where a tally works, and what it has seen and done so far.
    engine: Engine
    keys: QuarterKeys
    catalogue: Catalogue
    through: Week
    advance: Advance
    done: Tallied = field(default_factory=Tallied)
    held: Held = field(default_factory=lambda: Held({}))
    again: set[str] = field(default_factory=set)  # boxes that were opened before: in no other pool


def tally(
    engine: Engine,
    *,
    keys_dir: Path,
    catalogue: Catalogue,
    through: Week,
    copy_dir: Path | None = None,
    advance: Advance = silent,
) -> Tallied:
    """Count every box of `through` and earlier that holds ten, alone or with the weeks after it.

    What has waited for thirteen weeks is counted with other services' under one name (remainder.py). The keys
    of counted boxes, and of quarters, stay until a verified backup holds what was written (backup.py).
    Run twice, or killed at any point and run again, it ends the same: a pool of boxes is counted in one
    transaction. Comments are written at the end, in transactions of their own, with those of other boxes.
    """
    with transaction(engine) as session:
        boxes.close_through(session, through)
        boxes.forget_before(session, through + -1)  # forms shown then are no longer taken
    hall = _Hall(engine, QuarterKeys(keys_dir, copy_dir, through.quarter), catalogue, through, advance)
    done = hall.done
    done.set_aside += _cleared(hall)
    done.set_aside += fold(engine, keys_dir=keys_dir, quarter=through.quarter, copy_dir=copy_dir)
    with transaction(engine, reading=True) as session:
        done.set_aside += _in_quarantine(session)
        hall.held = Held({}, decisions.doubts(session))
        services = boxes.services_to_count(session)
    done.waiting = _count_again(hall)
    small = [pool for service in services for pool in _count_service(hall, service)]
    small = _merge_upward(hall, small)
    done.waiting += sum(pools.size(pool, hall.held) for pool in small)
    advance(done.waiting)
    done.comments_waiting, problems = fold_comments(engine, keys=hall.keys, week=through)
    done.set_aside += problems
    return done


def to_open(engine: Engine) -> int:
    """Sealed rows there are, for a progress bar."""
    with transaction(engine, reading=True) as session:
        return boxes.number_sealed(session)


def _cleared(hall: _Hall) -> list[str]:
    # A second copy of the keys that is not there keeps nobody's response from being counted.
    try:
        destroy_left_over(hall.engine, keys_dir=hall.keys.keys_dir, copy_dir=hall.keys.copy_dir)
    except Misconfigured as error:
        return [str(error)]
    return []


def _in_quarantine(session: Session) -> list[str]:
    number: Counter[str] = Counter()
    for box in decisions.in_quarantine(session):
        number[box.service] += box.n
    return [
        f"{service}: {n} responses are in quarantine until two people have decided (`heard quarantine list`)"
        for service, n in number.items()
    ]


def _count_again(hall: _Hall) -> int:
    # What an earlier tally opened, for it was killed or a backup restored. Returns how many wait on.
    keys, left = hall.keys, 0
    with transaction(hall.engine, reading=True) as session:
        found = opened_before(
            session, keys_dir=keys.keys_dir, copy_dir=keys.copy_dir, doubts=hall.held.doubts
        )
    hall.again = found.ids
    hall.done.set_aside += found.says
    for pool, union in found.pools:
        hall.held.rows.update(found.rows)
        ended = _count_pool(hall, pool, union)
        left += pools.size((box for box in pool if box.id not in ended), hall.held)
    return left


def _count_service(hall: _Hall, service: str) -> list[Pool]:
    # Returns the pools that are too few; of other boxes nothing is held when the next service's turn comes.
    with transaction(hall.engine, reading=True) as session:
        sizes = boxes.sizes(session, service)
        waiting = [box for box in boxes.to_count(session, service) if box.id not in hall.again]
    rows = hall.held.rows
    rows.update(sizes)
    small = [pool for group in pools.groups(waiting) if (pool := _count_group(hall, group))]
    for box in sizes.keys() - {box.id for pool in small for box in pool}:
        del rows[box]
    return small


def _count_group(hall: _Hall, waiting: Pool) -> Pool:
    # The boxes of one service, version and kind, by week; returns those that are too few. One that is shut is
    # left out and the others are pooled anew, so that it does not keep healthy weeks from being counted.
    while waiting:
        pool = pools.next_pool(waiting, hall.held)
        if pools.is_small(pool, hall.held):
            return pool
        ended = _count_pool(hall, pool)
        hall.advance(pools.size((box for box in waiting if box.id in ended), hall.held))
        waiting = [box for box in waiting if box.id not in ended]
    return []


def _merge_upward(hall: _Hall, small: list[Pool]) -> list[Pool]:
    # Returns the pools that are too few even together.
    with transaction(hall.engine, reading=True) as session:
        where = remainder.whereabouts(session)
    while True:
        due = [pool for pool in small if pools.is_due(pool, hall.through)]
        union = remainder.next_union(due, held=hall.held, where=where)
        if union is None:
            return small
        ended = _count_pool(hall, union.boxes, union)
        hall.advance(pools.size((box for box in union.boxes if box.id in ended), hall.held))
        left = ([box for box in pool if box.id not in ended] for pool in small)
        small = [pool for pool in left if pool]


def _count_pool(hall: _Hall, pool: Pool, union: Union | None = None) -> set[str]:
    # Returns the boxes that are done with: the whole pool, or those of it that are shut. None where rows that
    # do not open were left out of accepted boxes: what is left is pooled anew.
    wanted = {box.id for box in pool}
    with transaction(hall.engine) as session:
        locked = boxes.lock(session, wanted)
        if others := wanted - {box.id for box in locked}:
            return others  # another tally was first
        found = _look(session, locked, hall)
        if found.rows and not (found.trouble or found.evidence or found.smaller):
            _note(locked, found, hall)
        if found.trouble or found.evidence:
            hall.done.set_aside += found.says
            return set_aside(session, found)
        if found.smaller:
            leave_out(session, locked, found)
        else:
            _write(session, locked, found, hall=hall, union=union)
            boxes.empty(session, locked)
    return _said(hall, found, wanted, union=union)


def _note(pool: Pool, found: Found, hall: _Hall) -> None:
    # Before anything is written: whoever ends the tally between the two has no other rows opened later.
    mine = Note.of((box.id for box in pool), found.rows)
    try:
        note_opened(hall.keys.keys_dir, hall.keys.copy_dir, mine)
    except Misconfigured as error:
        found.trouble.update({box.id: f"{box.service}, {box.week}: {error}" for box in pool})


def _said(hall: _Hall, found: Found, wanted: set[str], *, union: Union | None) -> set[str]:
    # Only what was committed is told of.
    if found.smaller:
        hall.held.rows.update({box: len(found.opened[box]) for box in found.smaller})
        return set()
    n = len(found.responses)
    hall.done.responses += n
    hall.done.merged += n if union else 0
    hall.done.boxes += len(wanted)
    return wanted


def _look(session: Session, pool: Sequence[Box], hall: _Hall) -> Found:
    found = Found()
    for service in sorted({box.service for box in pool if box.ticketed}):
        balance = boxes.ticketed_balance(session, service)
        if balance.difference:
            found.evidence[service, differs(balance)] = boxes.waiting_of(session, service)
    if found.evidence:
        return found  # nothing is opened
    accepted = boxes.accepted_among(session, [box.id for box in pool])
    for box in pool:
        try:
            rows = boxes.rows(session, box.id)
            opened, broken = _open(rows, box, hall)
        except (Misconfigured, NotFound) as error:
            found.trouble[box.id] = f"{box.service}, {box.week}: {error}; its responses stay sealed"
            continue
        found.opened[box.id] = opened
        found.rows += [row_id for row_id, _ in rows]
        gone = len(opened) + len(broken) < hall.held.rows.get(box.id, 0)
        if box.id in accepted and (broken or gone):
            found.smaller[box.id] = broken
        elif broken or gone:
            what = "a row of {} does not open with its box's key" if broken else "sealed rows of {} have gone"
            found.evidence.setdefault((box.service, what.format(box.week)), []).append(box.id)
    return found


def _write(session: Session, pool: Pool, found: Found, *, hall: _Hall, union: Union | None) -> None:
    opened = found.responses
    if not opened:
        return
    one = remainder.service_of(session, union) if union else directory.service(session, pool[0].service)
    asked = hall.catalogue.get(pool[0].questionnaire)
    span, keys = Span(pool[0].week, pool[-1].week), hall.keys
    rate(session, opened, service=one, questionnaire=asked, span=span)
    hold(
        session,
        opened,
        keys_dir=keys.keys_dir,
        copy_dir=keys.copy_dir,
        quarter=keys.now,
        service=one,
        questionnaire=asked,
    )
    hold_comments(
        session,
        opened,
        keys=keys,
        service=one,
        questionnaire=asked,
        span=span,
        doubted=len(opened) - pools.sure(pool, hall.held),
    )
    for box in pool:
        if box.ticketed:
            boxes.note_counted(session, box.service, len(found.opened[box.id]))


def _open(rows: Sequence[tuple[bytes, bytes]], box: Box, hall: _Hall) -> tuple[list[Response], list[bytes]]:
    # A box's responses, and the ids of rows that do not open.
    if not rows:
        return [], []
    questionnaire = hall.catalogue.get(box.questionnaire)
    path = box_key_file(hall.keys.keys_dir, box.id, hall.keys.copy_dir)
    key = read_box_key(path)
    if box_public_key(path) != box.public_key:
        raise Misconfigured("the key of a box is another box's: restore it from its copy")
    opened, broken = [], []
    for row_id, body in rows:
        try:
            opened.append(sound(Response.decode(unseal(body, box=box.id, key=key)), questionnaire))
        except (InvalidTag, ValueError, KeyError, TypeError, RecursionError):
            broken.append(row_id)
    return opened, broken
