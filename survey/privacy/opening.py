"""Open a box's sealed rows. Imported by the tally alone: nothing else can read a sealed response."""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from survey.domain.errors import Misconfigured
from survey.privacy.suite import SUITE, box_info

SEED = 64  # bytes of ML-KEM's seed; the X25519 key's 32 follow


def read_box_key(path: Path) -> MLKEM768X25519PrivateKey:
    """The private key of a box, from its file; Misconfigured where missing, cut short or open to others."""
    try:
        raw = path.read_bytes()
        mode = path.stat().st_mode
    except OSError as error:
        raise Misconfigured(
            f"the key of a box cannot be read ({error.strerror}); its responses stay sealed"
        ) from None
    if mode & 0o077:
        raise Misconfigured(
            f"others may read the key of a box; its responses stay sealed: run `chmod 600 {path}`"
        )
    if len(raw) != SEED + 32:
        raise Misconfigured(
            "the key of a box is cut short; its responses stay sealed: restore the second copy"
        )
    return MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(raw[:SEED]), X25519PrivateKey.from_private_bytes(raw[SEED:])
    )


def unseal(sealed: bytes, *, box: str, key: MLKEM768X25519PrivateKey) -> bytes:
    """What was sealed; InvalidTag where it was sealed for another box or changed since."""
    padded = SUITE.decrypt(sealed, key, info=box_info(box))
    size = int.from_bytes(padded[:4], "big")
    if size > len(padded) - 4:
        raise InvalidTag
    return padded[4 : 4 + size]
