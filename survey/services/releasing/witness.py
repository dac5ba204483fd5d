"""Witness: the audit chain tells where the ledger ends, so that neither of them is rewritten alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from survey.domain.calendar import Week, today
from survey.domain.progress import Advance, silent
from survey.storage import audit, ledger

ACT = "figures released"
NUMBER, HASH = "ledger entry", "ledger hash"


def newest(session: Session) -> Mapping[str, Any]:
    """Where the ledger ends, as an audit entry says it."""
    number, hashed = ledger.newest(session)
    return {NUMBER: number, HASH: hashed.hex()}


def record(session: Session, run: Week, *, figures: int, who: str) -> None:
    """Say in the audit chain where the ledger ends, after `figures` were appended in this transaction."""
    if figures:
        about = {"week": str(run), "figures": figures, **newest(session)}
        audit.append(session, day=today(), who=who, act=ACT, about=about)


def problems(session: Session, advance: Advance = silent) -> list[str]:
    """All that is wrong with the ledger: its chain, and what the audit chain says of it."""
    found = []
    if (first := ledger.broken(session, advance)) is not None:
        found.append(f"entry {first} of the ledger was changed, or one before it is missing or was put in")
    for entry in audit.entries(session):
        if NUMBER not in entry.about:
            continue
        number, hashed = entry.about[NUMBER], ledger.hash_of(session, entry.about[NUMBER])
        if hashed is None:
            found.append(
                f"entry {number} of the ledger, recorded on {entry.day}, is missing: it was cut short"
            )
        elif hashed.hex() != entry.about.get(HASH):
            found.append(f"entry {number} of the ledger is not the one that was recorded on {entry.day}")
    return found
