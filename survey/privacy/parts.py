"""Seal about-you counts until their quarter has ended; symmetric, for the tally both seals and opens."""

from __future__ import annotations

import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ROOM = 16_384  # bytes; a multiple of it, so that a part's size says nothing of how varied its people are
_NONCE = 12


def seal_part(plain: bytes, *, key: bytes, place: str) -> bytes:
    """Pad and seal `plain`; `place` (quarter, ICB, pathway) is bound to it."""
    whole = len(plain).to_bytes(4, "big") + plain
    padded = whole.ljust(-(-len(whole) // ROOM) * ROOM, b"\0")
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, padded, _bound(place))


def open_part(sealed: bytes, *, key: bytes, place: str) -> bytes:
    """What was sealed; InvalidTag where place or key are others, or it was changed since."""
    padded = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(place))
    return padded[4 : 4 + int.from_bytes(padded[:4], "big")]


def _bound(place: str) -> bytes:
    return b"heard about-you 1\0" + place.encode()
