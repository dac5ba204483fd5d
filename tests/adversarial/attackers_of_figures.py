"""Attackers of released figures: how large a small group may be, which small counts are certain.

They know every figure that left, which services it adds up and the rules of rounding; they read the database
by SQL and share no code with the gate. All figures of all weeks stand in one system of sums; parts of it that
no figure joins are solved one by one, which changes no answer.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import LinearConstraint, linprog, milp
from sqlalchemy import Engine, text

from survey.domain.calendar import Span, Week

LEAST = 10
CLOSE = 1e-6
GROUPS = ("favourable", "neither", "unfavourable")
CellName = tuple[str, bool, str]  # service, whether apart from its organisations, week of release
Member = tuple[str, str, list[str]]  # since, level, services
System = tuple[np.ndarray, np.ndarray, np.ndarray]  # weights, and between what each sum lies


@dataclass(frozen=True)
class Sum:
    """One figure: the cells that it adds up, and between what each of its counts and its n must lie."""

    name: str
    cells: tuple[int, ...]
    low: np.ndarray  # (3,)
    high: np.ndarray  # (3,)
    n: tuple[int, int]  # lowest, highest
    others: tuple[tuple[int, int], ...] = ()  # of each category: lowest and highest of n less its count
    public: bool = False


@dataclass(frozen=True)
class Seen:
    """What an attacker has: figures; and what only the test has: the true counts of cells."""

    names: list[CellName]
    truth: np.ndarray  # (cells, 3)
    sums: list[Sum]

    def small(self) -> list[int]:
        """Cells with any answers, but fewer than ten."""
        n = self.truth.sum(axis=1)
        return [int(cell) for cell in np.flatnonzero((n > 0) & (n < LEAST))]


def exact(name: str, cells: Sequence[int], counts: Sequence[int], *, public: bool = False) -> Sum:
    """A figure as staff see it; where `public`, as a national return tells it to anybody."""
    held = np.array(counts)
    n = int(held.sum())
    others = tuple((n - count, n - count) for count in held.tolist())
    return Sum(name, tuple(cells), held, held, (n, n), others, public=public)


def rounded(name: str, cells: Sequence[int], counts: Sequence[int], n: int, *, few: str, all_but: str) -> Sum:
    """A figure as anybody sees it: to the nearest five, at least ten, and what the words say."""
    low, high = np.maximum(np.array(counts) - 2, 0), np.array(counts) + 2
    others = []
    for at, group in enumerate(GROUPS):
        low[at], high[at] = (
            (low[at], min(high[at], 2)) if group in few.split() else (max(low[at], 3), high[at])
        )
        others.append((0, 2) if group in all_but.split() else (3, n + 2))
    return Sum(name, tuple(cells), low, high, (max(n - 2, LEAST), n + 2), tuple(others), public=True)


def seen(engine: Engine, series: str = "fft", *, knows_empty: bool = False) -> Seen:
    """What has left, read from the database; also which service-weeks were empty where he `knows_empty`."""
    with engine.connect() as connection:
        cells, members, figures = (connection.execute(text(sql), {"series": series}).all() for sql in ASKED)
    of_node: dict[tuple[str, ...], list[Member]] = defaultdict(list)
    for node, icb, pathway, since, level, services in members:
        of_node[node, icb, pathway].append((since, level, _read(services)))
    answered = {(service, bool(apart), week): counts for service, apart, week, *counts in cells}
    names = sorted(answered)
    if not knows_empty:
        weeks = sorted({str(week) for row in figures for week in _weeks(row[3])})
        everywhere = {one for mine in of_node.values() for _, _, services in mine for one in services}
        names = sorted({*names, *((service, False, week) for service in everywhere for week in weeks)})
    truth = np.array([answered.get(name, (0, 0, 0)) for name in names], dtype=int).reshape(-1, 3)
    at = {name: number for number, name in enumerate(names)}
    return Seen(names, truth, [_sum(row, Cells(at, truth), of_node) for row in figures])


ASKED = (
    "SELECT service, apart, week, sum(favourable), sum(neither), sum(unfavourable) FROM cell"
    " WHERE series = :series GROUP BY service, apart, week",
    "SELECT node, icb, pathway, since, level, services FROM membership WHERE :series <> '' ORDER BY since",
    "SELECT node, icb, pathway, span, favourable, neither, unfavourable, n, form, few, all_but_few, services"
    " FROM ledger WHERE series = :series AND kind <> 'withdrawn' ORDER BY number",
)


@dataclass(frozen=True)
class Cells:
    """Cells by name, with what they hold."""

    at: dict[CellName, int]
    truth: np.ndarray

    def of(self, services: Sequence[str], week: Week) -> list[int]:
        found = [self.at.get((one, False, str(week))) for one in services]
        return [one for one in found if one is not None]

    def past_of(self, service: str, weeks: Sequence[Week]) -> list[int]:
        found = [self.at.get((service, True, str(week))) for week in weeks]
        return [one for one in found if one is not None]


def _sum(row: Any, cells: Cells, of_node: Mapping[tuple[str, ...], list[Member]]) -> Sum:
    node, icb, pathway, span, *counts, n, form, few, all_but, services = row
    weeks = _weeks(span)
    if services is not None:
        held = [cell for week in weeks for cell in cells.of(_read(services), week)]
    else:
        held = _held(node, of_node[node, icb, pathway], weeks, cells)
    name = f"{form} {node} {span}"
    if form == "staff":
        return exact(name, held, counts)
    return rounded(name, held, counts, n, few=few, all_but=all_but)


def _held(node: str, members: Sequence[Member], weeks: Sequence[Week], cells: Cells) -> list[int]:
    held = []
    for week in weeks:
        mine = [services for since, _, services in members if since <= str(week)]
        held += cells.of(mine[-1] if mine else [], week)
    # A service's past, from before its organisations told of it, is in figures of nothing but the past.
    if members[-1][1] == "service" and not cells.truth[held].any():
        return cells.past_of(node, weeks)
    return held


def _read(services: Any) -> list[str]:
    return json.loads(services) if isinstance(services, str) else services


def _weeks(span: str) -> list[Week]:
    whole = Span.parse(span)
    return [whole.first + n for n in range(whole.weeks)]


@dataclass(frozen=True)
class Part:
    """Figures that share cells, as a dense system; cells that the same figures hold are one column."""

    columns: list[list[int]]  # cells
    sums: list[Sum]
    matrix: np.ndarray  # (sums, columns) of 0 and 1


def parts(sums: Sequence[Sum]) -> Iterator[Part]:
    """The system in parts that no figure joins."""
    root: dict[int, int] = {}

    def find(cell: int) -> int:
        while root.setdefault(cell, cell) != cell:
            root[cell] = cell = root[root[cell]]
        return cell

    held = [one for one in sums if one.cells]
    for one in held:
        for cell in one.cells[1:]:
            root[find(cell)] = find(one.cells[0])
    together = defaultdict(list)
    for one in held:
        together[find(one.cells[0])].append(one)
    for mine in together.values():
        by_figures = defaultdict(list)
        for cell in sorted({cell for one in mine for cell in one.cells}):
            by_figures[tuple(cell in set(one.cells) for one in mine)].append(cell)
        yield Part(list(by_figures.values()), mine, np.array(list(by_figures), dtype=float).T)


def bounded(
    found: Seen, *, whole: bool, least: int = LEAST, among: Sequence[int] | None = None
) -> dict[int, int]:
    """Small cells, of all or `among` some, whose n cannot be `least`, each with the most that it can be.

    The most is the sum over categories of the largest each can be, by linear programming, or where `whole` in
    whole numbers. What has been shown to reach `least` is not sought further.
    """
    n = found.truth.sum(axis=1)
    wanted = {int(cell) for cell in np.flatnonzero((n > 0) & (n < least))}
    wanted &= wanted if among is None else set(among)
    exposed = {}
    for part in parts(found.sums):
        for at, cells in enumerate(part.columns):
            mine = wanted.intersection(cells)
            if mine and (most := _most(part, at, whole=whole, least=least)) < least:
                exposed.update(dict.fromkeys(mine, most))
    return exposed


def _most(part: Part, column: int, *, whole: bool, least: int) -> int:
    most = 0
    for category in range(3):
        most += largest(part, column, category, whole=whole)
        if most >= least:
            break
    return most


def largest(part: Part, column: int, category: int, *, whole: bool = False) -> int:
    """The most answers that one column can have in one category."""
    aim = np.zeros(len(part.columns))
    aim[column] = -1
    low = np.array([one.low[category] for one in part.sums], dtype=float)
    high = np.array([one.high[category] for one in part.sums], dtype=float)
    told = low == high
    loose = part.matrix[~told]
    solved = linprog(
        aim,
        A_eq=part.matrix[told] if told.any() else None,
        b_eq=low[told] if told.any() else None,
        A_ub=np.vstack([loose, -loose]) if len(loose) else None,
        b_ub=np.concatenate([high[~told], -low[~told]]) if len(loose) else None,
        method="highs",
    )
    assert solved.status == 0, f"no table has these sums: {solved.message}"
    if whole and np.abs(solved.x - np.rint(solved.x)).max() > CLOSE:  # else its own table is of whole numbers
        solved = _in_whole_numbers(aim, part.matrix, low, high)
    return int(np.floor(-solved.fun + CLOSE))


def _in_whole_numbers(aim: np.ndarray, matrix: np.ndarray, low: np.ndarray, high: np.ndarray) -> Any:
    solved = milp(aim, integrality=np.ones_like(aim), constraints=LinearConstraint(matrix, low, high))
    assert solved.status == 0, f"no table has these sums: {solved.message}"
    return solved


def pinned(found: Seen, *, most: int = LEAST - 1) -> list[str]:
    """Counts of 1 to `most` in rounded figures that can be nothing else, for all that anybody is told.

    Where another table with the same public figures is one step from the true one, the count is not certain;
    where none is, whole tables with one more or one fewer are sought.
    """
    certain = []
    for part in parts([one for one in found.sums if one.public]):
        system = _public_system(part)
        truth = np.array([found.truth[cells].sum(axis=0) for cells in part.columns]).T.ravel()
        steps = _steps_away(truth, system)
        for at, one in enumerate(part.sums):
            counts = found.truth[list(one.cells)].sum(axis=0)
            if (one.low == one.high).all():
                continue  # a return says it itself
            for category in np.flatnonzero((counts > 0) & (counts <= most)):
                aim = np.concatenate([part.matrix[at] * (category == one_of) for one_of in range(3)])
                if not (steps @ aim).any() and not _another(aim, counts[category], system):
                    certain.append(f"{one.name}: {GROUPS[category]}")
    return certain


def _steps_away(truth: np.ndarray, system: System) -> np.ndarray:
    """One answer more, one fewer, or one that changes its category: those that no public figure shows."""
    rows, low, high = system
    one = np.eye(len(truth))
    by_category = one.reshape(3, -1, len(truth))
    changes = [by_category[to] - by_category[of] for of in range(3) for to in range(3) if of != to]
    steps = np.concatenate([one, -one, *changes])
    after = rows @ truth + steps @ rows.T
    return steps[((after >= low) & (after <= high)).all(axis=1) & (truth + steps >= 0).all(axis=1)]


def _another(aim: np.ndarray, count: int, system: System) -> bool:
    rows, low, high = system
    for least, most in ((count + 1, np.inf), (0, count - 1)):
        solved = milp(
            np.zeros_like(aim),
            integrality=np.ones_like(aim),
            constraints=LinearConstraint(np.vstack([rows, aim]), [*low, least], [*high, most]),
        )
        assert solved.status in (0, 2), solved.message  # a table, or none
        if solved.status == 0:
            return True
    return False


def _public_system(part: Part) -> System:
    # Variables: columns × categories, category by category.
    rows, low, high = [], [], []
    for of_sum, one in zip(part.matrix, part.sums, strict=True):
        for weights, least, most in [
            *((np.eye(3)[at], one.low[at], one.high[at]) for at in range(3)),
            *((1 - np.eye(3)[at], *one.others[at]) for at in range(3)),
            (np.ones(3), *one.n),
        ]:
            rows.append(np.concatenate([weight * of_sum for weight in weights]))
            low.append(least)
            high.append(most)
    return np.array(rows), np.array(low), np.array(high)
