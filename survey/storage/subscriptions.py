"""Who receives the weekly e-mail, and of which service or organisation."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.storage.tables import SubscriptionRow


@dataclass(frozen=True, slots=True)
class Subscription:
    """One address and the service or organisation it hears of; `id` says nothing of either."""

    id: str
    address: str
    node: str


def everyone(session: Session) -> list[Subscription]:
    """All subscriptions, by node and address."""
    rows = session.scalars(select(SubscriptionRow).order_by(SubscriptionRow.node, SubscriptionRow.address))
    return [Subscription(row.id, row.address, row.node) for row in rows]


def subscribe(session: Session, address: str, node: str) -> bool:
    """Subscribe an address; False where it was subscribed already."""
    same = (SubscriptionRow.address == address, SubscriptionRow.node == node)
    if session.scalar(select(SubscriptionRow.id).where(*same)) is not None:
        return False
    session.add(SubscriptionRow(id=secrets.token_hex(8), address=address, node=node))
    session.flush()
    return True


def unsubscribe(session: Session, address: str, node: str | None = None) -> int:
    """End an address's subscriptions, or the one of `node`; say how many there were."""
    gone = delete(SubscriptionRow).where(SubscriptionRow.address == address)
    if node is not None:
        gone = gone.where(SubscriptionRow.node == node)
    return len(session.execute(gone.returning(SubscriptionRow.id)).all())


def has_any(session: Session, address: str) -> bool:
    """Whether an address is subscribed to anything."""
    return session.scalar(select(SubscriptionRow.id).where(SubscriptionRow.address == address)) is not None
