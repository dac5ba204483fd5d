"""What can be measured, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks import memory, page, release, reports, requests, road, signals, storing
from benchmarks.figures import Figure
from benchmarks.sizes import Sizes
from survey.domain.progress import Advance


@dataclass(frozen=True, slots=True)
class Item:
    """One measurement: how many steps it will tell of, and the doing."""

    steps: Callable[[Sizes], int]
    measure: Callable[[Sizes, Advance], list[Figure]]


ITEMS: Mapping[str, Item] = {
    module.__name__.rpartition(".")[2]: Item(module.steps, module.measure)
    for module in (page, requests, storing, road, memory, release, reports, signals)
}
