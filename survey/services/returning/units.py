"""Units: what a national return counts in a month: wards and sites, trusts, ICBs, each by the six answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from analysis.fft_suppression import TOP
from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Span
from survey.domain.errors import NotFound, Refused
from survey.domain.organisation import Organisation, Service
from survey.domain.questionnaire import Questionnaire
from survey.services.nodes import chain, rows_of
from survey.services.releasing.lattice import Ints
from survey.services.releasing.options import (
    ANSWERS,
    agreed,
    by_option,
    held,
    is_friends_and_family,
    publication_code,
    same_as,
)
from survey.storage import cells, directory


@dataclass(frozen=True, slots=True)
class Unit:
    """One row of the return: where it stands, its services, its responses by answer, and the row above it."""

    code: str
    icb: str
    names: tuple[str, ...]  # ICB code and name, trust code and name, site code and name, ward name
    services: tuple[str, ...]
    counts: Ints  # (6,)
    above: int


@dataclass(frozen=True, slots=True)
class Counted:
    """The rows of a month from the top, and services that cannot be told in it, by name."""

    units: tuple[Unit, ...]
    left_out: tuple[str, ...]


def asked_of(catalogue: Catalogue, pathway: str) -> Questionnaire:
    """The newest version of a pathway that asks the Friends and Family Test; Refused where none does."""
    found = catalogue.versions(pathway)
    if not found:
        raise NotFound(f"there is no pathway {pathway!r}; `heard questionnaire list` shows them")
    for version in found:
        if is_friends_and_family(version):
            return version
    raise Refused(
        f"{pathway} does not ask the Friends and Family Test first: there is no national return of it"
    )


def counted(session: Session, catalogue: Catalogue, version: Questionnaire, month: Span) -> Counted:
    """Responses of a month's weeks by answer, as far as they are those that figures were made of.

    A service is left out whose answers by option are not those that cells hold of these weeks: some came
    late, or were taken back, so that no sum of cells is what would be told.
    """
    known = {one.code: one for one in directory.organisations(session)}
    services = {one.code: one for one in directory.services(session) if one.pathway == version.pathway}
    options = same_as(catalogue, version, version.question(version.lead.question))
    of_month = held(cells.of_weeks(session, version.pathway, month), options.series)
    answers = by_option(session, options, of_month)
    told: dict[str, Ints] = {}
    left_out = []
    for code, one in sorted(services.items()):
        mine = {key: groups for key, groups in of_month.items() if key[0] == code}
        if one.closed and not mine:
            continue
        found = agreed(options, mine, answers)
        if found is None:
            left_out.append(f"{one.name} ({code})")
        else:
            told[code] = _in_order(found)
    return Counted(tuple(_units(known, services, told)), tuple(left_out))


def _in_order(found: Mapping[str, int]) -> Ints:
    named = {publication_code(option): n for option, n in found.items()}
    return np.array([named[one] for one in ANSWERS], dtype=np.int64)


def _units(
    known: Mapping[str, Organisation], services: Mapping[str, Service], told: Mapping[str, Ints]
) -> Iterator[Unit]:
    """Each ICB, then its trusts, then their wards and sites, by code."""
    below: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for code in told:
        one = services[code]
        for row in rows_of(one, known):
            below[row].append(code)
    rows: dict[tuple[str, ...], int] = {}
    for path, mine in sorted(below.items(), key=lambda one: (len(one[0]), one[0])):
        rows[path] = len(rows)
        yield Unit(
            path[-1],
            path[0],
            _names(path, known, [services[code].name for code in mine]),
            tuple(sorted(mine)),
            np.sum([told[code] for code in mine], axis=0),
            rows[path[:-1]] if len(path) > 1 else TOP,
        )


def _names(
    path: Sequence[str], known: Mapping[str, Organisation], services: Sequence[str]
) -> tuple[str, ...]:
    names = [text for code in path[:2] for text in (code, known[code].name)]
    names += [""] * (4 - len(names))
    site = ward = None
    if len(path) > 2:
        where = chain(path[2], known)
        site = next((one for one in where if one.kind == "site"), None)
        ward = next((one for one in where if one.kind == "ward"), None)
    at_site = (site.code, site.name) if site else ("", "")
    # Care that belongs to no site is the trust's own: then its services say what the row is.
    own = "; ".join(sorted(services)) if len(path) > 2 and not site else ""
    return (*names, *at_site, ward.name if ward else own)
