"""One measured figure, and what it is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

Held = Literal["limit", "bare"]


@dataclass(frozen=True, slots=True)
class Figure:
    """What one thing costs or how fast it goes: the median of its rounds.

    `held` is 'limit' where the project promises not to exceed `bar`, and 'bare' where `bar` was measured in
    the same run: the part that nothing could leave out, alone. `value` is None where it cannot be measured
    on this machine; `low` and `high` are its quickest and slowest round.
    """

    item: str
    name: str
    unit: str
    value: float | None
    against: str
    bar: float | None
    held: Held = "bare"
    low: float | None = None
    high: float | None = None

    @property
    def ratio(self) -> float | None:
        """The figure as a multiple of what it is held against."""
        return self.value / self.bar if self.value is not None and self.bar else None

    @property
    def over(self) -> bool:
        """Whether a promised limit is exceeded."""
        return self.held == "limit" and self.ratio is not None and self.ratio > 1

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        names = ("item", "name", "unit", "value", "low", "high", "held", "against", "bar", "ratio", "over")
        return {name: getattr(self, name) for name in names}


Rounds = Sequence[float | None]


def beside(item: str, name: str, *, unit: str, rounds: Rounds, bare: Rounds, called: str) -> Figure:
    """The figure of several rounds, against those of its bare part, `called` so."""
    return replace(_of(item, name, unit=unit, rounds=rounds), against=called, bar=middle(bare))


def within(
    item: str, name: str, *, unit: str, rounds: Rounds, limit: float, called: str = "promised at most"
) -> Figure:
    """The figure of several rounds, or of one, against a limit that the project promises to keep."""
    return replace(_of(item, name, unit=unit, rounds=rounds), against=called, bar=limit, held="limit")


def _of(item: str, name: str, *, unit: str, rounds: Rounds) -> Figure:
    seen = [one for one in rounds if one is not None]
    low, high = min(seen, default=None), max(seen, default=None)
    return Figure(item, name, unit, middle(rounds), against="", bar=None, low=low, high=high)


def middle(rounds: Rounds) -> float | None:
    """The median of the rounds that could be measured; None where none could."""
    seen = [one for one in rounds if one is not None]
    return median(seen) if seen else None
