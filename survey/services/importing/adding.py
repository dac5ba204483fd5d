"""Services that a mapping describes and the database lacks: planned, checked, added with the import."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.domain.errors import BadInput, Problem
from survey.domain.organisation import KINDS, PARENT_KINDS, Organisation, Service
from survey.services.importing.mapping import MappedService, Mapping
from survey.storage import directory

_AT = {"organisation": ("provider", "site", "ward"), "place": ("place", "icb")}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is added before the rows, parents first."""

    organisations: tuple[Organisation, ...]
    services: tuple[Service, ...]

    def carry_out(self, session: Session) -> None:
        directory.keep_organisations(session, self.organisations)
        for service in self.services:
            directory.keep_service(session, service)


def plan(session: Session, mapping: Mapping, *, file: str) -> Plan:
    """What the mapping's services need; BadInput lists every one that cannot be had, with the command."""
    known = {one.code: one for one in directory.services(session)}
    organisations = {one.code: one for one in directory.organisations(session)}
    described = {one.code: one for one in mapping.organisations}
    missing = [one for one in mapping.services.values() if one.code not in known]
    problems = [
        Problem(file, None, said, f"services.{one.code}")
        for one in mapping.services.values()
        for said in (
            _differs(one, known[one.code]) if one.code in known else _lacks(one, described | organisations)
        )
    ]
    if problems:
        count = "1 service" if len({one.field for one in problems}) == 1 else "several services"
        raise BadInput(f"the mapping names {count} that cannot be used; nothing was imported:", problems)
    return Plan(
        tuple(_needed(missing, described, organisations)),
        tuple(_service(one) for one in missing),
    )


def _differs(one: MappedService, known: Service) -> Iterator[str]:
    if one.pathway != known.pathway:
        yield (
            f"the service is of the pathway {known.pathway!r} in Heard, of {one.pathway!r} in the mapping: "
            "choose another code, or the questionnaire of its pathway"
        )


def _lacks(one: MappedService, organisations: Map[str, Organisation]) -> Iterator[str]:
    if not one.is_described:
        yield (
            f"there is no such service; add it: heard service add --code {one.code} --name NAME "
            f"--pathway {one.pathway} --organisation CODE --place CODE"
        )
        return
    for role, kinds in _AT.items():
        code = getattr(one, role)
        found = organisations.get(code)
        if found is None:
            unknown = f"its {role} {code} is neither in Heard nor in the mapping"
            yield f"{unknown}; load it: heard organisation load FILE"
        elif found.kind not in kinds:
            yield f"its {role} {code} is a {found.kind}; wanted: {' or '.join(kinds)}"
        else:
            yield from _parentless(found, organisations)


def _parentless(one: Organisation, organisations: Map[str, Organisation]) -> Iterator[str]:
    wanted = PARENT_KINDS[one.kind]
    if one.parent is None:
        if wanted:
            yield f"{one.code} is a {one.kind} and needs a parent: a {' or '.join(wanted)}"
        return
    parent = organisations.get(one.parent)
    if parent is None:
        yield f"the parent {one.parent} of {one.code} is neither in Heard nor in the mapping"
    elif parent.kind not in wanted:
        found = f"the parent {one.parent} of {one.code} is a {parent.kind}"
        yield f"{found}; wanted: {' or '.join(wanted) or 'none'}"
    else:
        yield from _parentless(parent, organisations)


def _needed(
    missing: list[MappedService], described: Map[str, Organisation], known: Map[str, Organisation]
) -> list[Organisation]:
    found: dict[str, Organisation] = {}
    codes = [code for one in missing for code in (one.organisation, one.place)]
    while codes:
        code = codes.pop()
        if code is not None and code not in known and code not in found:
            found[code] = described[code]
            codes.append(described[code].parent)
    return sorted(found.values(), key=lambda one: KINDS.index(one.kind))


def _service(one: MappedService) -> Service:
    # plan() has seen to it that a service it adds is described.
    return Service(one.code, one.name or "", one.pathway, one.organisation or "", one.place or "")
