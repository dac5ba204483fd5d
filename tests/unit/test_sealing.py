"""Sealing: one length for all, for one box only, and only for keys that we signed."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from survey.domain.errors import NotSaved
from survey.privacy.keys import PatientKeys, box_key_file, make_box_key, make_lasting_keys
from survey.privacy.opening import read_box_key, unseal
from survey.privacy.parts import open_part, seal_part
from survey.privacy.sealing import ROOM, check_signature, pad, seal


@pytest.fixture
def public(tmp_path: Path) -> bytes:
    make_lasting_keys(tmp_path)
    return make_box_key(tmp_path, "a")[0]


@pytest.fixture
def pinned(tmp_path: Path) -> Ed25519PublicKey:
    make_lasting_keys(tmp_path)
    return PatientKeys.read(tmp_path).pinned


def test_what_is_sealed_opens_with_the_box_s_key(tmp_path: Path, public: bytes) -> None:
    key = read_box_key(box_key_file(tmp_path, "a"))
    for plain in (b"", b"very good", bytes(ROOM - 4)):
        assert unseal(seal(plain, box="a", public_key=public), box="a", key=key) == plain


def test_all_sealed_rows_have_one_length_and_none_is_like_another(public: bytes) -> None:
    rows = [seal(b"x" * n, box="a", public_key=public) for n in (0, 1, 1000, ROOM - 4, 1, 1)]
    assert len({len(row) for row in rows}) == 1
    assert len(set(rows)) == len(rows)


def test_what_does_not_fit_is_refused(public: bytes) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        seal(bytes(ROOM - 3), box="a", public_key=public)
    assert len(pad(bytes(ROOM - 4))) == ROOM


def test_a_response_moved_to_another_box_stays_shut(tmp_path: Path, public: bytes) -> None:
    sealed = seal(b"very good", box="a", public_key=public)
    with pytest.raises(InvalidTag):
        unseal(sealed, box="b", key=read_box_key(box_key_file(tmp_path, "a")))


def test_another_box_s_key_opens_nothing(tmp_path: Path, public: bytes) -> None:
    make_box_key(tmp_path, "b")
    with pytest.raises(InvalidTag):
        unseal(seal(b"x", box="a", public_key=public), box="a", key=read_box_key(box_key_file(tmp_path, "b")))


@pytest.mark.parametrize("place", [0, 1088, 1120, 2000, -1])
def test_a_changed_byte_is_noticed(tmp_path: Path, public: bytes, place: int) -> None:
    sealed = bytearray(seal(b"very good", box="a", public_key=public))
    sealed[place] ^= 1
    with pytest.raises(InvalidTag):
        unseal(bytes(sealed), box="a", key=read_box_key(box_key_file(tmp_path, "a")))


def test_a_signature_holds_for_its_box_and_key_only(tmp_path: Path, pinned: Ed25519PublicKey) -> None:
    public, signature = make_box_key(tmp_path, "a")
    check_signature(pinned, box="a", public_key=public, signature=signature)
    other, its_signature = make_box_key(tmp_path, "b")
    for box, key, signed in (
        ("b", public, signature),
        ("a", other, signature),
        ("a", public, its_signature),
        ("a", public, b""),
    ):
        with pytest.raises(NotSaved, match="our signature"):
            check_signature(pinned, box=box, public_key=key, signature=signed)


def test_about_you_counts_open_only_in_their_place_and_tell_nothing_by_their_size() -> None:
    key = secrets.token_bytes(32)
    sealed = [seal_part(b"x" * n, key=key, place="2026/27-Q3") for n in (0, 5, 16_000)]
    assert len({len(one) for one in sealed}) == 1
    assert open_part(sealed[1], key=key, place="2026/27-Q3") == b"xxxxx"
    for place, other in (("2026/27-Q4", key), ("2026/27-Q3", secrets.token_bytes(32))):
        with pytest.raises(InvalidTag):
            open_part(sealed[1], key=other, place=place)
    longer = seal_part(bytes(40_000), key=key, place="p")
    assert open_part(longer, key=key, place="p") == bytes(40_000)
