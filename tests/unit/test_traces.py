"""The search for private keys: found in every spelling and wherever it is cut, and nowhere else."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from survey.privacy import archive
from survey.privacy.keys import make_lasting_keys, quarter_key
from survey.privacy.traces import Traces, kept_keys

KEY = bytes(range(7, 103))
SPELT: dict[str, Callable[[bytes], bytes]] = {
    "raw": bytes,
    "hex": lambda key: key.hex().encode(),
    "upper hex": lambda key: key.hex().upper().encode(),
    "base64": base64.b64encode,
    "base64, one in": lambda key: base64.b64encode(b"." + key),
    "base64, two in": lambda key: base64.b64encode(b".." + key),
    "base64 as pg_dump shows bytes": lambda key: base64.b64encode(key).hex().encode(),
    "cut in two by a page": lambda key: key[:40] + bytes(50) + key[40:],
    "its last third alone": lambda key: key[64:],
}


@pytest.mark.parametrize("spelling", SPELT)
@pytest.mark.parametrize("at_once", [1, 7, 33, 4096])
def test_a_key_is_found_however_it_is_spelt_and_cut(spelling: str, at_once: int):
    looked = Traces([("mine", KEY), ("other", os.urandom(96))])
    text = os.urandom(333) + SPELT[spelling](KEY) + os.urandom(20)
    for start in range(0, len(text), at_once):
        looked.feed(text[start : start + at_once])
    assert looked.found == {"mine"}


def test_nothing_is_found_where_nothing_is():
    looked = Traces([(str(n), os.urandom(96)) for n in range(200)])
    for filler in (os.urandom(1 << 18), bytes(1 << 18), os.urandom(1 << 17).hex().encode(), b""):
        looked.feed(filler)
    assert looked.found == set()


def test_without_keys_it_looks_for_nothing():
    looked = Traces([])
    looked.feed(os.urandom(1000))
    assert looked.found == set()


def test_every_private_key_of_both_folders_is_looked_for_and_no_public_one(tmp_path: Path):
    archive.recipient(tmp_path)
    for name in ("clock/boxes/a", "clock/signing.key", "copy/clock/boxes/a", "copy/clock/boxes/b"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode() * 10)
    # Both lie in the database, and may; a killed process left the third.
    for name in ("patient/signing.pub", "clock/audit.head", "clock/.audit.head.0a1b2c3d"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(os.urandom(96))
    found = [name for name, _ in kept_keys(tmp_path / "copy", None, tmp_path)]
    assert "recovery/age.key" in found
    assert {"clock/boxes/a", "clock/boxes/b", "clock/signing.key"} <= set(found)
    assert found.count("clock/boxes/a") == 2
    assert not any(".pub" in name or ".head" in name for name in found)


def test_every_lasting_secret_and_quarter_key_is_looked_for_and_a_half_written_one(tmp_path: Path):
    make_lasting_keys(tmp_path)
    quarter_key(tmp_path, "2026/27-Q3")
    (tmp_path / "clock/.pepper.0a1b2c3d").write_bytes(os.urandom(32))
    assert {name for name, _ in kept_keys(tmp_path)} == {
        "clock/.pepper.0a1b2c3d",
        "clock/import.key",
        "clock/pepper",
        "clock/quarters/2026_27-Q3",
        "clock/signing.key",
        "patient/pepper",
        "patient/server.key",
    }


def test_the_words_that_every_recovery_key_begins_with_are_no_key(tmp_path: Path):
    archive.recipient(tmp_path)
    looked = Traces(kept_keys(tmp_path))
    looked.feed(b"a comment that says AGE-SECRET-KEY-1 and no more")
    assert looked.found == set()
    looked.feed((tmp_path / archive.PRIVATE).read_bytes())
    assert looked.found == {archive.PRIVATE}
