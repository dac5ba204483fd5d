"""Seal and open, on one core, beside the same suite with its keys read and its bytes padded beforehand."""

from __future__ import annotations

import time

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from benchmarks.rounds import Rounds
from benchmarks.sizes import Sizes
from survey.domain.progress import Advance
from survey.domain.response import Response
from survey.privacy.opening import unseal
from survey.privacy.sealing import pad, seal
from survey.privacy.suite import SUITE, box_info

BOX = "0123456789abcdef" * 2
PLAIN = Response(answers={"fft": "very_good"}, comments={"comment": "Kind. " * 50}).encode()


def sealing(sizes: Sizes, advance: Advance) -> tuple[Rounds, Rounds]:
    """Rounds of sealing and of opening."""
    lattice, curve = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
    public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    key, info, many = MLKEM768X25519PrivateKey(lattice, curve), box_info(BOX), range(sizes.sealed)
    prepared, padded = key.public_key(), pad(PLAIN)
    rows = [seal(PLAIN, box=BOX, public_key=public) for _ in many]
    # Processor time: 'a second of one core', though others may be using that core too.
    sealed, opened = (Rounds(sizes.sealed, time.process_time) for _ in range(2))
    for _ in range(sizes.rounds):
        sealed.run(
            lambda: [seal(PLAIN, box=BOX, public_key=public) for _ in many],
            lambda: [SUITE.encrypt(padded, prepared, info=info) for _ in many],
        )
        opened.run(
            lambda: [unseal(row, box=BOX, key=key) for row in rows],
            lambda: [SUITE.decrypt(row, key, info=info) for row in rows],
        )
        advance(1)
    return sealed, opened
