"""Back up: dump, verify, encrypt, verify; then alone the keys of the boxes that the backup holds may go."""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from survey.config import Settings
from survey.domain.calendar import today
from survey.domain.errors import DatabaseDown, HeardError, Misconfigured, NotFound
from survey.privacy import archive
from survey.privacy.traces import Traces, kept_keys
from survey.services import recovery
from survey.services.destroy import destroy_counted, waiting_for_backup
from survey.services.subgroups import destroy_ended_keys
from survey.storage import audit, dump_postgresql
from survey.storage.database import transaction
from survey.storage.dump import Facts, dump, read
from survey.storage.workroom import discard, sync_folder, workroom

NAME = re.compile(r"heard-(\d{4}-\d\d-\d\d)-[0-9a-f]{8}\.age")


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A verified backup: where it lies, which counted boxes it holds, and what it let go."""

    path: Path
    boxes: tuple[str, ...]
    responses: int
    keys_destroyed: int
    waits: str = ""  # why no key was destroyed though some could go

    def __str__(self) -> str:
        keys = f"no key destroyed: {self.waits}" if self.waits else f"{self.keys_destroyed} keys destroyed"
        return f"{self.path.name}, {self.responses} responses, verified; {keys}"


def back_up(engine: Engine, settings: Settings, *, who: str = "clock") -> BackedUp:
    """Make a verified, encrypted backup, then destroy the keys of the counted boxes that it holds.

    And of ended quarters of which it holds nothing sealed any more: what they sealed stands written in it. No
    key goes before a backup that holds what its box held is on the disk, read back: killed anywhere, the keys
    stay for the next. HeardError says what was wrong; no half a backup is left.
    """
    with workroom(settings.backup_dir) as room, _told():
        recovery.require(engine, settings, who=who)
        plain, sealed = room / "dump", room / "sealed"
        facts = dump(engine, plain)
        verify(plain, facts, settings)
        digest = _seal(plain, sealed, settings)
        discard(plain)
        path = _publish(sealed, settings.backup_dir / f"heard-{today()}-{secrets.token_hex(4)}.age")
    boxes = tuple(sorted(facts.counted))
    with transaction(engine) as session:
        about = {"file": path.name, "sha256": digest, "boxes": list(boxes)}
        audit.append(session, day=today(), who=who, act="backup made", about=about)
    _prune(path, settings.keep.backups)
    made = BackedUp(path, boxes, facts.rows["response"], 0)
    try:
        gone = _destroy(engine, settings, made, sealed=facts.quarters, who=who)
    except Misconfigured as error:
        # No failure: a backup made again every five minutes until the copy is back would prune all others.
        return replace(made, waits=str(error))
    return replace(made, keys_destroyed=gone)


def vouch(engine: Engine, settings: Settings, *, who: str) -> int:
    """Destroy every waiting key on the word of a person, who took and read back a backup of their own."""
    return _destroy(engine, settings, None, who=who)


def _destroy(
    engine: Engine, settings: Settings, made: BackedUp | None, *, sealed: Collection[str] = (), who: str
) -> int:
    why = f"backup vouched for by {who}" if made is None else f"{made.path.name} holds what they held"
    keys, copy = settings.keys_dir, settings.keys_copy_dir
    boxes = None if made is None else made.boxes
    gone = destroy_counted(engine, keys_dir=keys, copy_dir=copy, boxes=boxes, who=who, why=why)
    return gone + destroy_ended_keys(engine, keys_dir=keys, copy_dir=copy, but=sealed, who=who, why=why)


def can_dump(engine: Engine) -> bool:
    """Whether this machine has what `back_up` needs."""
    if engine.dialect.name == "sqlite":
        return True
    try:
        return all(dump_postgresql.program(name) for name in ("pg_dump", "pg_restore"))
    except HeardError:
        return False


def waiting(engine: Engine) -> int:
    """How many keys wait for a backup."""
    return len(waiting_for_backup(engine))


def newest(backups: Path) -> Path:
    """The backup made last; NotFound where there is none."""
    found = _backups(backups)
    if not found:
        raise NotFound(f"there is no backup in {backups}; `heard backup` makes one")
    return found[-1]


def verify(plain: Path, facts: Facts | None, settings: Settings) -> Facts:
    """Read a dump back: whole, no private key in it and, where `facts` are given, all that was there."""
    traces = Traces(kept_keys(settings.keys_dir, settings.keys_copy_dir))
    held = read(plain, traces.feed)
    if traces.found:
        raise HeardError(
            f"the private key {', '.join(sorted(traces.found))} stands in the database: find out who wrote it"
            " there and take it out, or the backup opens its boxes"
        )
    missing = [] if facts is None else facts.missing_from(held)
    if missing:
        raise HeardError(f"the dump does not hold what was in the database: {'; '.join(missing)}")
    return held


def _seal(plain: Path, sealed: Path, settings: Settings) -> str:
    # Returns the ciphertext's hash. With the recovery key at hand what matters is shown: that it opens.
    written = archive.seal_file(plain, sealed, archive.recipient(settings.keys_dir))
    key = archive.identity(settings.keys_dir)
    if archive.sha256_of(sealed) != written:
        raise HeardError("the encrypted backup reads back other than it was written; the disk may be failing")
    if key is not None:
        opened = archive.Digest()
        archive.open_file(sealed, key, opened)
        if opened.hash.hexdigest() != archive.sha256_of(plain):
            raise HeardError("the encrypted backup opens to something else than the dump; the disk may fail")
    return written


def _publish(sealed: Path, path: Path) -> Path:
    # Under its name only once it is whole, verified and on the disk.
    with sealed.open("rb") as file:
        os.fsync(file.fileno())
    sealed.chmod(0o600)
    sealed.rename(path)
    sync_folder(path.parent)
    return path


def _prune(made: Path, keep: int) -> None:
    # The one just made stays though a clock that went wrong dated others later.
    older = [path for path in _backups(made.parent) if path != made]
    for path in older[: max(0, len(older) - keep + 1)]:
        path.unlink(missing_ok=True)


def _backups(folder: Path) -> list[Path]:
    # By day, then by when they were written: two of one day differ in chance alone.
    found = [path for path in folder.iterdir() if NAME.fullmatch(path.name)] if folder.is_dir() else []
    return sorted(found, key=lambda path: (path.name[:16], path.stat().st_mtime_ns))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except HeardError as error:
        raise type(error)(f"no backup was made: {error}; every key stays until one is") from None
    except DBAPIError as error:
        down = f"no backup was made: the database does not answer ({type(error.orig).__name__})"
        raise DatabaseDown(f"{down}; every key stays until one is") from None
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise HeardError(f"no backup was made: {reason}; every key stays until one is") from None
