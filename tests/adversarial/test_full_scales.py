"""Who knows the full scales bounds no small group that groups alone do not; told otherwise, scales bind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from survey.domain.calendar import Week, month_span
from survey.services.attack import attack
from survey.services.national_return import national_return
from tests.adversarial.attackers_of_figures import Seen, exact
from tests.adversarial.attackers_of_scales import OPTIONS, Scaled, bounded, scaled
from tests.adversarial.trees_of_figures import TREES, part_of
from tests.leaving import START, House, Tree
from tests.town import PATHWAY

NAIVE = 30  # answers from which every figure would tell its scale
EVERY = [option for options in OPTIONS.values() for option in options]
SAID = (
    "{}, {} a week: {} scales, {} small groups, {} bounded by groups alone and {} with scales;"
    " {} where all of thirty tell theirs ({:.0%} of those that were safe)"
)


def answers(
    tree: Tree, volume: float, weeks: int, *, seed: int
) -> Iterator[tuple[Week, dict[str, Mapping[str, int]]]]:
    """Weeks of answers by option, of services that are unlike in size and in how many say 'very good'."""
    draw = np.random.default_rng(seed)
    size = draw.lognormal(0, 0.9, len(tree.services))
    rates = volume * size / size.mean()
    levels = draw.dirichlet((4, 3, 0.5, 0.5, 1, 1), len(tree.services))
    for week in (START + at for at in range(weeks)):
        yield (
            week,
            {
                one: dict(zip(EVERY, draw.multinomial(draw.poisson(rate), level).tolist(), strict=True))
                for one, rate, level in zip(tree.services, rates, levels, strict=True)
            },
        )


def released(
    engine: Engine, tree: Tree, volume: float, *, weeks: int, seed: int = 1, returns: bool = True
) -> House:
    """Weeks that were answered and released, and each month's national return where it is made."""
    house = House(engine).build(tree)
    for week, mine in answers(tree, volume, weeks, seed=seed):
        house.answer_by_option(week, mine)
        house.release(week)
        month = month_span(week.month)
        if returns and month.last == week and month.first >= START:
            national_return(engine, house.catalogue, week.month, PATHWAY, who="ann", now=week + 1)
    return house


@pytest.mark.parametrize(("seed", "returns"), [(4, False), (2, True)])
def test_scales_bound_no_small_group_that_groups_alone_do_not(
    sqlite: Engine, seed: int, returns: bool
) -> None:
    tree = part_of(TREES["places across providers"], "ABCDHI")
    released(sqlite, tree, 6, weeks=16, seed=seed, returns=returns)
    found = scaled(sqlite)
    alone = bounded(found.without_scales())
    assert found.seen.small()
    assert found.scales
    assert bounded(found) == alone
    assert bool(alone) == returns
    assert len(bounded(found.naively(NAIVE))) > len(alone)
    assert attack(sqlite).crossed == attack(sqlite).crossed_by_returns == []


@pytest.mark.proof
@pytest.mark.parametrize("volume", [6, 9, 20])
@pytest.mark.parametrize("shape", TREES)
def test_of_a_year_the_naive_rule_gives_some_away_and_ours_nobody(
    sqlite: Engine, shape: str, volume: int
) -> None:
    released(sqlite, TREES[shape], volume, weeks=52, returns=False)
    found = scaled(sqlite)
    alone, ours, naive = (bounded(one) for one in (found.without_scales(), found, found.naively(NAIVE)))
    small = found.seen.small()
    share = len(naive.keys() - alone.keys()) / (len(small) - len(alone))
    print(SAID.format(shape, volume, len(found.scales), len(small), len(alone), len(ours), len(naive), share))
    assert found.scales
    assert ours == alone == {}
    assert share > 0


def test_scales_that_cross_bound_what_groups_do_not() -> None:
    """A and B said 'very good', B and C 'good': B, of both, has five and five of them at most."""
    truth = [{"very-good": 25}, {"very-good": 4, "good": 4}, {"good": 25}]
    groups = np.array([[25, 0, 0], [8, 0, 0], [25, 0, 0]])
    sums = [
        exact("A and B", [0, 1], groups[:2].sum(axis=0)),
        exact("B and C", [1, 2], groups[1:].sum(axis=0)),
    ]
    found = Scaled(Seen([(one, False, "") for one in "ABC"], groups, sums), {}, truth)
    assert bounded(found) == {}
    assert bounded(found.naively(NAIVE)) == {1: 8}


def test_the_attackers_share_no_code_with_what_tells_scales() -> None:
    said = Path(__file__).with_name("attackers_of_scales.py").read_text()
    imported = [line for line in said.splitlines() if line.startswith(("import ", "from "))]
    assert not [line for line in imported if "analysis" in line or "survey" in line]
