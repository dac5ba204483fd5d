"""Traces: whether a stream of bytes holds a private key, in any of the spellings that files know."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from survey.privacy.archive import PRIVATE
from survey.privacy.keys import SECRETS, SIGNING

PART = 32  # bytes; a page of a database may cut a key in two, but not every part of it
_FIRST = 8  # bytes of a spelling that are looked up at every place …
_SURE = 32  # … and as many as leave no chance that it is anything else
# Nothing else in the folders is looked for: a head of the audit chain lies in the database too, and may.
_SECRET = {Path(name).name for name in (SIGNING, PRIVATE, *SECRETS)}
_SECRETS_IN = {"boxes", "quarters"}
_BITS = 24
_MIX = np.uint64(0x9E37_79B9_7F4A_7C15)  # Knuth's: spreads hex and base64 over the whole of the table


class Traces:
    """Feed it bytes; `found` names the keys of which a part was seen."""

    def __init__(self, keys: Iterable[tuple[str, bytes]]) -> None:
        self._names = {
            spelling[:_SURE]: name
            for name, key in keys
            for start in range(0, len(key) - PART + 1, PART)
            for spelling in _spellings(key[start : start + PART])
        }
        beginnings = b"".join({spelling[:_FIRST] for spelling in self._names})
        self._known = np.sort(np.frombuffer(beginnings, dtype="<u8"))
        self._table = np.zeros(1 << _BITS, dtype=bool)
        self._table[_place(self._known)] = True
        self._tail = b""
        self.found: set[str] = set()

    def feed(self, data: bytes) -> None:
        """Look through the next bytes; one key may lie across two calls."""
        looked = self._tail + data
        for at in self._candidates(looked):
            name = self._names.get(looked[at : at + _SURE])
            if name is not None:
                self.found.add(name)
        self._tail = looked[-_SURE:]

    def _candidates(self, looked: bytes) -> Iterator[int]:
        # All places at once, eight ways to read the bytes as numbers: a gigabyte takes seconds, however
        # many keys there are.
        places = max(0, len(looked) - _FIRST + 1) if self._names else 0
        for offset in range(min(_FIRST, places)):
            number = (len(looked) - offset) // _FIRST
            windows = np.frombuffer(looked, dtype="<u8", count=number, offset=offset)
            likely = np.flatnonzero(self._table[_place(windows)])
            at = np.searchsorted(self._known, windows[likely])
            for one in likely[self._known.take(at, mode="clip") == windows[likely]]:
                yield offset + int(one) * _FIRST


def kept_keys(*folders: Path | None) -> list[tuple[str, bytes]]:
    """Every private key that this process may read in the keys' folders, and its name."""
    found = set()
    for folder in folders:
        for base, _, names in os.walk(folder) if folder is not None else ():
            for file in (Path(base, name) for name in names):
                if _is_secret(file):
                    found |= _read(file, file.relative_to(folder or base).as_posix())
    return sorted(found)


def _is_secret(file: Path) -> bool:
    # Half-written ones too: `.pepper.0a1b2c3d` holds what `pepper` does.
    whole = file.name.removeprefix(".").rpartition(".")[0] if file.name.startswith(".") else file.name
    return file.parent.name in _SECRETS_IN or whole in _SECRET


def _read(file: Path, name: str) -> set[tuple[str, bytes]]:
    # `patient/` may be another user's; a key may be destroyed meanwhile, and then is nobody's.
    try:
        data = file.read_bytes()
    except OSError:
        return set()
    # Every recovery key begins with the same words, which may stand in any letter.
    return {(name, data.strip()[-PART:] if name == PRIVATE else data)}


def _spellings(part: bytes) -> Iterator[bytes]:
    yield part
    for text in _texts(part):
        yield text
        yield text.hex().encode()  # as pg_dump writes a text that somebody put where bytes belong


def _texts(part: bytes) -> Iterator[bytes]:
    yield part.hex().encode()
    yield part.hex().upper().encode()
    for start in range(3):  # where in base64's groups of three it may begin, if it lies in something longer
        whole = part[start : start + (len(part) - start) // 3 * 3]
        yield base64.b64encode(whole)
        yield base64.urlsafe_b64encode(whole)


def _place(windows: np.ndarray) -> np.ndarray:
    return (windows * _MIX) >> np.uint64(64 - _BITS)
