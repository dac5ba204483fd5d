"""Trees, volumes and weeks of made-up answers, on which attackers of released figures are let loose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from sqlalchemy import Engine

from survey.domain.calendar import Week
from tests.leaving import START, Counts, House, Tree

TREES = {
    "one site a provider": Tree(
        {"R1": ["A", "B", "C", "D", "E"], "R2": ["F", "G", "H"], "R3": ["I", "J", "K"], "R4": ["L"]},
        {"P1": ["R1"], "P2": ["R2"], "P3": ["R3"], "P4": ["R4"]},
        {"X": list("ABCDEFGH"), "Y": list("IJKL")},
    ),
    "several sites a provider": Tree(
        {
            "R1": ["A", "B"],
            "R2": ["C", "D", "E"],
            "R3": ["F"],
            "R4": ["G", "H"],
            "R5": ["I", "J", "K"],
            "R6": ["L"],
        },
        {"P1": ["R1", "R2", "R3"], "P2": ["R4", "R5", "R6"]},
        {"X": list("ABCDEFGHIJKL")},
    ),
    "places across providers": Tree(
        {"R1": ["A", "B", "C"], "R2": ["D", "E", "F", "G"], "R3": ["H", "I"], "R4": ["J", "K", "L"]},
        {"P1": ["R1"], "P2": ["R2", "R3"], "P3": ["R4"]},
        {"X": list("ADHJK"), "Y": list("BEFIL"), "Z": list("CG")},
    ),
}
VOLUMES = (4, 9, 20)  # answers that a service has a week, on average


def part_of(tree: Tree, services: Sequence[str]) -> Tree:
    """A tree of some of the services."""

    def kept(of: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        return {
            name: mine for name, every in of.items() if (mine := [one for one in every if one in services])
        }

    sites = kept(tree.sites)
    providers = {name: [one for one in mine if one in sites] for name, mine in tree.providers.items()}
    return Tree(sites, {name: mine for name, mine in providers.items() if mine}, kept(tree.places))


def answers(
    tree: Tree, volume: float, weeks: int, *, seed: int = 1
) -> Iterator[tuple[Week, dict[str, Counts]]]:
    """Weeks of answers of unequal services, whose levels differ too."""
    draw = np.random.default_rng(seed)
    size = draw.lognormal(0, 0.9, len(tree.services))
    rates = volume * size / size.mean()
    levels = draw.dirichlet((14, 2, 4), len(tree.services))
    for week in (START + at for at in range(weeks)):
        ns = draw.poisson(rates)
        yield (
            week,
            {
                one: tuple(int(n) for n in draw.multinomial(n, level))  # type: ignore[misc]
                for one, n, level in zip(tree.services, ns, levels, strict=True)
            },
        )


def released(engine: Engine, tree: Tree, found: Iterator[tuple[Week, dict[str, Counts]]]) -> House:
    """An installation in which each week's answers were given and then released."""
    house = House(engine).build(tree)
    for week, mine in found:
        house.answer(week, mine)
        house.release(week)
    return house
