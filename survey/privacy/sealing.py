"""Seal a response for its box: one length for all, and only for a public key that we signed."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey

from survey.domain.errors import NotSaved
from survey.privacy.suite import MLKEM_PUBLIC, SUITE, box_info, signed_part

ROOM = 5120  # bytes before sealing; one length for all, so that a row's size says nothing
LONGEST = ROOM - 4  # bytes of a response


def seal(plain: bytes, *, box: str, public_key: bytes) -> bytes:
    """Pad `plain` to ROOM and seal it for `box`; ValueError where it is longer than the room."""
    return SUITE.encrypt(pad(plain), _hybrid(public_key), info=box_info(box))


def pad(plain: bytes) -> bytes:
    """Four bytes of length, the response, zeros to ROOM."""
    if len(plain) > LONGEST:
        raise ValueError(f"a response of {len(plain)} bytes does not fit in {LONGEST}")
    return len(plain).to_bytes(4, "big") + plain.ljust(LONGEST, b"\0")


def check_signature(pinned: Ed25519PublicKey, *, box: str, public_key: bytes, signature: bytes) -> None:
    """NotSaved unless the pinned key signed this box's public key: somebody has swapped it."""
    try:
        pinned.verify(signature, signed_part(box, public_key))
    except InvalidSignature:
        raise NotSaved(
            "a box's public key does not bear our signature; nothing is sealed for it. Tell the administrator"
        ) from None


def _hybrid(public_key: bytes) -> MLKEM768X25519PublicKey:
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(public_key[:MLKEM_PUBLIC]),
        X25519PublicKey.from_public_bytes(public_key[MLKEM_PUBLIC:]),
    )
