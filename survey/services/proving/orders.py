"""Attacks by order: whatever orders people, laid beside whatever orders kept rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby, pairwise
from typing import Any

from survey.services.proving.ahead_log import PLACE
from survey.services.proving.attacks import Attack, Guess, Way, guessing
from survey.services.proving.loot import Kept, Loot, Pool, Trace

_PEOPLE: dict[str, Callable[[Trace], Any] | None] = {  # None: in the order in which they answered
    "people as they answered": None,
    "spent tickets": lambda trace: trace.burned,
    "ids of sealed rows": lambda trace: trace.row_id,
    "sealed bytes": lambda trace: trace.body,
}
_SEEN = 0.5  # share of the rows that must have a place, for it to count as examined


def order_attacks(loot: Loot) -> list[Attack]:
    """One attack a kind of place, tried with each order of people, forwards and backwards."""
    places = ["id", *loot.places]
    kinds = {kind: list(names) for kind, names in groupby(places, key=lambda name: name.partition(",")[0])}
    kinds.setdefault(PLACE, [])
    return [_attack(kind, names, loot) for kind, names in kinds.items()]


def comment_attack(loot: Loot) -> Attack:
    """Comments that name their authors, laid in their order beside kept rows in theirs."""
    ways = {
        f"rows by {name}{_said(backwards)}": guessing(_comments(name, backwards))
        for name in ("id", *loot.places)
        for backwards in (False, True)
    }
    return Attack("order of comments that name their authors", ways)


def _attack(kind: str, names: list[str], loot: Loot) -> Attack:
    ways: dict[str, Way] = {
        f"{people}, {name}{_said(backwards)}": guessing(_order(name, backwards, by=by))
        for name in names
        for people, by in _PEOPLE.items()
        for backwards in (False, True)
    }
    title = "order of ids" if kind == "id" else f"order of rows by the {kind}"
    return Attack(title, ways, unseen=_unseen(kind, names, loot))


def _unseen(kind: str, names: list[str], loot: Loot) -> str:
    if kind in loot.unseen:
        return loot.unseen[kind]
    if kind != PLACE:
        return ""
    rows = [row for pool in loot.pools for row in pool.kept]
    seen = sum(any(name in row.places for name in names) for row in rows)
    return (
        "" if seen >= _SEEN * len(rows) else f"it shows only {seen} of {len(rows)} rows: compressed, or gone"
    )


def _order(name: str, backwards: bool, *, by: Callable[[Trace], Any] | None) -> Callable[[Pool], Guess]:
    def attack(pool: Pool) -> Guess:
        people = list(range(len(pool.traces)))
        if by is not None:
            if any(by(trace) is None for trace in pool.traces):
                return {}
            people.sort(key=lambda n: by(pool.traces[n]))
        rows = _in_order(pool, name, backwards)
        if len(rows) != len(people):
            return {}
        return {n: row.answers for n, row in zip(people, rows, strict=True)}

    return attack


def _comments(name: str, backwards: bool) -> Callable[[Pool], Guess]:
    def attack(pool: Pool) -> Guess:
        rows = _in_order(pool, name, backwards)
        if len(rows) != len(pool.comments) or len(rows) != len(pool.traces):
            return {}
        author = {trace.person.name: n for n, trace in enumerate(pool.traces)}
        return {author[one]: row.answers for one, row in zip(pool.comments, rows, strict=True)}

    return attack


def _in_order(pool: Pool, name: str, backwards: bool) -> Sequence[Kept]:
    # Nothing where all have the same place: one transaction wrote them, xmin says nothing.
    rows = [row for row in pool.kept if name == "id" or name in row.places]
    rows.sort(key=lambda row: _place(row, name), reverse=backwards)
    places = [_place(row, name) for row in rows]
    return [] if all(one == other for one, other in pairwise(places)) else rows


def _place(row: Kept, name: str) -> tuple[float, str]:
    return (len(row.id), row.id) if name == "id" else (row.places[name], "")


def _said(backwards: bool) -> str:
    return " backwards" if backwards else ""
