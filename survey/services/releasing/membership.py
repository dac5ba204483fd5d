"""Membership: which services a node adds up from a week on, and how long its steps are in a block."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from sqlalchemy.orm import Session

from survey.domain.blocks import FULL, block_of, step_length
from survey.domain.calendar import Span, Week
from survey.domain.counts import SMALLEST
from survey.domain.released import NodeKey
from survey.services.nodes import nodes
from survey.services.releasing.lattice import Lattice
from survey.storage import cells
from survey.storage.cells import Member


def members_as_of(session: Session, pathway: str, week: Week) -> list[Member]:
    """Memberships up to `week`, and of nodes whose services have changed as they are from `week` on."""
    known = [one for one in cells.members(session, pathway) if one.since <= week]
    newest = {one.key: one for one in known}
    begins = week == block_of(week).first or not known
    few = _too_few(session, pathway, week) if begins else {}
    was = {code for one in known if one.level == "service" for code in one.services}
    new: list[Member] = []
    seen: set[tuple[str, ...]] = set()
    gone = {key: one for key, one in newest.items() if one.services}
    for node in (one for one in nodes(session) if one.pathway == pathway):
        key = (node.code, node.icb, node.pathway)
        last = newest.get(key)
        gone.pop(key, None)
        services = node.services
        if node.level != "service" and begins:
            services = _without(few, services)
        elif node.level != "service":
            held = last.services if last else ()
            services = tuple(one for one in services if one not in was or one in held)
            if not held and services != node.services:
                services = ()  # of a node without figures a part would be told
        if services in seen:
            services = ()  # it would tell again what a smaller node tells
        seen.add(services)
        if services != (last.services if last else ()):
            new.append(Member(key, week, node.level, services))
    new += [Member(key, week, one.level, ()) for key, one in gone.items()]
    new = [one for one in new if one.key not in newest or newest[one.key].since < week]
    cells.keep_members(session, new)
    return [*known, *new]


def _without(few: Mapping[str, int], services: tuple[str, ...]) -> tuple[str, ...]:
    """Services but those that were too few, unless together they fill a step.

    The sum less the others' figures would be theirs alone: so either the others would be withheld for ever,
    or they stay out of the sum. Within a block a node loses services, and gains only those that are new.
    """
    left_out = [one for one in services if one in few]
    if sum(few[one] for one in left_out) >= FULL:
        return services
    return tuple(one for one in services if one not in few)


def _too_few(session: Session, pathway: str, week: Week) -> dict[str, int]:
    """Services with 1 to 9 answers to each question in the block before."""
    total: Counter[tuple[str, str]] = Counter()
    for cell in cells.of_weeks(session, pathway, block_of(block_of(week).first + -1)):
        total[cell.service, cell.series] += sum(cell.counts)
    most: Counter[str] = Counter()
    for (service, _), n in total.items():
        most[service] = max(most[service], n)
    return {service: n for service, n in most.items() if 0 < n < SMALLEST}


def lengths_in(
    session: Session, pathway: str, block: Span, found: Mapping[str, Lattice]
) -> dict[tuple[str, NodeKey], int]:
    """How long each node's steps are in the block; fixed now where they are not."""
    known = cells.step_lengths(session, pathway, block.first)
    missing = [
        (series, key)
        for series, lattice in found.items()
        for key in lattice.members
        if (series, key) not in known
    ]
    if not missing:
        return known
    before = block_of(block.first + -1)
    past: dict[tuple[str, str], dict[Week, int]] = defaultdict(dict)
    for cell in cells.of_weeks(session, pathway, before):
        mine = past[cell.series, cell.service]
        mine[cell.week] = mine.get(cell.week, 0) + sum(cell.counts)
    new = {}
    for series, key in missing:
        newest = found[series].members[key][-1]
        weeks: Counter[Week] = Counter()
        for service in newest.services:
            weeks.update(past.get((series, service), {}))
        ran = before.last - min(weeks) + 1 if weeks else 0
        new[series, key] = step_length(weeks.total(), ran)
    cells.keep_step_lengths(session, block.first, new)
    return known | new
