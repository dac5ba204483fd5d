"""Attackers who know full scales too: how large a small group may be, by all options of all that has left.

They read the database by SQL, think of every cell as so many answers by option, and share no code with what
decides which scales leave.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import LinearConstraint, linprog, milp
from sqlalchemy import Engine, text

from tests.adversarial.attackers_of_figures import CLOSE, LEAST, Part, Seen, Sum, exact, parts, seen

OPTIONS = {  # group by group
    "favourable": ("very-good", "good"),
    "neither": ("neither", "dont-know"),
    "unfavourable": ("poor", "very-poor"),
}
Answers = Mapping[str, int]  # by option


@dataclass(frozen=True)
class Scaled:
    """What an attacker has: sums in groups, and for some of them by option; and the test's own: the truth."""

    seen: Seen
    scales: Mapping[tuple[int, ...], Answers]  # by cells
    by_option: Sequence[Answers]  # of each cell

    def without_scales(self) -> Scaled:
        """The same in groups alone."""
        return replace(self, scales={})

    def naively(self, least: int) -> Scaled:
        """The same where every figure of so many answers tells its scale."""
        large = [one.cells for one in self.seen.sums if one.n[0] >= least]
        return replace(self, scales={**self.scales, **{cells: self.added_up(cells) for cells in large}})

    def added_up(self, cells: Sequence[int]) -> Answers:
        every = [option for options in OPTIONS.values() for option in options]
        return {option: sum(self.by_option[cell].get(option, 0) for cell in cells) for option in every}


def scaled(engine: Engine, series: str = "fft") -> Scaled:
    """What staff have been told: figures, answers, months of returns, and the scales of some."""
    found = seen(engine, series)
    with engine.connect() as connection:
        rows, answers = (connection.execute(text(sql), {"series": series}).all() for sql in ASKED)
    given: dict[tuple[str, str], dict[str, int]] = {}
    for service, week, option, n in answers:
        given.setdefault((service, week), {})[option] = n
    by_option = [given.get((service, week), {}) for service, _, week in found.names]
    sums, scales = [], {}
    months: dict[tuple[str, str], dict[tuple[int, ...], Sum]] = {}  # a trust of one site is there twice
    for one, (kind, form, about, services) in zip(found.sums, rows, strict=True):
        if kind == "return":
            months.setdefault((_read(about)["month"], str(services)), {})[one.cells] = one
        elif form == "staff":
            sums.append(one)
            scales |= {one.cells: _read(about)["options"]} if kind == "scale" else {}
    for (month, _), pieces in months.items():
        cells = [cell for piece in pieces for cell in piece]
        sums.append(exact(f"return {month}", cells, sum(one.low for one in pieces.values())))
    told = Scaled(Seen(found.names, found.truth, sums), scales, by_option)
    of_returns = (one.cells for one in sums if one.name.startswith("return") and one.cells)
    return replace(told, scales=scales | {cells: told.added_up(cells) for cells in of_returns})


ASKED = (
    "SELECT kind, form, about, services FROM ledger WHERE series = :series AND kind <> 'withdrawn'"
    " ORDER BY number",
    "SELECT service, span, option, sum(taken) FROM answer_count WHERE question = :series"
    " GROUP BY service, span, option",
)


def bounded(found: Scaled, *, among: Sequence[int] | None = None) -> dict[int, int]:
    """Small cells whose n cannot be ten in whole numbers, each with the most that it can be."""
    wanted = set(found.seen.small() if among is None else among)
    exposed = {}
    for part in parts(found.seen.sums):
        for at, cells in enumerate(part.columns):
            mine = wanted.intersection(cells)
            if mine and (most := _most(found, part, at)) < LEAST:
                exposed.update(dict.fromkeys(mine, most))
    return exposed


def _most(found: Scaled, part: Part, column: int) -> int:
    most = 0
    for at, options in enumerate(OPTIONS.values()):
        most += _largest(*_system(found, part, at, options), column, len(options))
        if most >= LEAST:
            break
    return most


def _system(found: Scaled, part: Part, group: int, options: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Equations of one group: columns × options, column by column."""
    rows, told = [], []
    for sums, one in zip(part.matrix, part.sums, strict=True):
        rows.append(np.repeat(sums, len(options)))
        told.append(one.low[group])
        if one.cells in found.scales:
            for at, option in enumerate(options):
                rows.append(np.kron(sums, np.eye(len(options))[at]))
                told.append(found.scales[one.cells][option])
    return np.array(rows), np.array(told, dtype=float)


def _largest(matrix: np.ndarray, told: np.ndarray, column: int, options: int) -> int:
    aim = np.zeros(matrix.shape[1])
    aim[column * options : (column + 1) * options] = -1
    solved = linprog(aim, A_eq=matrix, b_eq=told, method="highs")
    assert solved.status == 0, f"no table has these sums: {solved.message}"
    if np.abs(solved.x - np.rint(solved.x)).max() > CLOSE:  # else its own table is of whole numbers
        solved = milp(aim, integrality=np.ones_like(aim), constraints=LinearConstraint(matrix, told, told))
        assert solved.status == 0, f"no table has these sums: {solved.message}"
    return int(np.floor(-solved.fun + CLOSE))


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
