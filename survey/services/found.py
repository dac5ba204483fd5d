"""Found: what a tally saw in the boxes of a pool, and what becomes of those that it leaves shut."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from survey.domain.calendar import Span, today
from survey.domain.response import Response
from survey.services.pools import Pool
from survey.storage import boxes, decisions, withheld


@dataclass
class Found:
    """What the boxes of a pool hold, by their ids; and why some stay shut.

    `trouble` is of the house and will pass; `evidence` is of somebody's hand: (service, what) and the boxes
    concerned.
    """

    opened: dict[str, list[Response]] = field(default_factory=dict)
    trouble: dict[str, str] = field(default_factory=dict)
    evidence: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    rows: list[bytes] = field(default_factory=list)  # ids of all that were opened
    smaller: dict[str, list[bytes]] = field(default_factory=dict)  # accepted boxes: rows that do not open

    @property
    def responses(self) -> list[Response]:
        return [one for responses in self.opened.values() for one in responses]

    @property
    def says(self) -> list[str]:
        """Why boxes stay shut, in words."""
        evidence = [
            f"{service}: {what}; in quarantine until two people have decided"
            for service, what in self.evidence
        ]
        return [*dict.fromkeys(self.trouble.values()), *evidence]


def differs(balance: boxes.Balance) -> str:
    """How a service's numbers do not add up, in words."""
    passed = f", {balance.accepted} more were let pass" if balance.accepted else ""
    return f"{balance.stored} ticketed responses stored for {balance.spent} tickets spent{passed}"


def set_aside(session: Session, found: Found) -> set[str]:
    """Leave shut what is in trouble, put into quarantine what there is evidence against; return which."""
    ended = set(found.trouble)
    for (service, what), ids in found.evidence.items():
        ended |= set(decisions.quarantine(session, ids, service=service, why=what, day=today(), who="tally"))
    return ended


def leave_out(session: Session, pool: Pool, found: Found) -> None:
    """Delete the rows of accepted boxes that do not open, and tell how many they were."""
    for box in pool:
        broken = found.smaller.get(box.id)
        if broken:
            boxes.drop_rows(session, broken)
            withheld.add(session, service=box.service, span=Span.of(box.week), n=len(broken))
            if box.ticketed:
                boxes.note_counted(session, box.service, len(broken))
