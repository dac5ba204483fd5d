"""Taken back: which figures have told of a cell, and that they were wrong where answers of it are gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.orm import Session

from survey.domain.blocks import block_of
from survey.domain.calendar import Span, Week
from survey.domain.released import Entry, NodeKey
from survey.services.releasing.lattice import lattices
from survey.storage import cells, ledger
from survey.storage.cells import Cell
from survey.storage.ledger import New

Place = tuple[str, str, bool, Week]  # series, service, whether apart from its organisations, week of release


def place(cell: Cell) -> Place:
    """What a cell is to figures: they add up all answers of a place, whenever those were given."""
    return cell.series, cell.service, cell.apart, cell.week


def telling(session: Session, found: Iterable[Cell]) -> Mapping[Place, Sequence[Entry]]:
    """Every entry of the ledger, in whichever form and withdrawn or not, that adds up each cell's place.

    No more leave before the caller's transaction has ended.
    """
    by_block: dict[tuple[str, Span], list[Cell]] = defaultdict(list)
    for cell in found:
        by_block[cell.pathway, block_of(cell.week)].append(cell)
    if by_block:
        ledger.alone(session)
    told: dict[Place, list[Entry]] = defaultdict(list)
    for (pathway, block), mine in by_block.items():
        entries = ledger.of_block(session, pathway, block.first)
        every = cells.of_weeks(session, pathway, block)
        made = lattices(every, [], cells.members(session, pathway), block)
        for series in {cell.series for cell in mine}:
            lattice = made[series]
            at = {lattice.cell_of(cell): place(cell) for cell in mine if cell.series == series}
            for one in entries:
                held = lattice.of_entry(one).tolist() if one.figure.series == series else ()
                for cell_number in at.keys() & set(held):
                    told[at[cell_number]].append(one)
    return told


def withdraw(session: Session, wrong: Iterable[Cell], run: Week) -> int:
    """Say of all that was told of some cells that it was wrong; how many entries that makes."""
    by_number = {one.number: one for mine in telling(session, wrong).values() for one in mine}
    entries = [by_number[number] for number in sorted(by_number)]
    gone = {_name(one) for one in entries if one.kind == "withdrawn"}
    found: dict[tuple[str, NodeKey, str, Span, bool], New] = {}
    for one in entries:
        if _name(one) not in gone:
            about = {"number": one.number, "kind": one.kind, "why": "answers were taken back"}
            found[_name(one)] = New(one.figure, "withdrawn", one.services, about)
    ledger.append(session, run, list(found.values()))
    return len(found)


def _name(one: Entry) -> tuple[str, NodeKey, str, Span, bool]:
    return one.figure.series, one.figure.key, one.figure.form, one.figure.span, one.is_scale
