"""Drill: restore a backup beside the live database, look through it, and re-count it: nothing doubles."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.config import Settings
from survey.domain.calendar import Week, this_week
from survey.domain.errors import BadInput, HeardError
from survey.privacy import archive
from survey.privacy.keys import kept_box_keys
from survey.services import backup
from survey.services.tally import tally
from survey.storage.database import transaction
from survey.storage.scratch import restored
from survey.storage.totals import Totals, totals, uncounted_boxes, undone_imports
from survey.storage.workroom import KEYS, clear, workroom


@dataclass
class Drilled:
    """What the drill saw, line by line, and what is wrong and what to do."""

    lines: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Place:
    # The live installation, of which nothing is changed.
    engine: Engine
    settings: Settings
    catalogue: Catalogue
    through: Week


def drill(
    engine: Engine,
    settings: Settings,
    *,
    catalogue: Catalogue,
    file: Path | None = None,
    identity: Path | None = None,
) -> Drilled:
    """Open a backup, the newest where none is named, restore and re-count it; nothing live is touched."""
    chosen = file or backup.newest(settings.backup_dir)
    key = archive.read_identity(identity) if identity else archive.identity(settings.keys_dir)
    if key is None:
        raise BadInput("the recovery key is not on this host: name its file, `heard drill --identity FILE`")
    place, done = _Place(engine, settings, catalogue, this_week() + -1), Drilled()
    with workroom(settings.backup_dir) as room:
        plain = room / "dump"
        with plain.open("wb") as target:
            plain.chmod(0o600)
            archive.open_file(chosen, key, target)
        try:
            backup.verify(plain, None, settings)
        except HeardError as error:
            done.wrong.append(str(error))
        else:
            done.lines.append(f"{chosen.name} opens, is whole and holds no private key")
            with restored(engine, plain) as copy:
                _look(copy, place, done)
                _recount(copy, place, done)
    return done


def _look(copy: Engine, place: _Place, done: Drilled) -> None:
    # Against the live database: what was counted then must still be there, but for what was taken away since.
    with transaction(place.engine, reading=True) as session:
        undone = undone_imports(session)
    since = place.through + (2 - place.settings.keep.responses_weeks)  # a week later than retention reaches
    then, now = (_totals(one, since=since, without=undone) for one in (copy, place.engine))
    whole = _totals(copy)
    done.lines.append(
        f"{whole.counted.total()} responses of {len(whole.services)} service(s), "
        f"{whole.span or 'no week'}; {whole.sealed.total()} sealed, {whole.withheld} withheld"
    )
    done.lines.append(f"since then the live database counted {(now.counted - then.counted).total()} more")
    for (service, version, span), lost in sorted((then.counted - now.counted).items()):
        done.wrong.append(
            f"{lost} responses of {service}, {version}, {span} are in the backup and not live any more:"
            " find out who deleted them, and restore if nobody meant to"
        )


def _recount(copy: Engine, place: _Place, done: Drilled) -> None:
    before = _totals(copy)
    with transaction(copy, reading=True) as session:
        open_still = uncounted_boxes(session, place.through)
    held = open_still & set(kept_box_keys(place.settings.keys_dir))
    gone = sum(n for box, n in before.sealed.items() if box in open_still - held)
    with _keys(place.settings.keys_dir, held) as keys:
        first = tally(copy, keys_dir=keys, catalogue=place.catalogue, through=place.through)
        after = _totals(copy)
        again = tally(copy, keys_dir=keys, catalogue=place.catalogue, through=place.through)
    done.lines.append(
        f"re-counted: {first.responses} responses for the first time, none twice; "
        f"{after.sealed.total()} stay sealed, {gone} of them for good, for their keys are destroyed"
    )
    if lost := (before.counted - after.counted).total():
        done.wrong.append(f"re-counting took {lost} responses away: do not restore this backup; report it")
    if after.whole != before.whole or again.responses:
        done.wrong.append(
            f"re-counting made {after.whole} responses of {before.whole}, and {again.responses} the second"
            " time: do not restore this backup; report it"
        )


@contextmanager
def _keys(keys_dir: Path, held: set[str]) -> Iterator[Path]:
    """Copies of the keys that the tally may need, so that it can destroy none; overwritten afterwards."""
    scratch = keys_dir / KEYS
    clear(scratch)
    try:
        for folder in (".", "clock", "clock/boxes", "clock/quarters"):
            (scratch / folder).mkdir(mode=0o700)
        for file in (keys_dir / "clock").rglob("*"):
            kept = file.relative_to(keys_dir)
            wanted = kept.parts[1] == "quarters" or file.name in held or file.parent.name == "clock"
            if file.is_file() and wanted and not any(part.startswith(".") for part in kept.parts):
                shutil.copy2(file, scratch / kept)
        yield scratch
    finally:
        clear(scratch)


def _totals(engine: Engine, **bounds: object) -> Totals:
    with transaction(engine, reading=True) as session:
        return totals(session, **bounds)  # type: ignore[arg-type]
