"""Rulings: what people decide about findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from survey.domain.calendar import Week

Choice = Literal["accept", "dismiss"]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person decided about a finding, as it stood in `week`; assessments of later weeks heed it.

    Accepted, the series begins anew at `since`; dismissed, the watch over it begins anew after `week`.
    """

    finding: str  # its id
    node: str
    icb: str
    pathway: str
    indicator: str
    choice: Choice
    since: Week
    week: Week
    who: str
    day: date
    reason: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """(node, ICB, pathway, indicator)."""
        return self.node, self.icb, self.pathway, self.indicator
