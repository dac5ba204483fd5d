"""Somebody asks a hundred small questions and subtracts one answer from another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import Engine

from survey.domain.calendar import Span
from survey.domain.errors import Refused
from survey.domain.released import Form
from survey.services.ask import Asked, ask
from tests.adversarial.asked_of_figures import all_seen, answers
from tests.adversarial.attackers_of_figures import Seen, Sum, bounded, exact, pinned
from tests.leaving import START, House, Tree

TREE = Tree(
    {"T1": ["A", "B", "C"], "T2": ["D", "E"]},
    {"T": ["T1"], "U": ["T2"]},
    {"P": ["A", "B", "D"], "Q": ["C", "E"]},
)
MEANS = {"A": 3, "B": 6, "C": 9, "D": 5, "E": 14}
WEEKS = 24  # two blocks
ASKED = 100


@pytest.fixture
def house(database: Engine) -> House:
    return House(database).build(TREE)


@pytest.fixture
def sqlite_house(sqlite: Engine) -> House:
    return House(sqlite).build(TREE)


def run(house: House, seed: int) -> np.random.Generator:
    """Two blocks of answers by chance, each week released when it has ended."""
    chance = np.random.default_rng(seed)
    for week in (START + at for at in range(WEEKS)):
        found = {
            service: tuple(int(n) for n in chance.multinomial(chance.poisson(mean), (0.75, 0.1, 0.15)))
            for service, mean in MEANS.items()
        }
        house.answer(week, found)  # type: ignore[arg-type]
        house.release(week)
    return chance


def questions(chance: np.random.Generator) -> Iterator[tuple[str, Span]]:
    """Tables that overlap, of every node, over 1 to 16 weeks: short ones mostly, for they tell more."""
    nodes = sorted(TREE.nodes())
    for _ in range(ASKED):
        weeks = min(int(chance.geometric(0.2)), 16)
        first = START + int(chance.integers(0, WEEKS - weeks + 1))
        yield str(chance.choice(nodes)), Span(first, first + (weeks - 1))


def asked(house: House, node: str, span: Span, form: Form = "staff") -> bool:
    """Whether it was told."""
    try:
        ask(house.engine, house.catalogue, Asked(node, span, "fft", "mallory", form=form))
    except Refused:
        return False
    return True


def ungated(found: Seen, node: str, span: Span) -> Sum | None:
    """What would be told without the gate: any ten."""
    weeks = {str(span.first + at) for at in range(span.weeks)}
    mine = [
        at
        for at, (service, _, week) in enumerate(found.names)
        if service in TREE.nodes()[node] and week in weeks
    ]
    counts = found.truth[mine].sum(axis=0)
    return exact(f"{node} {span}", mine, counts) if counts.sum() >= 10 else None


def test_a_hundred_small_answers_cannot_be_subtracted(house: House) -> None:
    chance = run(house, seed=1)
    assert bounded(all_seen(house.engine), whole=True) == {}
    told = [asked(house, *one) for one in questions(chance)]
    found = all_seen(house.engine)
    entered = len(answers(house.engine))
    print(f"told {sum(told)} of {ASKED}, {entered} new in the ledger; exposed: none of {len(found.small())}")
    assert sum(told) > 20
    assert entered > 5
    assert bounded(found, whole=True) == {}


def test_the_same_hundred_answered_without_the_gate_give_people_away(sqlite_house: House) -> None:
    house = sqlite_house
    chance = run(house, seed=1)
    found = all_seen(house.engine)
    naive = [one for node, span in questions(chance) if (one := ungated(found, node, span))]
    exposed = bounded(replace(found, sums=[*found.sums, *naive]), whole=False)
    print(f"without the gate: {len(exposed)} of {len(found.small())} small cells exposed")
    assert len(exposed) > 20


@pytest.mark.parametrize("seed", range(2, 5))
def test_what_is_released_after_the_answers_is_safe_beside_them(sqlite_house: House, seed: int) -> None:
    """Asked between the releases, in either form, so that later steps meet what was told."""
    house, chance = sqlite_house, np.random.default_rng(seed)
    nodes = sorted(TREE.nodes())
    for at in range(WEEKS):
        found = {
            service: tuple(int(n) for n in chance.multinomial(chance.poisson(mean), (0.75, 0.1, 0.15)))
            for service, mean in MEANS.items()
        }
        house.answer(START + at, found)  # type: ignore[arg-type]
        house.release(START + at)
        for _ in range(3):
            first = int(chance.integers(max(0, at - 5), at + 1))
            span = Span(START + first, START + int(chance.integers(first, at + 1)))
            asked(house, str(chance.choice(nodes)), span, "public" if chance.random() < 0.3 else "staff")
    found = all_seen(house.engine)
    assert any(one.public for one in answers(house.engine))
    assert bounded(found, whole=True) == {}
    assert pinned(found) == []
