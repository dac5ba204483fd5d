"""The search for marks finds them in every dress: one that finds nothing would let every log pass."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adversarial.marks import Marks

WORD, HASH, ADDRESS = "Zq86097177002d Ærch/é", bytes(range(120, 152)), "127.47.58.99"


@pytest.mark.parametrize(
    "log",
    [
        WORD.encode(),
        quote(WORD).encode(),
        quote(WORD).lower().encode(),
        quote_plus(WORD).encode(),
        json.dumps({"comment": WORD}).encode(),
        repr(WORD.encode()).encode(),
        WORD.encode().hex().encode(),
        WORD.encode().hex().upper().encode(),
        WORD.encode("utf-16-le"),
    ],
)
def test_a_word_is_found_as_any_log_writes_it(log: bytes) -> None:
    assert Marks({WORD: "word"}).seen_in(b"2026-11-22 [error] <" + log + b">") == ["word in what it said"]


@pytest.mark.parametrize("log", [f"'\\x{HASH.hex()}'".encode(), repr(HASH).encode(), base64.b64encode(HASH)])
def test_a_hash_is_found_as_a_database_writes_it(log: bytes) -> None:
    assert Marks({HASH: "hash"}).seen_in(b"DETAIL: Key (hash)=(" + log + b")") == ["hash in what it said"]


@pytest.mark.parametrize("log", [b"client: 127.47.58.99,", b"0x7f2f3a63", b"2133801571"])
def test_an_address_is_found_as_text_and_as_a_number(log: bytes) -> None:
    assert Marks({ADDRESS: "address"}).seen_in(log) == ["address in what it said"]


@given(before=st.binary(max_size=9), after=st.binary(max_size=9))
def test_a_word_is_found_in_the_base64_of_whatever_it_lies_in(before: bytes, after: bytes) -> None:
    whole = before + WORD.encode() + after
    for encoded in (base64.b64encode(whole), base64.urlsafe_b64encode(whole)):
        assert Marks({WORD: "word"}).seen_in(encoded)


def test_what_was_not_sent_is_not_found_and_a_files_name_is_read_as_well(tmp_path: Path) -> None:
    marks = Marks({WORD: "word", "ZQ2A38E85963": "code"})
    (tmp_path / "log").write_bytes(b"nothing of it")
    assert marks.seen_in(tmp_path) == []
    (tmp_path / "core.ZQ2A38E85963").touch()
    assert marks.seen_in(tmp_path) == ["code in the name core.ZQ2A38E85963"]
