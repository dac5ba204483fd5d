"""While services move, merge, open, come late and are corrected, released figures still lay nothing bare."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import Engine

from survey.domain.calendar import Week
from survey.domain.organisation import Organisation
from tests.adversarial.checked_figures import check
from tests.adversarial.trees_of_figures import TREES, answers
from tests.leaving import START, Counts, House

TREE = TREES["places across providers"]


class Troubled:
    """An installation to which each week something happens that was not foreseen."""

    def __init__(self, house: House, seed: int) -> None:
        self.house, self.draw = house.build(TREE), np.random.default_rng(seed)
        self.opened: list[str] = []

    def week(self, week: Week, mine: dict[str, Counts]) -> None:
        """A week's answers, what happens besides, and its release, now and then a week late."""
        self.house.answer(week, mine | {one: self._some(6) for one in self.opened})
        for happens, chance in (
            (self._move, 0.2),
            (self._merge, 0.1),
            (self._open, 0.15),
            (self._late, 0.4),
            (self._take_back, 0.2),
        ):
            if self.draw.random() < chance:
                happens(week)
        if self.draw.random() < 0.8:
            before = self.house.ledger()
            self.house.release(week)
            assert self.house.ledger()[: len(before)] == before

    def _some(self, most: int) -> Counts:
        return tuple(int(n) for n in self.draw.integers(0, most, 3))  # type: ignore[return-value]

    def _any(self, among: object) -> str:
        return str(self.draw.choice(sorted(among)))  # type: ignore[call-overload]

    def _move(self, _: Week) -> None:
        self.house.serve(self._any(TREE.services), self._any(TREE.sites), self._any(TREE.places))

    def _merge(self, _: Week) -> None:
        site = self._any(TREE.sites)
        self.house.organise(Organisation(site, site, "site", parent=self._any(TREE.providers)))

    def _open(self, week: Week) -> None:
        name = f"N{len(self.opened)}"
        self.house.serve(name, self._any(TREE.sites), self._any(TREE.places))
        for at in range(int(self.draw.integers(0, 16))):
            if week + -at >= START:
                self.house.answer(week + -at, {name: self._some(6)})
        self.opened.append(name)

    def _late(self, week: Week) -> None:
        then = week + -int(self.draw.integers(0, 14))
        self.house.answer(then, {self._any(TREE.services): self._some(4)})

    def _take_back(self, week: Week) -> None:
        told = f"week = '{week + -2}' AND span = week AND favourable > 0"
        found = self.house.rows(f"SELECT service, favourable FROM cell WHERE {told}")
        if found:
            service, n = found[0]
            self.house.answer(week + -2, {service: (-min(n, 2), 0, 0)})


@pytest.mark.parametrize(
    ("seed", "weeks"),
    [(1, 14), pytest.param(2, 30, marks=pytest.mark.proof), pytest.param(3, 30, marks=pytest.mark.proof)],
)
def test_whatever_happens_nothing_is_laid_bare_doubled_or_changed(
    sqlite: Engine, seed: int, weeks: int
) -> None:
    troubled = Troubled(House(sqlite), seed)
    for week, mine in answers(TREE, 6, weeks, seed=seed):
        troubled.week(week, mine)
    troubled.house.release(START + (weeks - 1))
    assert len(troubled.house.ledger()) > 4 * weeks
    check(troubled.house)
