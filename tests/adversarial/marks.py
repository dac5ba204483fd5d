"""Marks: words that stand nowhere but in what a test sends, and each dress in which a log might show them."""

from __future__ import annotations

import base64
import ipaddress
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, quote_plus

Mark = TypeVar("Mark", str, bytes)
SHORTEST = 7  # bytes of a dress: a shorter one might stand somewhere by chance


def dresses(mark: str | bytes) -> set[bytes]:
    """Raw, URL-encoded, escaped, hexadecimal, base64 at any offset; an IPv4 address as a number too."""
    raw = mark if isinstance(mark, bytes) else mark.encode()
    found = {raw, repr(raw)[2:-1].encode(), _octal(raw), raw.hex().encode(), raw.hex().upper().encode()}
    found |= _base64(raw)
    if isinstance(mark, str):
        found |= {quote(mark).encode(), quote(mark).lower().encode(), quote_plus(mark).encode()}
        found |= {json.dumps(mark)[1:-1].encode(), mark.encode("utf-16-le"), mark.encode("latin-1", "ignore")}
        found |= _number(mark)
    return {one for one in found if len(one) >= SHORTEST}


def _octal(raw: bytes) -> bytes:
    # As PostgreSQL escapes bytes where it does not write them in hexadecimal.
    return b"".join(bytes([byte]) if 32 <= byte < 127 else b"\\%03o" % byte for byte in raw)


def _base64(raw: bytes) -> set[bytes]:
    # In the middle of something longer it begins at one of three offsets; what its neighbours decide is cut.
    found = set()
    for before in range(3):
        cut = base64.b64encode(bytes(before) + raw)[(0, 2, 3)[before] : (before + len(raw)) * 8 // 6]
        found |= {cut, cut.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def _number(mark: str) -> set[bytes]:
    try:
        address = ipaddress.IPv4Address(mark)
    except ValueError:
        return set()
    return {str(int(address)).encode(), address.packed.hex().encode()}


@dataclass
class Marks:
    """What was sent, each mark with what it is and where it went."""

    sent: dict[str | bytes, str] = field(default_factory=dict)

    def word(self, what: str) -> str:
        """A fresh word with letters that every encoding changes."""
        return self.note(what, f"Zq{secrets.token_hex(6)} Ærch/é")

    def plain(self, what: str) -> str:
        """A fresh word of letters and digits alone."""
        return self.note(what, f"ZQ{secrets.token_hex(7).upper()}")

    def address(self, what: str, net: str) -> str:
        """A fresh address: `net` is its first octet or octets."""
        octets = net.split(".")
        octets += [str(secrets.randbelow(200) + 20) for _ in range(4 - len(octets))]
        return self.note(what, ".".join(octets))

    def note(self, what: str, mark: Mark) -> Mark:
        self.sent[mark] = what
        return mark

    def seen_in(self, *logs: Path | bytes) -> list[str]:
        """Which marks stand there in any dress, in words; folders are read whole."""
        found = set()
        for name, data in _read(logs):
            for mark, what in self.sent.items():
                found |= {f"{what} in {name}" for dress in dresses(mark) if dress in data}
        return sorted(found)


def _read(logs: tuple[Path | bytes, ...]) -> list[tuple[str, bytes]]:
    found = []
    for log in logs:
        if isinstance(log, bytes):
            found.append(("what it said", log))
            continue
        files = [path for path in log.rglob("*") if path.is_file()] if log.is_dir() else [log]
        found += [(path.name, path.read_bytes()) for path in files]
        found += [(f"the name {path.name}", path.name.encode()) for path in files]
    return found
