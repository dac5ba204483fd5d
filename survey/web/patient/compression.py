"""gzip in pieces: what is the same in every page is compressed once, at level 9, and kept as bytes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"  # gzip, no name, no time of making
_END = b"\x03\0"  # an empty last block


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a page, plain and deflated. Refers to no other piece, so that pieces can be strung together."""

    plain: bytes
    deflated: bytes


def piece(text: str) -> Piece:
    """Compress `text` for use in `gzipped`."""
    plain = text.encode()
    room = zlib.MAX_WBITS if len(plain) > 512 else 9  # a small window is quicker to set up
    deflate = zlib.compressobj(9, zlib.DEFLATED, -room, 9 if room > 9 else 1)
    return Piece(plain, deflate.compress(plain) + deflate.flush(zlib.Z_SYNC_FLUSH))


def gzipped(pieces: Iterable[Piece]) -> bytes:
    """One gzip member holding the pieces in order."""
    check, length, body = 0, 0, [_HEAD]
    for one in pieces:
        check = zlib.crc32(one.plain, check)
        length += len(one.plain)
        body.append(one.deflated)
    return b"".join([*body, _END, struct.pack("<LL", check, length & 0xFFFFFFFF)])
