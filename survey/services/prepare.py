"""Prepare: make boxes and their keys ahead of the weeks they will hold."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Week
from survey.domain.errors import Misconfigured, NotSaved
from survey.domain.organisation import Service
from survey.privacy.keyfiles import may_look
from survey.privacy.keys import (
    SIGNING,
    destroy_box_key,
    make_box_key,
    make_lasting_keys,
    pinned_key,
    require_copy,
)
from survey.privacy.opened import boxes_noted
from survey.privacy.sealing import check_signature
from survey.services.auditing import record
from survey.services.destroy import destroy_left_over
from survey.storage import boxes, directory, invitations, ring
from survey.storage.database import transaction
from survey.storage.hatch import Box

AHEAD = 4  # weeks
Wanted = tuple[str, str, bool, Week]  # service, version, ticketed, week


def prepare(
    engine: Engine, *, keys_dir: Path, catalogue: Catalogue, week: Week, copy_dir: Path | None = None
) -> int:
    """Make the boxes of `week` and the four after it that are missing; return how many.

    Where all of them were closed early, the next one is made: patients always find an open box. Keys of
    boxes that are done go, for they may have been destroyed on another host with another copy. A box that is
    open again, for an older backup was put back, is closed: what came in now would never be opened.
    """
    require_own_keys(engine, keys_dir)
    if (keys_dir / SIGNING).exists():
        require_copy(keys_dir, copy_dir)  # an empty one is filled by a person alone: it may not be mounted
    if made := make_lasting_keys(keys_dir, copy_dir):
        record(engine, who="heard", act="keys made", about={"keys": sorted({path.name for path in made})})
    destroy_left_over(engine, keys_dir=keys_dir, copy_dir=copy_dir)
    if opened := boxes_noted(keys_dir, copy_dir):
        with transaction(engine) as session:
            ring.close(session, opened)
    with transaction(engine, reading=True) as session:
        there = boxes.existing(session, week)
        wanted = [
            one
            for service in directory.services(session)
            if not service.closed
            for one in _wanted(session, service, catalogue=catalogue, week=week)
        ]
        missing = [one for one in wanted if one not in there]
        missing += _instead(wanted, there, week=week)
    # Keys first and no lock meanwhile: each is written to the disk, and patients send while it is.
    new = [_box(one, keys_dir=keys_dir, copy_dir=copy_dir) for one in missing]
    with transaction(engine) as session:
        too_late = [box for box in new if not boxes.make(session, box)]
    for box in too_late:
        destroy_box_key(keys_dir, box.id, copy_dir)
    return len(new) - len(too_late)


def require_own_keys(engine: Engine, keys_dir: Path) -> None:
    """Misconfigured where there are boxes and `keys_dir` does not hold the keys that signed them.

    In a wrong folder new keys would be made without a word, and every link made with them be dead.
    """
    with transaction(engine, reading=True) as session:
        box = boxes.newest(session)
    if box is None:
        return
    if may_look((keys_dir / SIGNING).parent) and not (keys_dir / SIGNING).exists():
        raise Misconfigured(
            f"there are no keys in {keys_dir}, and this database has boxes: set HEARD_KEYS_DIR to its keys."
            " If they are lost, set HEARD_KEYS_COPY_DIR to their copy and run `heard keys new`, or put them"
            " back from the safe"
        )
    try:
        pinned = pinned_key(keys_dir)
        check_signature(pinned, box=box.id, public_key=box.public_key, signature=box.signature)
    except NotSaved:
        raise Misconfigured(
            f"the keys in {keys_dir} are those of another installation, for the boxes do not bear their "
            "signature: set HEARD_KEYS_DIR to its own. If that is set, somebody has written to the database"
        ) from None


def _instead(wanted: Iterable[Wanted], there: Mapping[Wanted, str], *, week: Week) -> Iterator[Wanted]:
    # For those whose boxes are all there and none open any more: `heard tally --week` closed them early.
    open_still = {one[:3] for one, state in there.items() if state == "open"}
    missing = {one[:3] for one in wanted if one not in there}
    for kind in sorted({one[:3] for one in wanted} - open_still - missing):
        ahead = ((*kind, week + n) for n in count(AHEAD + 1))
        yield next(one for one in ahead if one not in there)


def _wanted(session: Session, service: Service, *, catalogue: Catalogue, week: Week) -> Iterator[Wanted]:
    issued = invitations.versions(session, service.code)
    for later in (week + ahead for ahead in range(AHEAD + 1)):
        # Last week's version too: a page opened on Sunday may come back on Monday.
        current = {catalogue.current(service.pathway, one).key for one in (later + -1, later)}
        for version in sorted(current | issued):
            for ticketed in (True, False):
                yield service.code, version, ticketed, later


def _box(wanted: Wanted, *, keys_dir: Path, copy_dir: Path | None) -> Box:
    service, version, ticketed, week = wanted
    box = secrets.token_hex(16)
    public_key, signature = make_box_key(keys_dir, box, copy_dir)
    return Box(
        id=box,
        service=service,
        questionnaire=version,
        ticketed=ticketed,
        week=week,
        public_key=public_key,
        signature=signature,
    )
