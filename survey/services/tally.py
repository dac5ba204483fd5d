"""Tally: open the boxes of ten or more, count, write what is kept, destroy the boxes and their keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Span, Week
from survey.domain.counts import SMALLEST
from survey.domain.errors import Misconfigured
from survey.domain.progress import Advance, silent
from survey.domain.questionnaire import Questionnaire
from survey.domain.response import Response
from survey.privacy.keys import box_key_file, destroy_box_key, kept_box_keys
from survey.privacy.opening import read_box_key, unseal
from survey.services.count import count
from survey.storage import boxes, directory
from survey.storage.boxes import Box
from survey.storage.database import transaction


@dataclass
class Tallied:
    """What a tally did: responses counted, responses still waiting in boxes under ten, boxes set aside."""

    responses: int = 0
    boxes: int = 0
    waiting: int = 0
    set_aside: list[str] = field(default_factory=list)  # why, a line each; no box is opened then


def tally(
    engine: Engine,
    *,
    keys_dir: Path,
    catalogue: Catalogue,
    through: Week,
    advance: Advance = silent,
) -> Tallied:
    """Count every box of `through` and earlier that holds ten, alone or with the weeks after it.

    Run twice, or killed at any point and run again, it ends the same: a pool of boxes is counted in one
    transaction, and keys of counted boxes that a crash left behind go first.
    """
    with transaction(engine) as session:
        boxes.close_through(session, through)
    _destroy_left_over_keys(engine, keys_dir)
    done = Tallied()
    with transaction(engine, reading=True) as session:
        sizes = boxes.sizes(session)
        waiting = boxes.to_count(session)
    for pool in _pools(waiting, sizes):
        n = sum(sizes.get(box.id, 0) for box in pool)
        if 0 < n < SMALLEST:
            done.waiting += n
        else:
            _count_pool(engine, pool, keys_dir=keys_dir, catalogue=catalogue, done=done)
        advance(n)
    return done


def to_open(engine: Engine) -> int:
    """Sealed rows there are, for a progress bar."""
    with transaction(engine, reading=True) as session:
        return sum(boxes.sizes(session).values())


def _pools(waiting: Iterable[Box], sizes: dict[str, int]) -> Iterator[list[Box]]:
    # A box under ten is carried into the next weeks of its service, version and kind until they hold ten.
    for _, group in groupby(waiting, key=lambda box: (box.service, box.questionnaire, box.ticketed)):
        pool: list[Box] = []
        for box in group:
            if not sizes.get(box.id):
                yield [box]
                continue
            pool.append(box)
            if sum(sizes[one.id] for one in pool) >= SMALLEST:
                yield pool
                pool = []
        if pool:
            yield pool


def _count_pool(
    engine: Engine, pool: list[Box], *, keys_dir: Path, catalogue: Catalogue, done: Tallied
) -> None:
    with transaction(engine) as session:
        locked = boxes.lock(session, [box.id for box in pool])
        if len(locked) != len(pool):
            return  # another tally was first
        problem = _mismatch(session, pool[0])
        questionnaire = catalogue.get(pool[0].questionnaire)
        opened = [] if problem else _open(session, locked, keys_dir=keys_dir, questionnaire=questionnaire)
        if isinstance(opened, str):
            problem, opened = opened, []
        if problem:
            boxes.quarantine(session, [box.id for box in locked])
            done.set_aside.append(problem)
            return
        if opened:
            service = directory.service(session, pool[0].service)
            span = Span(pool[0].week, pool[-1].week)
            count(session, opened, service=service, questionnaire=questionnaire, span=span)
        if opened and pool[0].ticketed:
            boxes.note_counted(session, service.code, len(opened))
        boxes.empty(session, [box.id for box in locked])
    for box in locked:
        destroy_box_key(keys_dir, box.id)
    done.responses += len(opened)
    done.boxes += len(locked)


def _mismatch(session: Session, box: Box) -> str | None:
    if not box.ticketed:
        return None
    stored, spent = boxes.ticketed_balance(session, box.service)
    if stored == spent:
        return None
    return (
        f"{box.service}: {stored} ticketed responses stored for {spent} tickets spent; its boxes stay sealed"
    )


def _open(
    session: Session, pool: list[Box], *, keys_dir: Path, questionnaire: Questionnaire
) -> list[Response] | str:
    # All or nothing: one row that will not open leaves the whole pool sealed.
    try:
        return [
            _sound(Response.decode(unseal(body, box=box.id, key=key)), questionnaire)
            for box in pool
            if (bodies := boxes.sealed(session, box.id))
            for key in [read_box_key(box_key_file(keys_dir, box.id))]
            for body in bodies
        ]
    except Misconfigured as error:
        return f"{pool[0].service}, {pool[0].week}: {error}"
    except (InvalidTag, ValueError, KeyError, TypeError):
        return (
            f"{pool[0].service}, {pool[0].week}: a row does not open with its box's key; the box stays sealed"
        )


def _sound(response: Response, questionnaire: Questionnaire) -> Response:
    # The page checked this already; a stolen patient's process could put what it likes.
    options = {q.code: {option.code for option in q.options} for q in questionnaire.questions}

    def known(chosen: object, *, about_you: bool) -> dict[str, str]:
        return {
            code: answer
            for code, answer in msgspec.convert(chosen, dict[str, str]).items()
            if answer in options.get(code, ()) and questionnaire.question(code).about_you is about_you
        }

    texts = msgspec.convert(response.comments, dict[str, str])
    return Response(
        answers=known(response.answers, about_you=False),
        comments={code: text for code, text in texts.items() if code in questionnaire.codes},
        about_you=known(response.about_you, about_you=True),
    )


def _destroy_left_over_keys(engine: Engine, keys_dir: Path) -> None:
    kept = kept_box_keys(keys_dir)
    with transaction(engine, reading=True) as session:
        counted = boxes.counted_among(session, kept)
    for box in counted:
        destroy_box_key(keys_dir, box)
