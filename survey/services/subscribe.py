"""Subscribe: who receives the weekly e-mail of a service or of all services under an organisation."""

from __future__ import annotations

from email.errors import HeaderParseError
from email.headerregistry import Address

from sqlalchemy import Engine

from survey.delivery import outbox
from survey.domain.errors import BadInput, NotFound
from survey.storage import directory, subscriptions
from survey.storage.database import transaction


def subscribe(engine: Engine, address: str, node: str) -> tuple[str, bool]:
    """Subscribe `address` to `node`; its name, and False where it was subscribed already."""
    found = mailbox(address)
    with transaction(engine) as session:
        name = directory.name_of(session, node)
        return name, subscriptions.subscribe(session, found, node)


def unsubscribe(engine: Engine, address: str, node: str | None = None) -> int:
    """End the subscriptions of `address`, or the one to `node`; say how many. NotFound where there was none.

    With the last of them what still waits for the address is taken back too.
    """
    found = mailbox(address)
    with transaction(engine) as session:
        gone = subscriptions.unsubscribe(session, found, node)
        if not gone:
            raise NotFound(f"{found} is not subscribed{f' to {node!r}' if node else ''}")
        if not subscriptions.has_any(session, found):
            outbox.withdraw(session, found)
    return gone


def mailbox(text: str) -> str:
    """An address as it is kept, in small letters; BadInput where mail could not be sent to it."""
    plain = text.strip().lower()
    try:
        one = Address(addr_spec=plain)
    except (HeaderParseError, ValueError, IndexError):
        one = Address()
    if not (one.username and one.domain and plain.isascii() and plain.isprintable() and " " not in plain):
        raise BadInput(f"{text!r} is no e-mail address; one looks like anna.lee@trust.nhs.uk")
    return plain
