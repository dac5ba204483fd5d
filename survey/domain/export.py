"""What an export holds: figures that have left the house, each with the names that say what it is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from survey.domain.calendar import Week
from survey.domain.organisation import Level
from survey.domain.released import Figure


@dataclass(frozen=True, slots=True)
class Line:
    """One figure, with the names of its node and the wording of its question."""

    node_name: str
    level: Level
    question: str
    question_text: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Export:
    """All that has been told of a node, of everything without one, up to the release of a week."""

    node: str | None
    name: str
    week: Week
    lines: Sequence[Line]
