"""Rounds of the same work, ours and its bare part in turn: what else the machine does falls on both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.figures import Figure, beside

Work = Callable[[], object]
Clock = Callable[[], float]  # perf_counter for what waits for a disk, process_time for what fills a core


@dataclass
class Rounds:
    """Seconds that `n` things took, a round each."""

    n: int
    clock: Clock
    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    def run(self, ours: Work, bare: Work) -> None:
        """One round of each."""
        self.ours.append(seconds(ours, self.clock))
        self.bare.append(seconds(bare, self.clock))

    def rate(
        self, item: str, name: str, called: str, *, per: Literal["second", "minute"] = "second"
    ) -> Figure:
        """How many a second or a minute."""
        many = self.n * (60 if per == "minute" else 1)
        ours, bare = ([many / one for one in taken] for taken in (self.ours, self.bare))
        return beside(item, name, unit=f"a {per}", rounds=ours, bare=bare, called=called)

    def time(self, item: str, name: str, called: str) -> Figure:
        """How long one takes."""
        ours, bare = ([one / self.n for one in taken] for taken in (self.ours, self.bare))
        return beside(item, name, unit="s", rounds=ours, bare=bare, called=called)


def seconds(work: Work, clock: Clock) -> float:
    """How long `work` takes by `clock`."""
    start = clock()
    work()
    return clock() - start
