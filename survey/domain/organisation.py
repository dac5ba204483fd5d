"""Organisations and services: who gives care, where, and the tree that figures are made for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

OrganisationKind = Literal["icb", "place", "provider", "site", "ward"]
Level = Literal["service", "site", "provider", "place", "icb"]
LEVELS: tuple[Level, ...] = ("service", "site", "provider", "place", "icb")  # from the smallest
KINDS: tuple[OrganisationKind, ...] = ("icb", "place", "provider", "site", "ward")
# Where each kind may hang. A provider has no parent: it may work in several places and ICBs.
PARENT_KINDS: dict[OrganisationKind, frozenset[OrganisationKind]] = {
    "icb": frozenset(),
    "place": frozenset({"icb"}),
    "provider": frozenset(),
    "site": frozenset({"provider"}),
    "ward": frozenset({"site"}),
}


@dataclass(frozen=True, slots=True)
class Organisation:
    """An ICB, a place in it, a provider, its site or ward, with its ODS code and the days it is in force."""

    code: str  # ODS code, of any length
    name: str
    kind: OrganisationKind
    parent: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """One pathway at one provider, site or ward, in one place; `code` stands in links and QR codes."""

    code: str
    name: str
    pathway: str
    organisation: str  # code of the provider, site or ward
    place: str  # code of the place, or of the ICB where it has no places
    closed: bool = False
    remainder: bool = False  # of several services, each too small to be counted by itself


@dataclass(frozen=True, slots=True)
class Node:
    """An organisation × pathway that figures are made for: one service, or all that an organisation has.

    A provider that works in several ICBs is a node in each. `services` are the codes of what it sums up.
    """

    code: str
    name: str
    level: Level
    icb: str
    pathway: str
    services: tuple[str, ...]
    remainder: bool = False
