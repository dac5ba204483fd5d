"""Tickets and form nonces: the secrets in links, and the keyed hashes that are all Heard keeps of them."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from hashlib import sha256

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


def new_form_token(server_key: bytes, service: str, questionnaire: str) -> str:
    """A signed nonce for a form without a ticket; it carries the version that was shown."""
    nonce = _base32(secrets.token_bytes(16))
    return f"{nonce}.{questionnaire}.{_signature(server_key, nonce, service, questionnaire)}"


def read_form_token(server_key: bytes, service: str, token: str) -> tuple[str, str] | None:
    """(nonce, questionnaire) of a token that we signed for `service`; None for any other."""
    nonce, _, rest = token.partition(".")
    questionnaire, _, signature = rest.rpartition(".")
    ours = _signature(server_key, nonce, service, questionnaire)
    genuine = hmac.compare_digest(ours.encode(), signature.encode("utf-8", "replace"))
    return (nonce, questionnaire) if genuine else None


def _signature(server_key: bytes, *parts: str) -> str:
    return _mac(server_key, b"form", "\n".join(parts)).hex()


def _mac(key: bytes, purpose: bytes, text: str) -> bytes:
    return hmac.new(key, purpose + b"\0" + text.encode("utf-8", "replace"), sha256).digest()


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()
