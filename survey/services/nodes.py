"""Nodes: which organisations × pathways figures are made for, each from the released atoms of its services.

A node's figure is a sum of figures that its services have released already. So nothing can be taken from it
that was not to be had before: what a service withholds is in no sum either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from survey.domain.organisation import LEVELS, Level, Node, Organisation, Service
from survey.storage import directory


def nodes(session: Session) -> list[Node]:
    """Every service, and every organisation that sums up more than any node below it, from small to large.

    An organisation whose services of a pathway are those of a smaller node has no figure of its own there.
    """
    known = {one.code: one for one in directory.organisations(session)}
    services = directory.services(session)
    found = [_of_service(one, known) for one in services]
    seen = {(node.pathway, node.services) for node in found}
    for level in LEVELS[1:]:
        for node in _of_level(level, services, known):
            if (node.pathway, node.services) not in seen:
                seen.add((node.pathway, node.services))
                found.append(node)
    return found


def of_code(session: Session, code: str) -> list[Node]:
    """All that a service or organisation is a node of, one a pathway and ICB, figures of its own or not."""
    known = {one.code: one for one in directory.organisations(session)}
    services = directory.services(session)
    found = [_of_service(one, known) for one in services if one.code == code]
    for level in LEVELS[1:]:
        found += [one for one in _of_level(level, services, known) if one.code == code]
    return found


def above(node: Node, every: Iterable[Node]) -> list[Node]:
    """The nodes that hold all of a node's services and more, from the smallest."""
    mine = set(node.services)
    wider = [
        one
        for one in every
        if (one.icb, one.pathway) == (node.icb, node.pathway) and mine < set(one.services)
    ]
    return sorted(wider, key=lambda one: (len(one.services), LEVELS.index(one.level)))


def _of_service(one: Service, known: Mapping[str, Organisation]) -> Node:
    icb = chain(one.place, known)[-1].code
    return Node(one.code, one.name, "service", icb, one.pathway, (one.code,), remainder=one.remainder)


def _of_level(level: Level, services: Iterable[Service], known: Mapping[str, Organisation]) -> list[Node]:
    members: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for one in services:
        places = chain(one.place, known)
        for organisation in {*chain(one.organisation, known), *places}:
            if organisation.kind == level:
                members[organisation.code, places[-1].code, one.pathway].append(one.code)
    return [
        Node(code, known[code].name, level, icb, pathway, tuple(sorted(codes)))
        for (code, icb, pathway), codes in sorted(members.items())
    ]


def chain(code: str, known: Mapping[str, Organisation]) -> list[Organisation]:
    """An organisation and all above it."""
    found = [known[code]]
    while (parent := found[-1].parent) is not None:
        found.append(known[parent])
    return found


def rows_of(one: Service, known: Mapping[str, Organisation]) -> list[tuple[str, ...]]:
    """The rows of a national return that a service is counted in: of its ICB, its trust there, its site."""
    stands = (chain(one.place, known)[-1].code, chain(one.organisation, known)[-1].code, one.organisation)
    return [stands[:depth] for depth in range(1, len(stands) + 1)]
