"""National returns give small groups away; what Heard releases after them gives away nobody else."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import Engine

from analysis.disclosure import unpinned
from survey.domain.calendar import Span, Week, month_span
from survey.domain.errors import Refused
from survey.services.ask import Asked, ask
from survey.services.national_return import national_return
from survey.services.releasing import leaving, pieces
from survey.services.releasing.lattice import Lattice
from survey.services.releasing.pieces import pieces_of
from survey.services.returning.exposed import Exposed
from tests.adversarial.asked_of_figures import all_seen
from tests.adversarial.attackers_of_figures import LEAST, Sum, bounded, pinned
from tests.leaving import START, House, Tree
from tests.town import PATHWAY

# Each service has a site of its own, as wards have: so their months are told one by one.
SERVICES = ("A", "B", "C", "D", "E")
TREE = Tree(
    {f"T{one}": [one] for one in SERVICES},
    {"T": ["TA", "TB", "TC"], "U": ["TD", "TE"]},
    {"P": ["A", "B", "D"], "Q": ["C", "E"]},
)
MEANS = {"A": 2, "B": 1.5, "C": 6, "D": 3, "E": 12}
WEEKS = 28  # three blocks


@pytest.fixture
def house(sqlite: Engine) -> House:
    return House(sqlite).build(TREE)


def exposed(house: House) -> set[str]:
    """Cells that an attacker who has everything that left can bound under ten."""
    found = all_seen(house.engine)
    return {f"{found.names[cell][0]}, {found.names[cell][2]}" for cell in bounded(found, whole=True)}


def a_week(house: House, week: Week, chance: np.random.Generator) -> None:
    found = {
        service: tuple(int(n) for n in chance.multinomial(chance.poisson(mean), (0.75, 0.1, 0.15)))
        for service, mean in MEANS.items()
    }
    house.answer(week, found)  # type: ignore[arg-type]
    house.release(week)


def asks(house: House, week: Week, chance: np.random.Generator) -> None:
    """Two questions about the last weeks; what may not be told is not."""
    for _ in range(2):
        span = Span(week + -int(chance.integers(0, min(6, week - START + 1))), week)
        asked = Asked(str(chance.choice(sorted(TREE.nodes()))), span, "fft", "mallory")
        with suppress(Refused):
            ask(house.engine, house.catalogue, asked)


def returned(house: House, week: Week, *, across: bool) -> Exposed | None:
    """The return of the month that ends with `week`; of one that two blocks share where `across`."""
    month = month_span(week.month)
    if month.last != week or month.first < START or not (across or len(list(pieces_of(month))) == 1):
        return None
    return national_return(house.engine, house.catalogue, week.month, PATHWAY, who="ann").exposed


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.proof)])
def test_only_the_return_itself_gives_anybody_away(house: House, seed: int) -> None:
    """Months in one block: what is released or answered after a return lays nobody else bare."""
    chance = np.random.default_rng(seed)
    known: set[str] = set()
    listed: set[str] = set()
    for at in range(WEEKS):
        week = START + at
        a_week(house, week, chance)
        asks(house, week, chance)
        assert at % 2 or exposed(house) <= known, week
        if made := returned(house, week, across=False):
            listed |= {*made.alone, *made.together}
            known |= exposed(house)
            assert known == listed
            assert not made.perhaps
    print(f"exposed by the returns: {len(known)} of {len(all_seen(house.engine).small())} small groups")
    assert known  # or the test shows nothing


@pytest.mark.proof
def test_of_a_month_in_two_blocks_all_that_it_may_ever_give_away_is_listed(house: House) -> None:
    chance = np.random.default_rng(3)
    listed: set[str] = set()
    returned_in_pieces = 0
    for week in (START + at for at in range(WEEKS)):
        a_week(house, week, chance)
        asks(house, week, chance)
        if made := returned(house, week, across=True):
            assert exposed(house) <= listed | {*made.alone, *made.together, *made.perhaps}, week
            listed |= {*made.alone, *made.together, *made.perhaps}
            returned_in_pieces += bool(made.perhaps)
    found = exposed(house)
    print(f"exposed: {len(found)}; {len(listed)} were listed when a month was returned")
    assert found <= listed
    assert returned_in_pieces


# -- small counts in public


WARDS = Tree(
    {"TA": ["A"], "TB": ["B"], "TC": ["C"]}, {"T": ["TA", "TB"], "U": ["TC"]}, {"P": ["A", "B", "C"]}
)
CALM = {"A": 6, "B": 4, "C": 9}  # answers a week, nearly all of them favourable: so many counts are small
SPELL = 16  # weeks, in which three months end, the last of them in the second block


def certain(house: House) -> tuple[set[str], set[str]]:
    """Small counts in rounded figures that can be nothing else; and those that the returns alone make so."""
    found = all_seen(house.engine)
    alone = replace(found, sums=[_untold(one) for one in found.sums])
    return set(pinned(found)), set(pinned(alone))


def _untold(one: Sum) -> Sum:
    if (one.low == one.high).all():
        return one  # of a return
    most = 10**6
    return replace(one, low=np.zeros(3), high=np.full(3, most), n=(0, most), others=((0, most),) * 3)


def a_calm_week(house: House, week: Week, chance: np.random.Generator) -> None:
    """Answers, their release, and of each node questions in public about the last steps that staff have."""
    found = {
        service: tuple(int(n) for n in chance.multinomial(chance.poisson(mean), (0.9, 0.04, 0.06)))
        for service, mean in CALM.items()
    }
    house.answer(week, found)  # type: ignore[arg-type]
    house.release(week)
    for node in sorted(WARDS.nodes()):
        steps = [Span.parse(one) for one in house.told(node)][-2:]
        if steps and chance.random() < 0.5:
            asked = Asked(node, Span(steps[0].first, steps[-1].last), "fft", "mallory", form="public")
            with suppress(Refused):
                ask(house.engine, house.catalogue, asked)


def certain_by_ours(house: House, seed: int) -> tuple[set[str], set[str], set[str]]:
    """Counts that figures of ours made certain; those that returns did, and what these listed."""
    chance = np.random.default_rng(seed)
    ours: set[str] = set()
    by_returns: set[str] = set()
    listed: set[str] = set()
    for week in (START + at for at in range(SPELL)):
        a_calm_week(house, week, chance)
        every, alone = certain(house)
        ours |= every - alone - by_returns
        if made := returned(house, week, across=True):
            listed.update(made.counts)
            by_returns |= certain(house)[0] - ours
    return ours, by_returns, listed


@pytest.mark.parametrize("seed", [4, pytest.param(2, marks=pytest.mark.proof)])
def test_no_small_count_in_public_becomes_certain_by_what_leaves_beside_a_return(
    sqlite: Engine, seed: int
) -> None:
    house = House(sqlite).build(WARDS)
    ours, by_returns, listed = certain_by_ours(house, seed)
    told = sum(one.public for one in all_seen(house.engine).sums)
    print(
        f"{told} told in public; certain by returns {len(by_returns)}, listed {len(listed)}; by ours {ours}"
    )
    assert ours == set()
    assert by_returns  # or the list is not tried
    assert all(names(one) & listed for one in by_returns)


def names(certain: str) -> set[str]:
    """How the auditor reads of it: as a figure of a node, or as an answer about its services."""
    about, group = certain.split(": ")
    _, node, span = about.split()
    services = ", ".join(WARDS.nodes()[node])
    return {f"{node}, {span}, {group}", f"asked: {services}, {span}, {group}"}


def test_who_looks_at_no_return_makes_small_counts_certain(
    sqlite: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def blind(lattice: Lattice, wanted: list[np.ndarray], *, level: list[int]) -> np.ndarray:
        told = [one for mine in lattice.told["public"].values() for one in mine.cells]
        out = lattice.membership([*told, *lattice.answers["public"]])
        return unpinned(lattice.counts, out, lattice.membership(wanted), level=level, largest=LEAST - 1)

    for module in (leaving, pieces):
        monkeypatch.setattr(module, "decide_in_public", blind)
    ours, _, _ = certain_by_ours(House(sqlite).build(WARDS), seed=4)
    print(f"certain by ours: {sorted(ours)}")
    assert ours
