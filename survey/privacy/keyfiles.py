"""Secrets in files: written whole or not at all, readable by their owner alone, overwritten when they go."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from survey.domain.errors import Misconfigured


def write_once(path: Path, data: bytes) -> bool:
    """Write `data` where nothing is yet, on the disk when this returns; whether it was written.

    Written beside and linked into place: a crash leaves no half a key, a second process no other one.
    """
    if path.exists():
        return False
    beside = _write_beside(path, data)
    try:
        os.link(beside, path)
    except FileExistsError:
        return False
    finally:
        beside.unlink()
        _sync_folder(path.parent)
    return True


def replace(path: Path, data: bytes) -> None:
    """Write `data` in place of what is there, whole or not at all."""
    _write_beside(path, data).replace(path)
    _sync_folder(path.parent)


def destroy(path: Path) -> None:
    """Overwrite and delete; quiet where it is gone, for another process may destroy it at the same time.

    Overwriting helps where the file system writes in place; elsewhere keep the keys in memory (tmpfs).
    """
    with suppress(FileNotFoundError):
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(path.stat().st_size))
            os.fsync(file.fileno())
        path.unlink()
        _sync_folder(path.parent)


def names(folder: Path) -> list[str]:
    """The files in a folder, without those that are being written."""
    if not folder.is_dir():
        return []
    return [path.name for path in folder.iterdir() if not path.name.startswith(".")]


def secret(path: Path) -> bytes:
    """A key of 32 bytes; Misconfigured where it is missing, cut short or readable by others."""
    data = sized(path)
    if path.stat().st_mode & 0o077:
        raise Misconfigured(f"others may read the key {path.name}; run `chmod 600 {path}`")
    return data


def sized(path: Path) -> bytes:
    """The 32 bytes of a file that need not be secret."""
    data = _read(path)
    if len(data) != 32:
        raise Misconfigured(
            f"the key {path.name} has {len(data)} bytes instead of 32; restore it from its copy"
        )
    return data


def may_look(folder: Path) -> bool:
    """Whether this process may look into a folder, or there is none: `patient/` may be another user's."""
    try:
        folder.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return os.access(folder, os.R_OK | os.X_OK, effective_ids=True)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misconfigured(
            f"the key {path} cannot be read ({error.strerror}); `heard keys new` makes the keys of a new "
            "installation and restores those that a second copy holds, or set HEARD_KEYS_DIR to their folder"
        ) from None


def _write_beside(path: Path, data: bytes) -> Path:
    _make_folder(path.parent)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return beside


def _make_folder(folder: Path) -> None:
    # Not mkdir(parents=True): that makes parents for all to read, and forgets to write them to the disk.
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
