"""Tickets and form nonces: the secrets in links, and the keyed hashes that are all Heard keeps of them."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from dataclasses import dataclass
from hashlib import sha256

from survey.domain.calendar import Week

_TICKET = re.compile(r"[a-z2-7]{26}")  # 128 bits in base32: read aloud, typed, never mistaken for a word


def new_ticket() -> str:
    """128 random bits, 26 characters."""
    return _base32(secrets.token_bytes(16))


def is_ticket(text: str) -> bool:
    """Whether `text` has a ticket's form; says nothing of whether it is known."""
    return _TICKET.fullmatch(text) is not None


def ticket_hash(pepper: bytes, ticket: str) -> bytes:
    """All that is stored of an unspent ticket: without the pepper a stolen table matches no link."""
    return _mac(pepper, b"ticket", ticket)


def row_id(server_key: bytes, secret: str) -> bytes:
    """The id of the sealed row that `secret` (ticket or form nonce) may make: a replay meets itself."""
    return _mac(server_key, b"row", secret)


@dataclass(frozen=True, slots=True)
class Form:
    """What a form without a ticket carries, signed by us: a nonce, when it was shown and which version."""

    nonce: str
    week: Week
    questionnaire: str


def new_form_token(server_key: bytes, service: str, questionnaire: str, *, week: Week) -> str:
    """A signed nonce for a form without a ticket; it carries its week and the version that was shown."""
    parts = (_base32(secrets.token_bytes(16)), str(week), questionnaire)
    return ".".join((*parts, _signature(server_key, service, *parts)))


def read_form_token(server_key: bytes, service: str, token: str) -> Form | None:
    """What we signed for `service`; None for any other token."""
    *parts, signature = token.split(".")
    genuine = hmac.compare_digest(
        _signature(server_key, service, *parts).encode(), signature.encode("utf-8", "replace")
    )
    if not genuine or len(parts) != 3:  # fewer, and a service's name with a line break, would sign alike
        return None
    return Form(parts[0], Week.parse(parts[1]), parts[2])


def lot(server_key: bytes, token: str) -> int:
    """A number drawn for a form, the same each time: whoever sends a form again draws no other."""
    return int.from_bytes(_mac(server_key, b"lot", token)[:8], "big")


def entry_signature(server_key: bytes, token: str, entry: str) -> str:
    """Signs a first entry that travels in the page of its form."""
    return _mac(server_key, b"entry", f"{token}\n{entry}").hex()


def is_entry(server_key: bytes, token: str, entry: str, signature: str) -> bool:
    """Whether we signed this entry for this form."""
    genuine = entry_signature(server_key, token, entry)
    return hmac.compare_digest(genuine.encode(), signature.encode("utf-8", "replace"))


def _signature(server_key: bytes, *parts: str) -> str:
    return _mac(server_key, b"form", "\n".join(parts)).hex()


def _mac(key: bytes, purpose: bytes, text: str) -> bytes:
    return hmac.new(key, purpose + b"\0" + text.encode("utf-8", "replace"), sha256).digest()


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()
