"""Mending: make what is missing, put back what one folder lost, give up what both lost, destroy the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.config import Settings
from survey.domain.calendar import this_week, today
from survey.domain.errors import NotFound, Refused
from survey.privacy.keyfiles import destroy as destroy_file
from survey.privacy.keyfiles import write_once
from survey.privacy.keys import (
    SIGNING,
    box_key_in,
    destroy_box_key,
    kept_box_keys,
    make_lasting_keys,
    quarter_key,
    require_copy,
)
from survey.privacy.safekeeping import half_written
from survey.services.auditing import record
from survey.services.destroy import destroy_left_over
from survey.services.keyring import BoxKey, folders, look, told
from survey.services.prepare import prepare, require_own_keys
from survey.services.recovery import make_recovery
from survey.storage import audit, ring
from survey.storage.database import transaction


@dataclass
class Made:
    """What was made or put back."""

    lasting: list[Path] = field(default_factory=list)
    recovery: list[Path] = field(default_factory=list)
    put_back: int = 0  # keys of boxes and quarters that one folder had lost
    boxes: int = 0
    filled: list[tuple[Path, Path]] = field(default_factory=list)  # an empty folder, and from which

    def lines(self) -> list[str]:
        """Which folders were filled, in words: a slip in a path must not make a third copy unnoticed."""
        return [
            f"{empty} held no keys and was filled from {source}; if that is a wrong path, delete it again: it"
            " opens what comes in"
            for empty, source in self.filled
        ]


def make_new(
    engine: Engine, settings: Settings, catalogue: Catalogue, *, who: str, replace_lost: bool = False
) -> Made:
    """Make every key and box that is missing, in both folders, and put back what one of them lost.

    Nothing that is there is changed. `replace_lost` makes another pepper or server key where both lost it.
    """
    found = next((one for one in folders(settings) if (one / SIGNING).exists()), settings.keys_dir)
    require_own_keys(engine, found)
    empty = [one for one in folders(settings) if not (one / SIGNING).exists() and (found / SIGNING).exists()]
    made = Made(make_lasting_keys(settings.keys_dir, settings.keys_copy_dir, renew=replace_lost))
    made.filled = [(one, found) for one in empty]
    made.put_back = _put_back(engine, settings)
    if made.lasting:
        record(engine, who=who, act="keys made", about={"keys": sorted({path.name for path in made.lasting})})
    made.boxes = prepare(
        engine,
        keys_dir=settings.keys_dir,
        catalogue=catalogue,
        week=this_week(),
        copy_dir=settings.keys_copy_dir,
    )
    # Last: a recovery key that is gone keeps no other from being mended.
    made.recovery = make_recovery(engine, settings, who=who, renew=replace_lost)
    return made


def mend(engine: Engine, settings: Settings, catalogue: Catalogue, *, who: str) -> list[str]:
    """Put back what one folder lost, replace what is wrong in one, give up what both lost; say what was done.

    An empty open box whose key is lost makes way for another. One that holds responses is closed, so that no
    more come in; these stay sealed until the key turns up, or until retention destroys and reports them.
    """
    made = make_new(engine, settings, catalogue, who=who)
    n = made.put_back
    said = made.lines() + ([f"{n} key{' was' if n == 1 else 's were'} put back"] if n else [])
    said += [f"{path} was put back" for path in made.lasting]
    lost = [one for one in look(engine, settings).boxes if one.is_lost and one.box.state == "open"]
    if lost:
        said += _give_up(engine, lost, who=who)
        prepare(
            engine,
            keys_dir=settings.keys_dir,
            catalogue=catalogue,
            week=this_week(),
            copy_dir=settings.keys_copy_dir,
        )
    return said


def destroy_named(engine: Engine, settings: Settings, boxes: Collection[str], *, who: str) -> int:
    """Destroy keys of boxes that are done or unknown here; return how many.

    NotFound where no such key lies there. Refused where responses still need it: destroying it would
    destroy them.
    """
    kept = {box for place in folders(settings) for box in kept_box_keys(place)}
    if gone := sorted(set(boxes) - kept):
        raise NotFound(f"there is no key of a box {gone[0]}; `heard keys list --all` shows those there are")
    with transaction(engine, reading=True) as session:
        states = ring.states(session, boxes)
    for box, state in states.items():
        if state == "counted":
            raise Refused(
                f"the box {box} waits for a verified backup: run `heard backup`, which destroys its key"
            )
        if state != "done":
            raise Refused(
                f"the box {box} is {state}: without its key what it holds can never be read. `heard retain`"
                " destroys boxes kept too long, `heard quarantine` decides about those that do not add up"
            )
    require_copy(settings.keys_dir, settings.keys_copy_dir)
    record(engine, who=who, act="keys destroyed", about={"boxes": sorted(boxes), "why": "named by a person"})
    for box in boxes:
        destroy_box_key(settings.keys_dir, box, settings.keys_copy_dir)
    return len(boxes)


def destroy_stale(engine: Engine, settings: Settings, *, who: str) -> int:
    """Destroy the keys of done boxes in both folders, and what killed processes left; return how many."""
    require_copy(settings.keys_dir, settings.keys_copy_dir)
    left = look(engine, settings).left_over
    half = [path for place in folders(settings) for path in half_written(place)]
    if left:
        record(engine, who=who, act="keys destroyed", about={"boxes": left, "why": "left over"})
    destroy_left_over(engine, keys_dir=settings.keys_dir, copy_dir=settings.keys_copy_dir)
    for path in half:
        _drop(path)
    return len(left) + len(half)


def strangers(engine: Engine, settings: Settings) -> list[str]:
    """Boxes that this database does not know and whose keys have lain there for an hour and more."""
    return look(engine, settings).strangers


def _put_back(engine: Engine, settings: Settings) -> int:
    found, places = look(engine, settings), folders(settings)
    if len(places) < 2:
        return 0
    n = sum(_put_back_box(one, places) for one in found.boxes if not one.is_lost)
    for quarter, held in found.quarters.items():
        if any(held) and not all(held) and quarter not in found.quarters_lost:
            quarter_key(settings.keys_dir, quarter, settings.keys_copy_dir)
            n += 1
    return n


def _put_back_box(one: BoxKey, places: Iterable[Path]) -> int:
    files = [box_key_in(place, one.box.id) for place in places]
    right = next(file for file, held in zip(files, one.held, strict=True) if held == "ok")
    wrong = [file for file, held in zip(files, one.held, strict=True) if held != "ok"]
    for file in wrong:
        destroy_file(file)
        write_once(file, right.read_bytes())
    return len(wrong)


def _give_up(engine: Engine, lost: list[BoxKey], *, who: str) -> list[str]:
    with transaction(engine) as session:
        gone, closed = ring.give_up(session, [one.box.id for one in lost])
        if gone or closed:
            about = {"replaced": gone, "closed": closed}
            audit.append(session, day=today(), who=who, act="keys lost", about=about)
    shut = [one for one in lost if one.box.id in set(closed)]
    said = [f"{len(gone)} empty boxes whose keys are lost were replaced"] if gone else []
    if shut:
        n = sum(one.box.responses for one in shut)
        said.append(
            f"{len(shut)} boxes whose keys are lost were closed ({told(shut)}): {n} responses stay sealed"
        )
    return said


def _drop(path: Path) -> None:
    # It may be another name of a key that is still needed: only a lone one is overwritten.
    if path.is_dir() and not path.is_symlink():
        for inside in path.iterdir():
            _drop(inside)
        path.rmdir()
    elif path.is_file() and not path.is_symlink() and path.lstat().st_nlink == 1:
        destroy_file(path)
    else:
        path.unlink(missing_ok=True)
