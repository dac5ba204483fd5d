"""What can be found in one indicator of one service: the plan of a team that wants to know of changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Plan:
    """How long a change for the worse takes to show, and how many answers a week that would want.

    `change` is its size, a share; `weeks`, about, are None where it takes more than two years. `needed`
    answers a week show it within `within` weeks; None where no number that was tried does. Both are None
    where the level leaves no room for so large a change. `watched_with` names the wider node that a service
    is watched with where its steps are too long to watch it by itself, '' where there is none.
    """

    service: str  # its name
    indicator_name: str
    better: Literal["higher", "lower"]
    answers_a_week: float  # over the newest quarter that has any
    level: float  # share in [0, 1]
    change: float
    within: int
    has_room: bool
    watched: bool  # by itself
    watched_with: str
    weeks: float | None
    needed: float | None
