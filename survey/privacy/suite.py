"""The one suite that seals and opens: hybrid HPKE (RFC 9180), ML-KEM-768 with X25519.

Public keys and sealed rows live on in old write-ahead logs and backups; the hybrid keeps them shut
against a later quantum computer too.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
MLKEM_PUBLIC = 1184  # bytes of an ML-KEM-768 public key; the X25519 part's 32 follow


def box_info(box: str) -> bytes:
    """HPKE's `info`: a row moved to another box stays shut."""
    return b"heard box 1\0" + box.encode()


def signed_part(box: str, public_key: bytes) -> bytes:
    """What the signature of a box's public key is over."""
    return b"heard box key 1\0" + box.encode() + b"\0" + public_key
