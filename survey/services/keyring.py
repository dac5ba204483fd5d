"""Keyring: what the keys' two folders hold, compared with the boxes in the database."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine

from survey.config import Settings
from survey.domain.calendar import Week, quarter_of, this_week, today
from survey.domain.errors import Misconfigured, NotSaved
from survey.domain.proof import Found
from survey.privacy.keys import (
    box_key_in,
    box_public_key,
    kept_box_keys,
    kept_quarter_keys,
    lasting_problems,
    open_quarter_key,
    pinned_key,
)
from survey.privacy.safekeeping import STALE, findings
from survey.privacy.sealing import check_signature
from survey.services import recovery
from survey.services.prepare import require_own_keys
from survey.storage import comments, counts, ring
from survey.storage.database import transaction
from survey.storage.ring import Kept

Held = Literal["ok", "missing", "wrong"]  # wrong: cut short, or another box's
LATE = 2  # weeks that a counted box may wait for its backup before somebody should look
TOLD = 3  # places, before 'and n more'


@dataclass(frozen=True, slots=True)
class BoxKey:
    """A box that is not done, and what each folder holds of its key."""

    box: Kept
    held: tuple[Held, ...]  # the keys' folder, then the copy where there is one

    @property
    def is_lost(self) -> bool:
        """Whether no folder holds it."""
        return "ok" not in self.held


@dataclass(frozen=True, slots=True)
class Ring:
    """Everything that lies in the folders or should."""

    boxes: list[BoxKey]
    left_over: list[str]  # keys of boxes that are done
    strangers: list[str]  # keys, an hour old and more, of boxes that this database does not know
    quarters_lost: list[str]
    quarters_differ: list[str]  # another key in each folder, or one that cannot be read
    quarters: dict[str, tuple[bool, ...]]  # by quarter: in which folder its key lies
    done: dict[tuple[str, str], int] = field(default_factory=dict)  # by week and service
    lasting: list[str] = field(default_factory=list)  # what is wrong with the lasting keys


def folders(settings: Settings) -> list[Path]:
    """The keys' folder, and the second copy where there is one."""
    return [folder for folder in (settings.keys_dir, settings.keys_copy_dir) if folder is not None]


def look(engine: Engine, settings: Settings) -> Ring:
    """Read both folders and the database; changes nothing."""
    places = folders(settings)
    kept = {box for place in places for box in kept_box_keys(place)}
    with transaction(engine, reading=True) as session:
        boxes = list(ring.not_done(session))
        states, done = ring.states(session, kept), ring.done_by_week(session)
        needed = counts.quarters_held(session) | comments.quarters_held(session)
    quarters = {one: _held_quarter(one, places) for one in _quarters(places) | needed}
    return Ring(
        boxes=[BoxKey(box, tuple(_held(box, place) for place in places)) for box in boxes],
        left_over=sorted(box for box in kept if states.get(box) == "done"),
        strangers=sorted(box for box in kept - set(states) if not _is_new(box, places)),
        quarters_lost=sorted(one for one in needed if not any(quarters[one])),
        quarters_differ=sorted(one for one in quarters if _differs(one, places)),
        quarters=dict(sorted(quarters.items())),
        done=done,
        lasting=lasting_problems(settings.keys_dir, settings.keys_copy_dir),
    )


def check(engine: Engine, settings: Settings) -> list[Found]:
    """All that is right and wrong with the keys, each with its remedy; changes nothing."""
    found = look(engine, settings)
    return [
        *findings(settings),
        _lasting(engine, settings, found.lasting),
        recovery.found(engine, settings),
        _signatures(settings, found.boxes),
        _open(found.boxes),
        _closed(found.boxes),
        _waiting(found.boxes),
        _both(found.boxes, folders(settings)),
        _left_over(found),
        _strangers(found),
        _quarters_found(found),
        _ahead(engine),
    ]


def _held(box: Kept, place: Path) -> Held:
    file = box_key_in(place, box.id)
    if not file.exists():
        return "missing"
    return "ok" if box_public_key(file) == box.public_key else "wrong"


def _quarters(places: Iterable[Path]) -> set[str]:
    return {quarter for place in places for quarter in kept_quarter_keys(place)}


def _held_quarter(quarter: str, places: Iterable[Path]) -> tuple[bool, ...]:
    return tuple(quarter in kept_quarter_keys(place) for place in places)


def _differs(quarter: str, places: Iterable[Path]) -> bool:
    there = [place for place in places if quarter in kept_quarter_keys(place)]
    try:
        return len({open_quarter_key(place, quarter) for place in there}) > 1
    except Misconfigured:
        return True


def _is_new(box: str, places: Iterable[Path]) -> bool:
    # Keys are written before their boxes' rows: a clock may be at it.
    files = [file for place in places if (file := box_key_in(place, box)).exists()]
    return any(file.stat().st_mtime > time.time() - STALE for file in files)


def _lasting(engine: Engine, settings: Settings, problems: list[str]) -> Found:
    what = "Lasting keys"
    if not problems:
        try:
            require_own_keys(engine, settings.keys_dir)
        except Misconfigured as error:
            problems = [str(error)]
    if problems:
        return Found(what, "bad", "; ".join(problems), _remedy(*problems))
    return Found(what, "good", "all are there, the same in each place, and signed the boxes of this database")


def _remedy(*problems: str) -> str:
    if all("chmod" in problem for problem in problems):
        return "close it as said: the key itself is in its place"
    return "put each back: `heard keys new` does where one folder has it; else take it from the safe"


def _signatures(settings: Settings, boxes: Iterable[BoxKey]) -> Found:
    what = "Signatures of open boxes"
    try:
        pinned = pinned_key(settings.keys_dir)
    except Misconfigured as error:
        return Found(what, "bad", str(error), _remedy(str(error)))
    wrong, n = [], 0
    for one in boxes:
        if one.box.state != "open":
            continue
        n += 1
        key, signature = one.box.public_key, one.box.signature
        try:
            check_signature(pinned, box=one.box.id, public_key=key, signature=signature)
        except NotSaved:
            wrong.append(one)
    if wrong:
        says = (
            f"{len(wrong)} boxes bear another's signature ({told(wrong)}): the page refuses responses to them"
        )
        return Found(
            what, "bad", says, "somebody wrote to the database: find out who, restore these boxes' rows"
        )
    return Found(what, "good", f"{n} boxes bear ours")


def _open(boxes: Iterable[BoxKey]) -> Found:
    what = "Keys of open boxes"
    mine = [one for one in boxes if one.box.state == "open"]
    if lost := [one for one in mine if one.is_lost]:
        n = sum(one.box.responses for one in lost)
        says = f"{len(lost)} open boxes have none ({told(lost)}): what comes in now can never be read"
        says += f", nor can the {n} responses that came" if n else ""
        do = "put the keys back from a copy; where there is none, `heard keys check --mend` makes other boxes"
        return Found(what, "bad", says, do)
    return Found(what, "good", f"{len(mine)} boxes have theirs")


def _closed(boxes: Iterable[BoxKey]) -> Found:
    what = "Keys of boxes that wait to be counted"
    mine = [one for one in boxes if one.box.state not in {"open", "counted"} and one.box.responses]
    if lost := [one for one in mine if one.is_lost]:
        n = sum(one.box.responses for one in lost)
        says = f"{n} responses can never be read: the keys of {len(lost)} boxes are lost ({told(lost)})"
        do = "put the keys back from a copy; else `heard retain` destroys them one day, and says how many"
        return Found(what, "bad", says, do)
    return Found(what, "good", f"{len(mine)} boxes have theirs")


def _waiting(boxes: Iterable[BoxKey]) -> Found:
    what, mine = "Keys that wait for a backup", [one for one in boxes if one.box.state == "counted"]
    late = [one for one in mine if this_week() - Week.parse(one.box.week) > LATE]
    if late:
        says = f"{len(late)} boxes were counted long ago and their keys still lie there ({told(late)})"
        return Found(what, "warning", says, "run `heard backup`, which destroys them when it is verified")
    if not mine:
        return Found(what, "good", "none")
    return Found(what, "good", f"{len(mine)}; the next verified backup destroys them")


def _both(boxes: Iterable[BoxKey], places: Collection[Path]) -> Found:
    what = "Box keys in both copies"
    if len(places) < 2:
        return Found(what, "not examined", "there is no second copy", "set HEARD_KEYS_COPY_DIR")
    torn = [one for one in boxes if not one.is_lost and set(one.held) != {"ok"}]
    if torn:
        says = f"{len(torn)} keys lie in one copy only, or are wrong in the other ({told(torn)})"
        return Found(what, "bad", says, "run `heard keys check --mend`")
    return Found(what, "good", "the same in both")


def _left_over(found: Ring) -> Found:
    what = "Keys that should be gone"
    if found.left_over:
        says = f"keys of {len(found.left_over)} boxes lie there that were destroyed elsewhere: a stale copy"
        do = "run `heard keys destroy --left-over`; with an old backup they open what was counted"
        return Found(what, "bad", says, do)
    return Found(what, "good", "none")


def _strangers(found: Ring) -> Found:
    what = "Keys of no box"
    if found.strangers:
        says = f"{len(found.strangers)} keys are of no box here: a run was killed, or a backup restored"
        do = "if no newer database is to come back, `heard keys destroy --of-no-box`"
        return Found(what, "warning", says, do)
    return Found(what, "good", "none")


def _quarters_found(found: Ring) -> Found:
    what = "Keys of quarters"
    if found.quarters_lost:
        says = f"{', '.join(found.quarters_lost)}: gone, and what it seals can never be read"
        do = "put it back from a copy; where there is none, about-you counts and comments of then are lost"
        return Found(what, "bad", says, do)
    if found.quarters_differ:
        says = f"{', '.join(found.quarters_differ)}: another key in each copy, or one that cannot be read"
        do = "see which of the two opens what waits (`heard tally` says what does not) and keep it in both"
        return Found(what, "bad", says, do)
    torn = [quarter for quarter, held in found.quarters.items() if not all(held)]
    if torn:
        return Found(what, "bad", f"{', '.join(torn)}: in one copy only", "run `heard keys check --mend`")
    ended = [one for one in found.quarters if one < quarter_of(today())]
    waits = f"; of {', '.join(ended)} until a backup holds what it sealed, written" if ended else ""
    return Found(what, "good", f"{len(found.quarters)} are kept{waits}")


def _ahead(engine: Engine) -> Found:
    what = "Boxes ahead"
    with transaction(engine, reading=True) as session:
        without = ring.services_shut_out(session, str(this_week()))
    if without:
        says = f"no box is open for {_some(without)}: patients are told to try again later"
        return Found(what, "bad", says, "run `heard keys new`, and see why the clock does not run")
    return Found(what, "good", "every open service has one")


def told(boxes: Iterable[BoxKey]) -> str:
    """Which boxes, in few words: 'BUS1 2026-W45 (2), …'."""
    found = Counter(f"{one.box.service} {one.box.week}" for one in boxes)
    return _some([f"{place} ({n})" if n > 1 else place for place, n in found.items()])


def _some(names: Collection[str]) -> str:
    more = f" and {len(names) - TOLD} more" if len(names) > TOLD else ""
    return ", ".join(list(names)[:TOLD]) + more
