"""Tickets and forms: only what was made here opens anything."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.calendar import Week
from survey.privacy.tickets import (
    Form,
    is_ticket,
    new_form_token,
    new_ticket,
    read_form_token,
    row_id,
    ticket_hash,
)

KEY = secrets.token_bytes(32)
WEEK = Week(2026, 45)
TOKEN = new_form_token(KEY, "BUS1", "bus/v1", week=WEEK)


def test_a_ticket_has_26_characters_that_can_be_read_aloud() -> None:
    ticket = new_ticket()
    assert is_ticket(ticket)
    assert len(ticket) == 26
    assert not set(ticket) & set("018il9") - set("il")


@pytest.mark.parametrize(
    "text", ["", "a" * 25, "a" * 27, "A" * 26, "a" * 25 + "1", "a" * 26 + "\n", "ä" * 26]
)
def test_what_has_not_a_ticket_s_form_is_none(text: str) -> None:
    assert not is_ticket(text)


def test_hashes_need_their_key_and_say_nothing_of_each_other() -> None:
    ticket, other = new_ticket(), secrets.token_bytes(32)
    assert ticket_hash(KEY, ticket) == ticket_hash(KEY, ticket)
    assert len({ticket_hash(KEY, ticket), ticket_hash(other, ticket), row_id(KEY, ticket)}) == 3
    assert len(ticket_hash(KEY, ticket)) == len(row_id(KEY, ticket)) == 32


def test_a_form_reads_back_what_was_signed() -> None:
    form = read_form_token(KEY, "BUS1", TOKEN)
    assert form == Form(TOKEN.split(".")[0], WEEK, "bus/v1")


def test_a_form_of_another_service_or_installation_is_none() -> None:
    assert read_form_token(KEY, "BUS2", TOKEN) is None
    assert read_form_token(secrets.token_bytes(32), "BUS1", TOKEN) is None


@given(st.text(max_size=120))
def test_no_text_is_taken_for_a_form(text: str) -> None:
    assert read_form_token(KEY, "BUS1", text) is None


@given(st.integers(0, len(TOKEN) - 1), st.characters())
def test_a_form_changed_anywhere_is_none(place: int, other: str) -> None:
    changed = TOKEN[:place] + other + TOKEN[place + 1 :]
    assert changed == TOKEN or read_form_token(KEY, "BUS1", changed) is None


def test_parts_cannot_be_shifted_from_one_to_the_next() -> None:
    # 'BUS1' + nonce and 'BUS' + '1' + nonce must not be signed alike.
    nonce, *rest = TOKEN.split(".")
    assert read_form_token(KEY, "BUS", ".".join(("1" + nonce, *rest))) is None
    assert read_form_token(KEY, f"BUS1\n{nonce}", ".".join(rest)) is None
