"""How few answers are never shown, and atoms: the runs of weeks of which something is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from survey.domain.calendar import Span

SMALLEST = 10  # fewer answers than this are never shown
Told = Literal["", "few", "all_but_few"]  # of a public figure: that no percentage of it is told


@dataclass(frozen=True, slots=True)
class Atom:
    """A run of weeks of one node and question, as it has been released.

    `numerator` is None where it was withheld or nobody answered: the chart has a gap there.
    """

    span: Span
    denominator: int
    numerator: int | None
    told: Told = ""
