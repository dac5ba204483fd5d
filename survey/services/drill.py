"""Drill: restore a backup beside the live database, look through it, and tally it without a key."""

from __future__ import annotations

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
from survey.storage.totals import Totals, totals, undone_imports
from survey.storage.workroom import workroom


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
    """Open a backup, the newest where none is named, restore and tally it; nothing live is touched."""
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
                _recount(copy, place, empty=room / "keys", done=done)
    return done


def _look(copy: Engine, place: _Place, done: Drilled) -> None:
    # Against the live database: what was counted then must still be there, but for what was taken away since.
    with transaction(place.engine, reading=True) as session:
        undone = undone_imports(session)
    since = place.through + (2 - place.settings.keep.responses_weeks)  # a week later than retention reaches
    then, now = (_totals(one, since=since, without=undone) for one in (copy, place.engine))
    whole = _totals(copy)
    services = "1 service" if len(whole.services) == 1 else f"{len(whole.services)} services"
    done.lines.append(
        f"{whole.counted.total()} responses of {services}, "
        f"{whole.span or 'no week'}; {whole.sealed.total()} sealed, {whole.withheld} withheld"
    )
    done.lines.append(f"since then the live database counted {(now.counted - then.counted).total()} more")
    for (service, version, span), lost in sorted((then.counted - now.counted).items()):
        done.wrong.append(
            f"{lost} responses of {service}, {version}, {span} are in the backup and not live any more:"
            " find out who deleted them, and restore if nobody meant to"
        )


def _recount(copy: Engine, place: _Place, *, empty: Path, done: Drilled) -> None:
    # Without a key: answers that the copy's tally wrote in the open would lie beside the live one's, which
    # may have had one response more, and the difference would be a person's. So nothing is opened, and what
    # was counted must stay as it is.
    before = _totals(copy)
    empty.mkdir(mode=0o700)
    first, again = (
        tally(copy, keys_dir=empty, catalogue=place.catalogue, through=place.through) for _ in range(2)
    )
    after = _totals(copy)
    folders = (place.settings.keys_dir, place.settings.keys_copy_dir)
    kept = {box for folder in folders if folder for box in kept_box_keys(folder)}
    gone = sum(n for box, n in before.sealed.items() if box not in kept)
    done.lines.append(
        f"tallied anew, without keys: nothing was counted twice; {after.sealed.total()} stay sealed, "
        f"{gone} of them for good, for their keys are destroyed"
    )
    if lost := (before.counted - after.counted).total():
        done.wrong.append(f"tallying took {lost} responses away: do not restore this backup; report it")
    opened = first.responses + again.responses
    if after.whole != before.whole or opened:
        done.wrong.append(
            f"tallying made {after.whole} responses of {before.whole}, and counted {opened} without a key:"
            " do not restore this backup; report it"
        )


def _totals(engine: Engine, **bounds: object) -> Totals:
    with transaction(engine, reading=True) as session:
        return totals(session, **bounds)  # type: ignore[arg-type]
