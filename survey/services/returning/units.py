"""Units: what a national return counts in a month: wards and sites, trusts, ICBs, each by the six answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from analysis.fft_suppression import TOP
from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Span
from survey.domain.errors import NotFound, Refused
from survey.domain.organisation import Organisation, Service
from survey.domain.questionnaire import GROUPS, Question, Questionnaire
from survey.services.ask import versions
from survey.services.nodes import chain
from survey.services.releasing.lattice import Ints
from survey.storage import cells, counts, directory

ANSWERS = ("very_good", "good", "neither", "poor", "very_poor", "dont_know")  # in the publication's order


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
    found = versions(catalogue, pathway)
    if not found:
        raise NotFound(f"there is no pathway {pathway!r}; `heard questionnaire list` shows them")
    for version in found:
        if _answers(version.question(version.lead.question)).keys() == set(ANSWERS):
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
    held = _held(session, version, month)
    by_option = _by_option(session, catalogue, version, held)
    told: dict[str, Ints] = {}
    left_out = []
    for code, one in sorted(services.items()):
        if one.closed and not any(key[0] == code for key in held):
            continue
        found = _agreed(version, {key: groups for key, groups in held.items() if key[0] == code}, by_option)
        if found is None:
            left_out.append(f"{one.name} ({code})")
        else:
            told[code] = found
    return Counted(tuple(_units(known, services, told)), tuple(left_out))


Key = tuple[str, Span, bool]  # service, weeks in which they were given, whether apart from the others


def _held(session: Session, version: Questionnaire, month: Span) -> dict[Key, Ints]:
    series = version.series_of(version.lead.question)
    found: dict[Key, Ints] = defaultdict(lambda: np.zeros(len(GROUPS), dtype=np.int64))
    for cell in cells.of_weeks(session, version.pathway, month):
        if cell.series == series:
            found[cell.service, cell.span, cell.apart] += cell.counts
    return found


def _by_option(
    session: Session, catalogue: Catalogue, version: Questionnaire, held: Mapping[Key, Ints]
) -> dict[tuple[str, Span], Counter[str]]:
    series = version.series_of(version.lead.question)
    alike = {
        one.key: one
        for one in versions(catalogue, version.pathway)
        if one.series_of(version.lead.question) == series
    }
    found: dict[tuple[str, Span], Counter[str]] = defaultdict(Counter)
    where = {key[0] for key in held}, {key[1] for key in held}
    for service, key, span, option, n in counts.taken(session, where[0], version.lead.question, where[1]):
        if key in alike:
            found[service, span][option.replace("-", "_")] += n
    return found


def _agreed(
    version: Questionnaire,
    held: Mapping[Key, Ints],
    by_option: Mapping[tuple[str, Span], Counter[str]],
) -> Ints | None:
    groups = _answers(version.question(version.lead.question))
    total = np.zeros(len(ANSWERS), dtype=np.int64)
    for (service, span, apart), in_groups in held.items():
        options = by_option.get((service, span), Counter())
        sums = [sum(n for one, n in options.items() if groups.get(one) == group) for group in GROUPS]
        if apart or sums != in_groups.tolist():
            return None
        total += [options[one] for one in ANSWERS]
    return total


def _answers(question: Question) -> dict[str, str | None]:
    return {one.code.replace("-", "_"): one.group for one in question.options}


def _units(
    known: Mapping[str, Organisation], services: Mapping[str, Service], told: Mapping[str, Ints]
) -> Iterator[Unit]:
    """Each ICB, then its trusts, then their wards and sites, by code."""
    below: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for code in told:
        one = services[code]
        icb, trust = chain(one.place, known)[-1].code, chain(one.organisation, known)[-1].code
        stands = (icb, trust, one.organisation)
        for depth in range(1, len(stands) + 1):
            below[stands[:depth]].append(code)
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
