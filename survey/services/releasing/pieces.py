"""Pieces: parts of a period that lie in one block each, made of sums that have left, or that may leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.disclosure import public_form
from survey.domain.blocks import BLOCK, block_of
from survey.domain.calendar import Span
from survey.domain.organisation import Node
from survey.domain.questionnaire import GROUPS
from survey.domain.released import Figure, Form, NodeKey
from survey.services.releasing.deciding import decide, decide_in_public
from survey.services.releasing.lattice import Ints, Lattice
from survey.storage.ledger import New


@dataclass(frozen=True, slots=True)
class Piece:
    """What is told of one block's weeks: sums that have left, or one that is about to."""

    parts: tuple[Figure, ...]
    new: New | None = None


def pieces_of(span: Span) -> Iterator[Span]:
    """The parts of a span, one a block."""
    first = span.first
    while first <= span.last:
        last = min(block_of(first).last, span.last)
        yield Span(first, last)
        first = last + 1


def piece(lattice: Lattice, node: Node, span: Span, form: Form) -> Piece | None:
    """What may be told of some weeks of a block; None where nothing may, whatever the reason."""
    cells, services = _cells(lattice, node, span)
    if not len(cells):
        return None
    key = (node.code, node.icb, node.pathway)
    made_of = _made_of(lattice, cells, form)
    if made_of is not None:
        if _overlap(made_of, lattice.withdrawn, same=True):
            return None
        return Piece(tuple(_figure(lattice, key, one, form) for one in made_of))
    if _overlap([cells], lattice.withdrawn, same=False) or not _may_leave(lattice, cells, form):
        return None
    figure = _figure(lattice, key, cells, form)
    return Piece((figure,), New(figure, "answer", services))


def steps_told(lattice: Lattice, node: Node) -> list[Span]:
    """The steps of a node that have left for staff: of the node itself, or of one with the same services."""
    services = set(node.services)
    key = (node.code, node.icb, node.pathway)
    for other, told in lattice.told["staff"].items():
        members = lattice.members.get(other, ())
        if other == key or (members and set(members[-1].services) == services):
            return list(told.spans)
    return []


def _cells(lattice: Lattice, node: Node, span: Span) -> tuple[Ints, tuple[str, ...] | None]:
    """The cells of some weeks, and whose they are where the node has had no figures of its own in them.

    Of a service's past, apart from what its organisations told, only from its first answers on: more of it
    may come in later.
    """
    key = (node.code, node.icb, node.pathway)
    weeks = [span.first + at for at in range(span.weeks) if span.first + at >= lattice.begun]
    members = lattice.members.get(key, ())
    known = all(any(one.since <= week for one in members) for week in weeks) and all(
        one.services for one in members if one.since <= span.last
    )
    if not known and node.level != "service":
        return lattice.cells_of(node.services, span), node.services
    cells = lattice.cells(key, span)
    if lattice.is_past(cells):
        held = cells[lattice.counts[cells].any(axis=1)]
        cells = cells[cells >= held.min()] if len(held) else cells[:0]
    return cells, None


def _made_of(lattice: Lattice, cells: Ints, form: Form) -> list[Ints] | None:
    """The figures of one node, or the one answer, that add up just these cells."""
    wanted = set(cells.tolist())
    of_nodes = [told.cells for told in lattice.told[form].values()]
    for sums in (*of_nodes, *([one] for one in lattice.answers[form])):
        mine = [one for one in sums if len(one) and wanted.issuperset(one.tolist())]
        if sum(len(one) for one in mine) == len(cells) == len({n for one in mine for n in one.tolist()}):
            return mine
    return None


def _overlap(sums: Sequence[Ints], others: Iterable[Ints], *, same: bool) -> bool:
    for other in others:
        for one in sums:
            if np.array_equal(one, other) if same else len(np.intersect1d(one, other)):
                return True
    return False


def _may_leave(lattice: Lattice, cells: Ints, form: Form) -> bool:
    if _made_of(lattice, cells, "staff") is None and not decide(lattice, [cells], level=[0]).released[0]:
        return False
    return form == "staff" or bool(decide_in_public(lattice, [cells], level=[0])[0])


def _figure(lattice: Lattice, key: NodeKey, cells: Ints, form: Form) -> Figure:
    weeks = cells % BLOCK
    span = Span(lattice.block.first + int(weeks.min()), lattice.block.first + int(weeks.max()))
    counts = lattice.sums(cells)
    if form == "staff":
        return Figure(*key, lattice.series, span, tuple(int(n) for n in counts), int(counts.sum()))  # type: ignore[arg-type]
    told = public_form(counts[None])
    few, all_but_few = (
        frozenset(group for group, is_so in zip(GROUPS, flags[0], strict=True) if is_so)
        for flags in (told.few, told.all_but_few)
    )
    rounded = tuple(int(n) for n in told.counts[0])
    return Figure(*key, lattice.series, span, rounded, int(told.n[0]), "public", few, all_but_few)  # type: ignore[arg-type]
