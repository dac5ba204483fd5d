"""Tally: open the boxes of ten or more, count, write what is kept, destroy the boxes."""

from __future__ import annotations

from collections.abc import Iterable
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
from survey.domain.errors import Misconfigured, NotFound
from survey.domain.progress import Advance, silent
from survey.domain.questionnaire import Questionnaire
from survey.domain.response import Response
from survey.privacy.keys import box_key_file
from survey.privacy.opening import read_box_key, unseal
from survey.services.count import fold_comments, hold_comments, rate
from survey.services.destroy import destroy_left_over
from survey.services.subgroups import destroy_ended_keys, fold, hold
from survey.storage import boxes, directory
from survey.storage.database import transaction
from survey.storage.hatch import Box


@dataclass
class Tallied:
    """What a tally did: responses counted, responses and comments that wait for ten, boxes set aside."""

    responses: int = 0
    boxes: int = 0
    waiting: int = 0
    comments_waiting: int = 0
    set_aside: list[str] = field(default_factory=list)  # which and why, a line each; they stay sealed


@dataclass(frozen=True)
class _Hall:
    # Where a tally works; `quarter` is the one in which it counts.
    engine: Engine
    keys_dir: Path
    catalogue: Catalogue
    quarter: str


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

    The keys of counted boxes stay until a verified backup holds what was written (destroy.py).
    Run twice, or killed at any point and run again, it ends the same: a pool of boxes is counted in one
    transaction. Comments are written at the
    end, in transactions of their own, with those of the pathway's other boxes.
    """
    with transaction(engine) as session:
        boxes.close_through(session, through)
        boxes.forget_before(session, through + -1)  # forms shown then are no longer taken
    destroy_left_over(engine, keys_dir=keys_dir, copy_dir=copy_dir)
    hall = _Hall(engine, keys_dir, catalogue, through.quarter)
    done = Tallied(set_aside=fold(engine, keys_dir=keys_dir, quarter=through.quarter))
    with transaction(engine, reading=True) as session:
        sizes = boxes.sizes(session)
        waiting = boxes.to_count(session)
    for _, group in groupby(waiting, key=lambda box: (box.service, box.questionnaire, box.ticketed)):
        _count_group(hall, list(group), sizes=sizes, done=done, advance=advance)
    done.comments_waiting, problems = fold_comments(engine, keys_dir=keys_dir, quarter=through.quarter)
    done.set_aside += problems
    destroy_ended_keys(engine, keys_dir=keys_dir, quarter=through.quarter)
    return done


def to_open(engine: Engine) -> int:
    """Sealed rows there are, for a progress bar."""
    with transaction(engine, reading=True) as session:
        return sum(boxes.sizes(session).values())


def _count_group(
    hall: _Hall, waiting: list[Box], *, sizes: dict[str, int], done: Tallied, advance: Advance
) -> None:
    # The boxes of one service, version and kind, by week. One that is shut is left out and the others are
    # pooled anew, so that it does not keep healthy weeks from being counted.
    while waiting:
        pool = _next_pool(waiting, sizes)
        n = sum(sizes.get(box.id, 0) for box in pool)
        if 0 < n < SMALLEST:
            done.waiting += n
            ended = {box.id for box in pool}
        else:
            ended = _count_pool(hall, pool, done)
        waiting = [box for box in waiting if box.id not in ended]
        advance(sum(sizes.get(box, 0) for box in ended))


def _next_pool(waiting: Iterable[Box], sizes: dict[str, int]) -> list[Box]:
    # A box under ten is carried into the next weeks until they hold ten; an empty one is alone.
    pool: list[Box] = []
    for box in waiting:
        if not sizes.get(box.id):
            return [box]
        pool.append(box)
        if sum(sizes[one.id] for one in pool) >= SMALLEST:
            return pool
    return pool


def _count_pool(hall: _Hall, pool: list[Box], done: Tallied) -> set[str]:
    # Returns the boxes that are done with: the whole pool, or those of it that are shut and were set aside.
    with transaction(hall.engine) as session:
        locked = boxes.lock(session, [box.id for box in pool])
        if len(locked) != len(pool):
            return {box.id for box in pool}  # another tally was first
        opened, shut = _opened(session, locked, hall)
        if shut:
            boxes.quarantine(session, shut)
            done.set_aside += dict.fromkeys(shut.values())
            return set(shut)
        if opened:
            _write(session, locked, opened, hall=hall)
        boxes.empty(session, locked)
    done.responses += len(opened)
    done.boxes += len(locked)
    return {box.id for box in locked}


def _opened(session: Session, pool: list[Box], hall: _Hall) -> tuple[list[Response], dict[str, str]]:
    # The responses of a pool; of boxes that stay sealed why, by their ids.
    problem = _mismatch(session, pool[0])
    if problem is not None:
        return [], {box.id: problem for box in pool}
    try:
        questionnaire = hall.catalogue.get(pool[0].questionnaire)
    except NotFound as error:
        return [], {box.id: f"{box.service}, {box.week}: {error}; the box stays sealed" for box in pool}
    opened: list[Response] = []
    shut: dict[str, str] = {}
    for box in pool:
        found = _open(session, box, keys_dir=hall.keys_dir, questionnaire=questionnaire)
        if isinstance(found, str):
            shut[box.id] = f"{box.service}, {box.week}: {found}"
        else:
            opened += found
    if not shut and 0 < len(opened) < SMALLEST:
        gone = "sealed rows have gone from its box; it stays sealed"
        shut = {box.id: f"{box.service}, {box.week}: {gone}" for box in pool}
    return opened, shut


def _write(session: Session, pool: list[Box], opened: list[Response], *, hall: _Hall) -> None:
    service = directory.service(session, pool[0].service)
    questionnaire = hall.catalogue.get(pool[0].questionnaire)
    span = Span(pool[0].week, pool[-1].week)
    rate(session, opened, service=service, questionnaire=questionnaire, span=span)
    hold(
        session,
        opened,
        keys_dir=hall.keys_dir,
        quarter=hall.quarter,
        service=service,
        questionnaire=questionnaire,
    )
    hold_comments(
        session,
        opened,
        keys_dir=hall.keys_dir,
        quarter=hall.quarter,
        pathway=service.pathway,
        questionnaire=questionnaire,
        span=span,
    )
    if pool[0].ticketed:
        boxes.note_counted(session, service.code, len(opened))


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
    session: Session, box: Box, *, keys_dir: Path, questionnaire: Questionnaire
) -> list[Response] | str:
    # All or nothing: one row that will not open leaves the whole box sealed.
    bodies = boxes.sealed(session, box.id)
    if not bodies:
        return []
    try:
        key = read_box_key(box_key_file(keys_dir, box.id))
        return [_sound(Response.decode(unseal(body, box=box.id, key=key)), questionnaire) for body in bodies]
    except Misconfigured as error:
        return str(error)
    except (InvalidTag, ValueError, KeyError, TypeError, RecursionError):
        return "a row does not open with its box's key; the box stays sealed"


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
    written = [question.code for question in questionnaire.questions if question.kind == "text"]
    return Response(
        answers=known(response.answers, about_you=False),
        comments={code: words for code in written if (words := _storable(texts.get(code, "")))},
        about_you=known(response.about_you, about_you=True),
    )


def _storable(text: str) -> str:
    # PostgreSQL takes no NUL and no driver a lone surrogate: one such comment would stop every tally.
    return text.replace("\0", "").encode("utf-8", "replace").decode()
