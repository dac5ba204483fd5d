"""Uncounted: what the figures of some services leave out. Told in every report, never silent, never exact.

These numbers pass beside the gate. So they are rounded here, box by box, before any presenter has them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from analysis.public_form import rounded as to_the_nearest_five
from survey.domain.calendar import Week
from survey.domain.counts import SMALLEST
from survey.domain.organisation import Service
from survey.domain.uncounted import Rounded, Uncounted
from survey.storage import directory, waiting, withheld
from survey.storage.database import transaction


def uncounted(session: Session, services: Collection[Service], through: Week) -> list[Uncounted]:
    """What is left out of each of `services` up to `through`; one that nothing is left out of is not there.

    Closed services are looked at too: what waited when they closed waits on.
    """
    codes = [service.code for service in services]
    few = waiting.of_services(session, codes, states=waiting.TOO_FEW, through=through)
    aside = waiting.of_services(session, codes, states=waiting.ASIDE, through=through)
    gone = withheld.of_services(session, codes)
    merged = waiting.counted_among(session, [service.code for service in services if service.remainder])
    every = (
        Uncounted(
            service=service.name,
            waiting=rounded(few.get(service.code, ())),
            aside=rounded(aside.get(service.code, ())),
            destroyed=rounded(n for _, n in gone.get(service.code, ())),
            merged=service.code in merged,
        )
        for service in services
    )
    return [one for one in every if one != Uncounted(one.service)]


def rounded(boxes: Iterable[int]) -> Rounded:
    """Numbers of responses of a service's boxes as they may be told, each rounded by itself.

    Their sum to the nearest five would not do: 'about twenty' of two boxes under ten says that both had nine,
    and from one week's sum to the next a small box shows by whether the sum has moved.
    """
    held = [n for n in boxes if n]
    large = [n for n in held if n >= SMALLEST]
    return Rounded(int(to_the_nearest_five(large).sum()), few=int(len(large) < len(held)))


def of_node(engine: Engine, node: str | None, through: Week) -> list[Uncounted]:
    """What is left out of the services of `node`, of all without one."""
    with transaction(engine, reading=True) as session:
        return uncounted(session, directory.services(session, node), through)


def reported(services: Sequence[Service]) -> list[Service]:
    """Those of `services` whose figures a report shows: the open ones, and those that bear others'."""
    return [one for one in services if one.remainder or not one.closed]
