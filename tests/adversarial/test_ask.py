"""Somebody asks a hundred small questions, subtracts one answer from another and listens to the refusals."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from survey.domain.blocks import BLOCK, FIRST_LENGTH, block_of
from survey.domain.calendar import Span
from survey.domain.errors import Refused
from survey.domain.organisation import Organisation
from survey.domain.released import Form
from survey.services.ask import Asked, ask
from survey.services.releasing.deciding import decide
from survey.services.releasing.lattice import lattices
from survey.storage import cells, ledger
from survey.storage.database import engine, transaction
from tests.adversarial.asked_of_figures import all_seen, answers
from tests.adversarial.attackers_of_figures import Seen, Sum, bounded, exact, pinned
from tests.leaving import START, Counts, House, Tree
from tests.roles import dispose
from tests.town import PATHWAY

TREE = Tree(
    {"T1": ["A", "B", "C"], "T2": ["D", "E"]},
    {"T": ["T1"], "U": ["T2"]},
    {"P": ["A", "B", "D"], "Q": ["C", "E"]},
)
MEANS = {"A": 3, "B": 6, "C": 9, "D": 5, "E": 14}
WEEKS = 24  # two blocks
ASKED = 100
MERGED = "M"  # a place that has no figures of its own in those weeks
BLOCKS = [Span(START + at, START + (at + BLOCK - 1)) for at in range(0, WEEKS, BLOCK)]


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


def move(house: House) -> None:
    """Two services of one place and one of the other come into a new one, when all weeks have left."""
    house.organise(Organisation(MERGED, MERGED, "place", parent="QTT"))
    for service, site in (("A", "T1"), ("C", "T1"), ("D", "T2")):
        house.serve(service, site, MERGED)


def questions(chance: np.random.Generator) -> Iterator[tuple[str, Span]]:
    """Tables that overlap, of every node, over 1 to 16 weeks: short ones mostly, for they tell more."""
    nodes = sorted(TREE.nodes())
    for _ in range(ASKED):
        weeks = min(int(chance.geometric(0.2)), 16)
        first = START + int(chance.integers(0, WEEKS - weeks + 1))
        yield str(chance.choice(nodes)), Span(first, first + (weeks - 1))


def runs(house: House, node: str, chance: np.random.Generator) -> list[Span]:
    """Two runs of steps of a node that staff have been told, up to the newest; none where it has no step."""
    steps = [Span.parse(one) for one in house.told(node)]
    begin = chance.integers(0, len(steps), 2) if steps else []
    return [Span(steps[int(at)].first, steps[-1].last) for at in begin]


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
    move(house)
    wanted = [*questions(chance), *((MERGED, one) for one in BLOCKS)]
    wanted += [(node, span) for node in sorted(TREE.nodes()) for span in runs(house, node, chance)]
    told = [asked(house, *one) for one in wanted]
    found = all_seen(house.engine)
    entered = len(answers(house.engine))
    small = len(found.small())
    print(f"told {sum(told)} of {len(wanted)}, {entered} new in the ledger; exposed: none of {small}")
    assert sum(told) > 20
    assert entered  # of the merged place, whose whole blocks the gate decides on
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
    """Asked between the releases for runs of steps that staff have; later ones meet what was told."""
    house, chance = sqlite_house, np.random.default_rng(seed)
    nodes = sorted(TREE.nodes())
    for at in range(WEEKS):
        found = {
            service: tuple(int(n) for n in chance.multinomial(chance.poisson(mean), (0.75, 0.1, 0.15)))
            for service, mean in MEANS.items()
        }
        house.answer(START + at, found)  # type: ignore[arg-type]
        house.release(START + at)
        for node in chance.choice(nodes, 3, replace=False).tolist():
            for span in runs(house, node, chance):
                asked(house, node, span, "public")
    found = all_seen(house.engine)
    assert any(one.public for one in answers(house.engine))
    assert bounded(found, whole=True) == {}
    assert pinned(found) == []


# -- what refusals tell


SMALL_TREE = Tree({"T1": ["A", "B"], "T2": ["C"]}, {"T": ["T1"], "U": ["T2"]}, {"P": ["A"], "Q": ["B", "C"]})
ASKERS = ("A", "B", "T1")
UNEVEN = {  # four weeks of each, which another world has in another order
    "A": ((3, 1, 1), (9, 2, 4), (12, 2, 3), (15, 3, 5)),
    "B": ((4, 1, 0), (14, 2, 4), (2, 1, 1), (8, 3, 3)),
    "C": ((30, 4, 6), (25, 3, 7), (33, 2, 9), (28, 5, 5)),
}
Pattern = dict[tuple[str, str, Form], str]


@pytest.fixture
def worlds(sqlite: Engine, sqlite_template: Path, tmp_path: Path) -> Iterator[list[House]]:
    """Two houses, in which other weeks of a step are the small ones, and all that leaves is the same."""
    file = tmp_path / "other.sqlite3"
    shutil.copy(sqlite_template, file)
    other = engine(f"sqlite:///{file}")
    yield [House(sqlite).build(SMALL_TREE), House(other).build(SMALL_TREE)]
    dispose(other)


def lived_through(house: House, order: tuple[int, ...], ask_all: Callable[[House, int], Pattern]) -> Pattern:
    """A block, whose steps of four weeks have their weeks in this order; asked about after each week."""
    heard: Pattern = {}
    for at in range(BLOCK):
        week: dict[str, Counts] = {one: mine[order[at % FIRST_LENGTH]] for one, mine in UNEVEN.items()}
        house.answer(START + at, week)
        house.release(START + at)
        heard |= ask_all(house, at)
    return heard


def every_period(house: House, at: int) -> Pattern:
    """All up to five weeks that ends with the newest, of everybody, in both forms: the very words."""
    if at >= 2 * FIRST_LENGTH:
        return {}
    return {
        (node, str(span), form): said(house, node, span, form)
        for node in ASKERS
        for span in (Span(START + first, START + at) for first in range(max(0, at - 4), at + 1))
        for form in ("staff", "public")
    }


def said(house: House, node: str, span: Span, form: Form) -> str:
    try:
        answer = ask(house.engine, house.catalogue, Asked(node, span, "fft", "mallory", form=form))
    except Refused as refusal:
        return str(refusal)
    return f"{answer.n}: {answer.counts}"


def test_what_is_refused_is_the_same_whichever_side_of_a_step_is_small(worlds: list[House]) -> None:
    orders = ((0, 1, 2, 3), (3, 2, 1, 0))
    heard = [lived_through(one, order, every_period) for one, order in zip(worlds, orders, strict=True)]
    for form in ("staff", "public"):
        assert worlds[0].ledger(form) == worlds[1].ledger(form)
    assert heard[0] == heard[1]
    for one in worlds:
        one.organise(Organisation(MERGED, MERGED, "place", parent="QTT"))
        one.serve("A", "T1", MERGED)
        one.serve("C", "T2", MERGED)
    spans = [Span(START + first, START + last) for last in (3, 5, BLOCK - 1) for first in range(last + 1)]
    heard = [{span: said(one, MERGED, span, "staff") for span in spans} for one in worlds]
    assert heard[0] == heard[1]
    told = [span for span, words in heard[0].items() if "nothing was told" not in words]
    assert told == BLOCKS[:1]


def gated(house: House, node: str, span: Span) -> bool:
    """What would be told where the gate alone decides, whatever is cut."""
    block = block_of(span.first)
    with transaction(house.engine, reading=True) as session:
        [one] = lattices(
            cells.of_weeks(session, PATHWAY, block),
            ledger.of_block(session, PATHWAY, block.first),
            cells.members(session, PATHWAY),
            block,
        ).values()
    return bool(decide(one, [one.cells((node, "QTT", PATHWAY), span)], level=[0]).released[0])


def test_the_gate_alone_tells_by_a_refusal_which_side_is_small(worlds: list[House]) -> None:
    """Of a step of 60 answers the first week is refused, the last told: so the first has under ten."""

    def weeks(house: House, at: int) -> Pattern:
        spans = [Span.of(START + one) for one in range(FIRST_LENGTH)] if at == FIRST_LENGTH - 1 else []
        return {("A", str(span), "staff"): str(gated(house, "A", span)) for span in spans}

    heard = [
        list(lived_through(one, order, weeks).values())
        for one, order in zip(worlds, ((0, 1, 2, 3), (3, 2, 1, 0)), strict=True)
    ]
    assert worlds[0].ledger() == worlds[1].ledger()
    assert heard == [["False", "True", "True", "True"], ["True", "True", "True", "False"]]
