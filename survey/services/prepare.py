"""Prepare: make boxes and their keys ahead of the weeks they will hold."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Week
from survey.domain.organisation import Service
from survey.privacy.keys import destroy_box_key, make_box_key, make_lasting_keys
from survey.storage import boxes, directory, invitations
from survey.storage.database import transaction

AHEAD = 4  # weeks


def prepare(engine: Engine, *, keys_dir: Path, catalogue: Catalogue, week: Week) -> int:
    """Make the boxes of `week` and the four after it that are missing; return how many."""
    make_lasting_keys(keys_dir)
    with transaction(engine) as session:
        there = boxes.existing(session, week)
        wanted = [
            one
            for service in directory.services(session)
            if not service.closed
            for one in _wanted(session, service, catalogue=catalogue, week=week)
            if (*one[:3], str(one[3])) not in there
        ]
        return sum(_make(session, keys_dir, one) for one in wanted)


def _wanted(
    session: Session, service: Service, *, catalogue: Catalogue, week: Week
) -> Iterator[tuple[str, str, bool, Week]]:
    issued = invitations.versions(session, service.code)
    for later in (week + ahead for ahead in range(AHEAD + 1)):
        # Last week's version too: a page opened on Sunday may come back on Monday.
        current = {catalogue.current(service.pathway, one).key for one in (later + -1, later)}
        for version in sorted(current | issued):
            for ticketed in (True, False):
                yield service.code, version, ticketed, later


def _make(session: Session, keys_dir: Path, wanted: tuple[str, str, bool, Week]) -> bool:
    service, version, ticketed, week = wanted
    box = secrets.token_hex(16)
    public_key, signature = make_box_key(keys_dir, box)
    made = boxes.make(
        session,
        boxes.Box(
            id=box,
            service=service,
            questionnaire=version,
            ticketed=ticketed,
            week=week,
            public_key=public_key,
            signature=signature,
        ),
    )
    if not made:
        destroy_box_key(keys_dir, box)
    return made
