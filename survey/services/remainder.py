"""Remainder: what services had too little of for too long is counted together, under their provider or area.

It bears a service of its own, so that no figure of another node holds any of it and nothing can be
subtracted; and nothing that is written says which of its services a response came from.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import count

from sqlalchemy.orm import Session

from survey.domain.counts import SMALLEST
from survey.domain.organisation import Service
from survey.services.pools import Held, Pool, sure
from survey.storage import directory
from survey.storage.hatch import Waiting


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a service stands in the tree of organisations."""

    provider: str
    place: str
    icb: str
    pathway: str


@dataclass(frozen=True, slots=True)
class Union:
    """Boxes of several services that are counted together, and the organisation and place they share."""

    organisation: str
    place: str
    pathway: str
    boxes: Sequence[Waiting]


# From the nearest to the widest: (organisation, place) of the remainder. A provider's lie in one ICB.
LEVELS: tuple[Callable[[Whereabouts], tuple[str, str]], ...] = (
    lambda where: (where.provider, where.icb),
    lambda where: (where.place, where.place),
    lambda where: (where.icb, where.icb),
)


def whereabouts(session: Session) -> dict[str, Whereabouts]:
    """Where each service stands, by its code."""
    parents = {one.code: one.parent for one in directory.organisations(session)}

    def top(code: str) -> str:
        while (parent := parents[code]) is not None:
            code = parent
        return code

    return {
        one.code: Whereabouts(top(one.organisation), one.place, top(one.place), one.pathway)
        for one in directory.services(session)
    }


def next_union(pools: Iterable[Pool], *, held: Held, where: Mapping[str, Whereabouts]) -> Union | None:
    """Those pools, of one version and kind, that hold ten at the nearest level; None where none do."""
    pools = list(pools)
    for level in LEVELS:
        found: dict[tuple[str, ...], list[Waiting]] = defaultdict(list)
        for pool in pools:
            at = where[pool[0].service]
            kind = (at.pathway, pool[0].questionnaire, "ticket" if pool[0].ticketed else "poster")
            found[(*level(at), *kind)] += pool
        for (organisation, place, pathway, *_), boxes in sorted(found.items()):
            if sure(boxes, held) >= SMALLEST:
                return Union(organisation, place, pathway, boxes)
    return None


def service_of(session: Session, union: Union) -> Service:
    """The service that a union is counted under; made where it is the first, in the caller's transaction."""
    known = directory.services(session)
    for one in known:
        if one.remainder and _of(one) == _of(union):
            return one
    taken = {one.code for one in known} | {one.code for one in directory.organisations(session)}
    made = Service(
        code=next(code for code in _codes(union) if code not in taken),
        name=f"Small services of {directory.name_of(session, union.organisation)} together",
        pathway=union.pathway,
        organisation=union.organisation,
        place=union.place,
        closed=True,
        remainder=True,
    )
    directory.keep_service(session, made)
    return made


def _of(one: Service | Union) -> tuple[str, str, str]:
    return one.organisation, one.place, one.pathway


def _codes(union: Union) -> Iterable[str]:
    # The same on every host, so that two tallies at once make one.
    for attempt in count():
        told = "\n".join((*_of(union), str(attempt)))
        yield "Z" + base64.b32encode(sha256(told.encode()).digest()).decode()[:9]
