"""What has left the house: figures as the ledger keeps them, and the seal that presenters ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from survey.domain.calendar import Span, Week
from survey.domain.questionnaire import GROUPS

Form = Literal["staff", "public"]
Kind = Literal["figure", "answer", "return", "scale", "withdrawn"]
Reason = Literal["small", "protects", "failed"]
NodeKey = tuple[str, str, str]  # node, ICB, pathway
T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Figure:
    """Answers to one question of one node over consecutive weeks, in three groups, as they have left.

    In the public form they are rounded, and `few` and `all_but_few` name the groups of which no percentage is
    told.
    """

    node: str
    icb: str
    pathway: str
    series: str
    span: Span
    counts: tuple[int, int, int]  # favourable, neither, unfavourable
    n: int
    form: Form = "staff"
    few: frozenset[str] = frozenset()
    all_but_few: frozenset[str] = frozenset()

    @property
    def key(self) -> NodeKey:
        return self.node, self.icb, self.pathway

    def of(self, groups: frozenset[str]) -> int:
        """Answers in some of the groups."""
        return sum(n for group, n in zip(GROUPS, self.counts, strict=True) if group in groups)


@dataclass(frozen=True, slots=True)
class Scale:
    """The answers of a node's figures over consecutive weeks by every option of the question, for staff."""

    figure: Figure  # their sum, in groups
    options: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger: a figure that left in the run of `run`, its scale, or that one was withdrawn.

    `services` are those it adds up, where they are not what its node had in those weeks.
    """

    number: int
    run: Week
    kind: Kind
    figure: Figure
    services: tuple[str, ...] | None
    about: Mapping[str, Any]
    previous: bytes
    hash: bytes

    @property
    def is_scale(self) -> bool:
        """Whether it tells a scale, or that one was wrong: no figure beyond those told before it."""
        return self.kind == "scale" or self.about.get("kind") == "scale"


@dataclass(frozen=True, slots=True)
class Withheld:
    """A figure that did not leave, and why; for the auditor, who may know which of the two it is."""

    node: str
    icb: str
    pathway: str
    series: str
    span: Span
    form: Form
    reason: Reason
    protects: str = ""  # service and week of the cell that it would have laid bare


@dataclass(frozen=True, slots=True)
class Released(Generic[T_co]):
    """Something all of whose figures have left the house: all that presenters make pages and files of.

    Made by `services.door` alone, which holds every figure of it against the ledger.
    """

    what: T_co
    form: Form
    upto: int = 0  # number of the newest entry that it may rest on

    def made_into(self, what: U) -> Released[U]:
        """The same figures, laid out otherwise."""
        return Released(what, self.form, self.upto)
