"""Seal what waits for others: about-you counts, comments. Symmetric, for the tally both seals and opens."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Literal

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Kind = Literal["about-you", "comments"]
# Bytes; padded to a multiple, so that a part's size says nothing of how varied its people are, nor how much
# they wrote.
ROOM: Mapping[Kind, int] = {"about-you": 16_384, "comments": 65_536}
_NONCE = 12


def seal_part(plain: bytes, *, key: bytes, place: str, kind: Kind = "about-you") -> bytes:
    """Pad and seal `plain`; `kind` and `place` (quarter, pathway …) are bound to it."""
    whole = len(plain).to_bytes(4, "big") + plain
    padded = whole.ljust(-(-len(whole) // ROOM[kind]) * ROOM[kind], b"\0")
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, padded, _bound(kind, place))


def open_part(sealed: bytes, *, key: bytes, place: str, kind: Kind = "about-you") -> bytes:
    """What was sealed; InvalidTag where key, kind or place are others, or it was changed since."""
    padded = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(kind, place))
    return padded[4 : 4 + int.from_bytes(padded[:4], "big")]


def _bound(kind: Kind, place: str) -> bytes:
    return f"heard {kind} 1\0{place}".encode()
