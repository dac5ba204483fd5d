"""Laws of the gate: it ends, lays nothing bare, is no laxer beside more; where it fails nothing is told."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sqlalchemy import Engine

from analysis import reach
from analysis.disclosure import FAILED, bounds, gate
from tests.adversarial.attackers_of_figures import Seen, bounded, exact
from tests.adversarial.trees_of_figures import TREES, answers, part_of
from tests.leaving import START, House

few = settings(max_examples=40, deadline=None)


class Case(NamedTuple):
    counts: np.ndarray  # (cells, 3)
    out: np.ndarray  # (figures, cells) of 0 and 1
    new: np.ndarray
    level: list[int]


@st.composite
def cases(draw: st.DrawFn, *, cells: int = 6, largest: int = 5, out: int = 3) -> Case:
    def figures(most: int) -> np.ndarray:
        rows = draw(st.lists(st.lists(st.booleans(), min_size=cells, max_size=cells), max_size=most))
        return np.array(rows, dtype=int).reshape(-1, cells)

    count = st.lists(st.integers(0, largest), min_size=3, max_size=3)
    counts = np.array(draw(st.lists(count, min_size=cells, max_size=cells)))
    new = figures(4)
    return Case(
        counts, figures(out), new, draw(st.lists(st.integers(0, 4), min_size=len(new), max_size=len(new)))
    )


def decided(case: Case):
    return gate(case.counts, csr_array(case.out), csr_array(case.new), level=case.level)


def bare(case: Case, figures: np.ndarray, *, least: int = 10) -> set[int]:
    """The cells that the attacker bounds."""
    sums = [
        exact(str(at), np.flatnonzero(row).tolist(), row @ case.counts)
        for at, row in enumerate(figures)
        if row.any()
    ]
    return set(bounded(Seen([], case.counts, sums), whole=True, least=least))


@few
@given(cases())
def test_what_leaves_has_ten_answers_and_lays_no_cell_bare_that_was_not(case: Case) -> None:
    leaves = decided(case).released
    assert (case.new[leaves] @ case.counts.sum(axis=1) >= 10).all()
    assert bare(case, np.vstack([case.out, case.new[leaves]])) == bare(case, case.out)


@few
@given(cases())
def test_the_bounds_are_those_of_the_attacker(case: Case) -> None:
    figures = np.vstack([case.out, case.new])
    found = bounds(case.counts, csr_array(figures))
    assert set(found) == bare(case, figures)
    assert all(case.counts[cell].sum() <= bound.most < 10 for cell, bound in found.items())


@few
@given(cases(cells=4, largest=2))
def test_the_bounds_are_those_of_every_table_there_is(case: Case) -> None:
    figures = np.vstack([case.out, case.new])
    most = [_of_every_table(figures, case.counts[:, category]) for category in range(3)]
    n = case.counts.sum(axis=1)
    small = {cell for cell in range(4) if figures[:, cell].any() and 0 < n[cell] < 5}
    assert set(bounds(case.counts, csr_array(figures), least=5)) == {
        cell for cell in small if sum(one[cell] for one in most) < 5
    }


def _of_every_table(figures: np.ndarray, truth: np.ndarray) -> np.ndarray:
    tables = np.array(list(product(range(9), repeat=4)))  # no sum of four cells of two is above eight
    return tables[(tables @ figures.T == figures @ truth).all(axis=1)].max(axis=0)


@few
@given(cases(out=2), cases(out=2))
def test_what_is_bare_stays_so_however_much_more_is_out(case: Case, more: Case) -> None:
    less = bounds(case.counts, csr_array(case.out))
    greater = bounds(case.counts, csr_array(np.vstack([case.out, more.out])))
    assert set(less) <= set(greater)


@few
@given(cases(out=2), cases(out=2))
def test_what_all_may_leave_beside_more_may_all_leave_beside_less(case: Case, more: Case) -> None:
    """More that is out never clears the new as a whole: only where it leaves nothing to protect."""
    beside_more = case._replace(out=np.vstack([case.out, more.out]))
    enough = case.new @ case.counts.sum(axis=1) >= 10
    if not bare(case, beside_more.out) and (decided(beside_more).released == enough).all():
        assert (decided(case).released == enough).all()


@few
@given(cases())
def test_what_one_decision_let_out_the_next_leaves_as_it_is_and_safe(case: Case) -> None:
    leaves = decided(case).released
    later = case._replace(
        out=np.vstack([case.out, case.new[leaves]]),
        new=case.new[~leaves],
        level=[one for one, gone in zip(case.level, leaves, strict=True) if not gone],
    )
    again = decided(later).released
    assert bare(case, np.vstack([later.out, later.new[again]])) == bare(case, case.out)


@few
@given(cases())
def test_the_same_is_decided_in_whatever_order_what_is_out_comes(case: Case) -> None:
    assert (decided(case).released == decided(case._replace(out=case.out[::-1])).released).all()


def _no_optimum(*_: object, **__: object) -> SimpleNamespace:
    return SimpleNamespace(status=4, message="numerical difficulties", x=None, fun=None)


@few
@given(cases())
def test_where_the_solver_fails_nothing_leaves_that_needed_it(case: Case) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("linprog", "milp"):
            patch.setattr(reach, name, _no_optimum)
        found = decided(case)
    if FAILED in found.reason[~found.released]:
        assert not found.released.any()
    assert bare(case, np.vstack([case.out, case.new[found.released]])) == bare(case, case.out)


def test_a_release_whose_solver_fails_tells_nothing_and_makes_up_for_it_later(
    sqlite: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = part_of(TREES["places across providers"], "ABCDHI")
    house = House(sqlite).build(tree)
    weeks = list(answers(tree, 4, 12))
    for week, mine in weeks[:4]:
        house.answer(week, mine)
        house.release(week)
    before = house.ledger()
    with monkeypatch.context() as patch:
        for name in ("linprog", "milp"):
            patch.setattr(reach, name, _no_optimum)
        for week, mine in weeks[4:8]:
            house.answer(week, mine)
            house.release(week)
    assert house.ledger() == before
    assert house.rows("SELECT DISTINCT reason FROM withheld_figure WHERE reason = 'failed'") == [("failed",)]
    for week, mine in weeks[8:]:
        house.answer(week, mine)
        house.release(week)
    assert len(house.ledger()) > len(before)


def test_a_release_whose_solver_breaks_down_is_not_made_and_can_be_made_again(
    sqlite: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = part_of(TREES["places across providers"], "ABCDHI")
    house = House(sqlite).build(tree)
    for week, mine in answers(tree, 4, 4):
        house.answer(week, mine)
    with monkeypatch.context() as patch:
        for name in ("linprog", "milp"):
            patch.setattr(reach, name, _broken)
        with pytest.raises(MemoryError):
            house.release(START + 3)
    told = house.rows("SELECT max(week) FROM released_week")
    assert told != [(str(START + 3),)]
    house.release(START + 3)
    assert house.ledger() != []


def _broken(*_: object, **__: object) -> None:
    raise MemoryError


def test_a_bound_names_the_figures_that_bind_by_their_rows() -> None:
    """Two sites whose sum is told, and one of them; in rows before and after, another pair of sites."""
    counts = np.array([[9, 3, 0], [3, 1, 0], [20, 0, 0], [30, 0, 0]])
    told = np.array([[0, 0, 1, 1], [1, 0, 0, 0], [0, 0, 1, 0], [1, 1, 0, 0], [1, 1, 0, 0]])
    [(cell, bound)] = bounds(counts, csr_array(told)).items()
    assert (cell, bound.binding) == (1, (1, 3))
    assert 4 <= bound.most < 10  # it is four; no more is computed than that it is under ten
