"""Retain: delete what has been kept long enough, by configured limits, and take it out of the files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.config import Settings
from survey.domain.calendar import Week, this_week, today
from survey.services.withhold import Withheld, withhold
from survey.storage import audit, retention
from survey.storage.database import transaction
from survey.storage.retention import Due
from survey.storage.scrub import scrub

BOXES = "finished boxes"
RUNS_WEEKS = 13  # a quarter of `heard clock status`; the rota looks back four weeks


@dataclass(frozen=True, slots=True)
class Gone:
    """One kind of what was deleted, or would be: how many, older than which week."""

    what: str
    number: int
    before: Week


@dataclass(frozen=True, slots=True)
class Retained:
    """All that went, and what is left to do about the files."""

    gone: tuple[Gone, ...]
    left_to_do: str = ""

    def __str__(self) -> str:
        told = ", ".join(f"{one.number} {one.what}" for one in self.gone if one.number)
        rest = f"; {self.left_to_do}" if self.left_to_do else ""
        return f"deleted: {told or 'nothing'}{rest}"


@dataclass(frozen=True, slots=True)
class _Kind:
    what: str
    before: Week
    due: Callable[[Session, Week], Due]


def retain(
    engine: Engine,
    settings: Settings,
    *,
    catalogue: Catalogue | None = None,
    week: Week | None = None,
    dry_run: bool = False,
    who: str = "clock",
) -> Retained:
    """Delete what is older in `week` (or this week) than the settings keep; `dry_run` only counts.

    Stopped anywhere and run again, it ends the same: rows go some at a time, each time with what counts them.
    """
    now = week or this_week()
    unread = now + -settings.keep.sealed_weeks
    withheld = withhold(
        engine,
        keys_dir=settings.keys_dir,
        copy_dir=settings.keys_copy_dir,
        before=unread,
        through=now + -1,
        catalogue=catalogue,
        dry_run=dry_run,
        who=who,
    )
    kinds = _kinds(settings, now)
    drop = _number if dry_run else _drop
    gone = [Gone("sealed responses, unread", withheld.responses, unread)]
    gone += [Gone(kind.what, drop(engine, kind), kind.before) for kind in kinds]
    if dry_run:  # those withheld are finished, and go next
        told = (
            replace(one, number=one.number + withheld.boxes) if one.what == BOXES else one for one in gone
        )
        return Retained(tuple(told), _to_tally(withheld))
    _tell(engine, gone[1:], who=who)
    return Retained(tuple(gone), "; ".join(filter(None, (_to_tally(withheld), scrub(engine)))))


def _to_tally(withheld: Withheld) -> str:
    if not withheld.to_tally:
        return ""
    return f"{withheld.to_tally} sealed responses as old can still be counted: run `heard tally` first"


def _kinds(settings: Settings, now: Week) -> list[_Kind]:
    keep = settings.keep
    return [
        _Kind("comments", now + -keep.comments_weeks, retention.comments),
        _Kind("responses", now + -keep.responses_weeks, retention.responses),
        _Kind("unspent tickets", now + -keep.tickets_weeks, retention.tickets),
        _Kind("e-mails", now + -keep.outbox_weeks, retention.emails),
        _Kind(BOXES, now + -keep.sealed_weeks, retention.boxes),
        _Kind("runs of the clock", now + -RUNS_WEEKS, retention.runs),
    ]


def _number(engine: Engine, kind: _Kind) -> int:
    with transaction(engine, reading=True) as session:
        return kind.due(session, kind.before).number(session)


def _drop(engine: Engine, kind: _Kind) -> int:
    total = 0
    while True:
        with transaction(engine) as session:
            some = kind.due(session, kind.before).drop_some(session)
        total += some
        if not some:
            return total


def _tell(engine: Engine, gone: list[Gone], *, who: str) -> None:
    about = {one.what: {"n": one.number, "before": str(one.before)} for one in gone if one.number}
    if about:
        with transaction(engine) as session:
            audit.append(session, day=today(), who=who, act="records deleted", about=about)
