"""Actions: what a person promises because of a finding, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from survey.domain.calendar import Week


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody promises to do about an indicator of a node, until when, and what patients are told.

    `start` is the first week in which it was in force: its effect is measured from there.
    """

    id: str
    node: str
    icb: str
    pathway: str
    indicator: str
    finding: str  # the id of the finding that it answers
    since: Week  # the level has been what that finding says since then: the action is held against it
    owner: str
    due: date
    does: str
    told: str
    start: Week | None = None
    closed: date | None = None
    outcome: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """(node, ICB, pathway, indicator): the series that it is measured by."""
        return self.node, self.icb, self.pathway, self.indicator

    def is_late(self, day: date) -> bool:
        """Whether it is still open after the day it was promised for."""
        return self.closed is None and day > self.due


@dataclass(frozen=True, slots=True)
class Effect:
    """What changed since an action began, against what would have been expected without it.

    `change` is in points of share, with `low` and `high` its 95 % interval; None where there is nothing to
    measure by. `state` is 'too_early' until it can be told; never 'worked', for a change after an action has
    not been shown to come from it.
    """

    state: Literal["too_early", "no_history", "better", "worse", "no_clear_change"]
    weeks: int  # since the action began
    answers: int  # since the action began
    change: float | None = None
    low: float | None = None
    high: float | None = None
    observed: float | None = None
    expected: float | None = None
    overlaps: int = 0  # other actions from which this one cannot be told apart
