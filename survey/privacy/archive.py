"""Archive: a backup's encryption in the age format, so that the ordinary `age` opens it without Heard.

recovery/age.pub   whom backups are sealed for     recovery/age.key   opens them; may be kept in a safe
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import pyrage
from pyrage.x25519 import Identity, Recipient

from survey.domain.errors import BadInput, HeardError, Misconfigured
from survey.privacy.keyfiles import write_once

PUBLIC, PRIVATE = "recovery/age.pub", "recovery/age.key"
_FAULTS = (pyrage.DecryptError, pyrage.EncryptError, OSError)


class Sink(Protocol):
    """What can be written to."""

    def write(self, data: bytes, /) -> int: ...


class Digest:
    """A place to write to that keeps the SHA-256 alone, and hands on what is written."""

    def __init__(self, onward: Sink | None = None) -> None:
        self.hash = sha256()
        self.onward = onward

    def write(self, data: bytes) -> int:
        """Take in, hand on."""
        self.hash.update(data)
        return len(data) if self.onward is None else self.onward.write(data)

    def flush(self) -> None:
        """Nothing is held back."""


def recipient(keys_dir: Path) -> Recipient:
    """Whom backups are sealed for; the pair is made on first need.

    Misconfigured where the two halves do not belong together: the kept one would open no backup.
    """
    public = keys_dir / PUBLIC
    private = identity(keys_dir)
    if private is None and not public.exists():
        write_once(keys_dir / PRIVATE, f"{Identity.generate()}\n".encode())
        private = identity(keys_dir)
    if private is not None:
        write_once(public, f"{private.to_public()}\n".encode())
    found = _recipient(public)
    if private is not None and str(found) != str(private.to_public()):
        raise Misconfigured(
            f"{keys_dir / PRIVATE} does not open what is sealed for {public}: put back the right one"
        )
    return found


def identity(keys_dir: Path) -> Identity | None:
    """What opens backups, where it was left on this host."""
    file = keys_dir / PRIVATE
    return read_identity(file) if file.exists() else None


def read_identity(file: Path) -> Identity:
    """The recovery key in a file, as Heard or `age-keygen` wrote it."""
    try:
        lines = file.read_text(encoding="ascii").splitlines()
        [found] = [line.strip() for line in lines if line.startswith("AGE-SECRET-KEY-")]
        return Identity.from_str(found)
    except OSError as error:
        raise BadInput(f"the recovery key {file} cannot be read: {error.strerror}") from None
    except (ValueError, pyrage.IdentityError):
        raise BadInput(f"{file} holds no recovery key; its line begins with AGE-SECRET-KEY-") from None


def seal_file(plain: Path, sealed: Path, to: Recipient) -> str:
    """Encrypt a file, part by part; return the SHA-256 of what was written."""
    with _told(f"{plain.name} cannot be encrypted"), plain.open("rb") as source, sealed.open("wb") as target:
        digest = Digest(target)
        pyrage.encrypt_io(source, digest, [to])
    return digest.hash.hexdigest()


def open_file(sealed: Path, key: Identity, into: Sink) -> None:
    """Decrypt a file into `into`, part by part; every part is authenticated before it is written."""
    what = f"{sealed.name} does not open with this recovery key, or it was changed or cut short"
    with _told(what), sealed.open("rb") as source:
        pyrage.decrypt_io(source, into, [key])


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, read anew."""
    digest = Digest()
    with file.open("rb") as source:
        while part := source.read(1 << 20):
            digest.write(part)
    return digest.hash.hexdigest()


def _recipient(file: Path) -> Recipient:
    try:
        return Recipient.from_str(file.read_text(encoding="ascii").strip())
    except (OSError, ValueError, pyrage.RecipientError):
        raise Misconfigured(
            f"{file} names nobody to seal backups for; it is one line that begins with age1"
        ) from None


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except _FAULTS as error:
        # pyrage wraps what a full disk says.
        full = re.search(r"\[Errno \d+\] ([^'\"]+)", str(error))
        raise HeardError(f"{what}: {full[1] if full else error}") from None
