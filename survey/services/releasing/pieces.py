"""Pieces: parts of a period that lie in one block each, made of sums that have left, or that may leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.disclosure import public_form
from survey.domain.blocks import BLOCK, block_of
from survey.domain.calendar import Span
from survey.domain.counts import SMALLEST
from survey.domain.organisation import Node
from survey.domain.questionnaire import GROUPS
from survey.domain.released import Figure, Form, NodeKey
from survey.services.releasing.deciding import decide, decide_in_public
from survey.services.releasing.lattice import Ints, Lattice, Told
from survey.storage.ledger import New

# Why nothing is told: the weeks cut a step or an answer that has left; of them, or of some, nothing has; they
# are no whole block, and the node has no steps of its own; or, and this alone by what was answered, the gate
# says no.
Kept = Literal["cuts", "untold", "stepless", "withheld"]
SEEN: Mapping[Form, Sequence[Form]] = {"staff": ("staff",), "public": ("public", "staff")}


@dataclass(frozen=True, slots=True)
class Piece:
    """What is told of one block's weeks: sums that have left, or one that is about to."""

    parts: tuple[Figure, ...]
    new: New | None = None


@dataclass(frozen=True, slots=True)
class Fresh:
    """A sum that cuts nothing and no part of which has been told in its form: the gate is asked of it.

    `services` are those it adds up, where the node has no figures of its own.
    """

    cells: Ints
    services: tuple[str, ...] | None


def pieces_of(span: Span) -> Iterator[Span]:
    """The parts of a span, one a block."""
    first = span.first
    while first <= span.last:
        last = min(block_of(first).last, span.last)
        yield Span(first, last)
        first = last + 1


def piece(lattice: Lattice, node: Node, span: Span, form: Form) -> Piece | Fresh | Kept:
    """What is told of some weeks of a block, by what has left of it and never by what was answered.

    If a step were cut wherever the gate allows it, a refusal beside an answer would tell which side was under
    ten; and so it would in a step that has not ended, or was carried. So a node with steps of its own is told
    in whole ones, which the release has decided on; in public in those that staff have. Any other is told in
    whole blocks.
    """
    cells, services = _cells(lattice, node, span)
    key = (node.code, node.icb, node.pathway)
    for shown in SEEN[form]:
        made_of = _made_of(lattice, cells, shown) if len(cells) else None
        if made_of is not None and not lattice.taken_back[cells].any():
            if shown == form:
                return Piece(tuple(_figure(lattice, key, one, form) for one in made_of))
            return _fresh(lattice, cells, services)
        near = [one for one in _alike(lattice, key, cells, shown) if len(np.intersect1d(one, cells))]
        if near:
            return "cuts" if any(len(np.setdiff1d(one, cells)) for one in near) else "untold"
    if services is None:
        return "untold"
    whole = span.last == lattice.block.last and span.first <= max(lattice.block.first, lattice.begun)
    return _fresh(lattice, cells, services) if whole else "stepless"


def let_out(lattice: Lattice, node: Node, fresh: Fresh, form: Form) -> Piece | None:
    """A fresh sum, to be entered; None where the gate forbids it, whatever the reason."""
    cells = fresh.cells
    if lattice.sums(cells).sum() < SMALLEST:  # the national rule tells of fewer, this does not
        return None
    if _made_of(lattice, cells, "staff") is None and not decide(lattice, [cells], level=[0]).released[0]:
        return None
    if form == "public" and not decide_in_public(lattice, [cells], level=[0])[0]:
        return None
    figure = _figure(lattice, (node.code, node.icb, node.pathway), cells, form)
    return Piece((figure,), New(figure, "answer", fresh.services))


def steps_told(lattice: Lattice, node: Node, form: Form) -> list[Span]:
    """The steps of a node, or of one with the same services, that have left and were not wrong.

    In public those of staff as well, of whose weeks nothing has been told in public.
    """
    found: list[Span] = []
    for shown in SEEN[form]:
        told = _steps(lattice, node, shown)
        fits = [
            span
            for cells, span in zip(told.cells, told.spans, strict=True)
            if not lattice.taken_back[cells].any()
        ]
        found += [
            one for one in fits if all(one.last < span.first or span.last < one.first for span in found)
        ]
    return sorted(found)


def _steps(lattice: Lattice, node: Node, shown: Form) -> Told:
    services = set(node.services)
    key = (node.code, node.icb, node.pathway)
    for other, told in lattice.told[shown].items():
        members = lattice.members.get(other, ())
        if other == key or (members and set(members[-1].services) == services):
            return told
    return Told()


def _fresh(lattice: Lattice, cells: Ints, services: tuple[str, ...] | None) -> Fresh | Kept:
    """What was taken back is in no new sum: it would tell what was wrong."""
    if lattice.taken_back[cells].any():
        return "untold"
    return Fresh(cells, services)


def _alike(lattice: Lattice, key: NodeKey, cells: Ints, shown: Form) -> Iterator[Ints]:
    """What has been told of a node, and of all that has the same services."""
    services = set((cells // BLOCK).tolist())
    for other, told in lattice.told[shown].items():
        yield from (one for one in told.cells if other == key or set((one // BLOCK).tolist()) == services)
    yield from (one for one in lattice.answers[shown] if set((one // BLOCK).tolist()) == services)


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
