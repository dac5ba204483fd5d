"""Workroom: a locked folder among the backups, for its owner alone, where a plain dump lies meanwhile."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from survey.domain.errors import Misconfigured, Refused

ROOM, LOCK = ".making", ".lock"


@contextmanager
def workroom(backups: Path) -> Iterator[Path]:
    """An empty folder for one process at a time; whatever is in it is overwritten and deleted afterwards.

    What a killed process left behind goes first. Refused while another is at work there.
    """
    room = backups / ROOM
    with _locked(backups):
        clear(room)
        room.mkdir(mode=0o700)
        try:
            yield room
        finally:
            clear(room)


def clear(room: Path) -> None:
    """Overwrite and delete all that lies in a folder, and the folder."""
    for path in sorted(room.rglob("*"), reverse=True) if room.is_dir() else ():
        path.rmdir() if path.is_dir() and not path.is_symlink() else discard(path)
    with suppress(FileNotFoundError):
        room.rmdir()


def discard(file: Path) -> None:
    """Overwrite a file and delete it; its blocks say nothing where the file system writes in place."""
    if not file.is_symlink():
        with suppress(OSError), file.open("r+b") as opened:  # a full disk must not keep it
            left = file.stat().st_size
            while left > 0:
                left -= opened.write(bytes(min(left, 1 << 20)))
            opened.flush()
            os.fsync(opened.fileno())
    file.unlink()


def sync_folder(folder: Path) -> None:
    """See that the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(backups: Path) -> Iterator[None]:
    try:
        backups.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(backups / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Misconfigured(
            f"backups cannot be written to {backups} ({error.strerror}); set HEARD_BACKUP_DIR to a folder of"
            " the clock's user"
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # gone with the process, however it ends
        yield
    except BlockingIOError:
        raise Refused(f"another backup or drill is at work in {backups}; wait until it has ended") from None
    finally:
        os.close(descriptor)
