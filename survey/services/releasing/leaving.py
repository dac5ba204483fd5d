"""Leaving: the new figures of one question that the gate lets out this week, for staff and in public."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from analysis.disclosure import FAILED, public_form
from survey.domain.blocks import ends_step
from survey.domain.calendar import Span, Week
from survey.domain.counts import SMALLEST
from survey.domain.organisation import LEVELS
from survey.domain.questionnaire import GROUPS
from survey.domain.released import Figure, NodeKey, Reason, Withheld
from survey.services.releasing.deciding import decide, decide_in_public
from survey.services.releasing.done import Done
from survey.services.releasing.lattice import Ints, Lattice, note

Lengths = Mapping[tuple[str, NodeKey], int]
DRAWN = 100  # answers from which a public step may stand in a chart over time


@dataclass(frozen=True, slots=True)
class _Candidate:
    key: NodeKey
    level: int
    span: Span
    cells: Ints


def for_staff(lengths: Lengths, lattice: Lattice, week: Week, done: Done) -> list[Figure]:
    """The new figures of one series that may leave for staff, after the gate."""
    wanted = sorted(_due(lengths, lattice, week), key=lambda one: one.key)
    if not wanted:
        return []
    decided = decide(lattice, [one.cells for one in wanted], level=[one.level for one in wanted])
    found = []
    for one, leaves, why in zip(wanted, decided.released, decided.reason, strict=True):
        if leaves:
            figure = _figure(one, lattice)
            note(lattice, figure)
            found.append(figure)
        elif len(one.cells) and lattice.sums(one.cells).sum():
            done.withheld.append(_withheld(one, lattice, int(why)))
    return found


def _due(lengths: Lengths, lattice: Lattice, week: Week) -> Iterator[_Candidate]:
    for key, members in lattice.members.items():
        newest = members[-1]
        if not newest.services or not ends_step(week, lengths[lattice.series, key]):
            continue
        told = lattice.told["staff"].get(key)
        # Never where a node's own answers begin: that would tell that there were none before.
        begin = told.spans[-1].last + 1 if told else max(lattice.begun, members[0].since)
        if begin > week or (newest.level != "service" and lattice.of_one(key, week)):
            continue
        # An act decides where it begins anew, no count: what was taken back is told in no further figure.
        span = lattice.still_right(key, Span(max(begin, lattice.block.first), week))
        if span and lattice.counts[cells := lattice.cells(key, span)].any():
            yield _Candidate(key, LEVELS.index(newest.level), span, cells)


def _figure(one: _Candidate, lattice: Lattice) -> Figure:
    counts = lattice.sums(one.cells)
    return Figure(*one.key, lattice.series, one.span, tuple(int(n) for n in counts), int(counts.sum()))  # type: ignore[arg-type]


def _withheld(one: _Candidate, lattice: Lattice, why: int) -> Withheld:
    reason: Reason = "protects" if why >= 0 else "failed" if why == FAILED else "small"
    protects = lattice.cell_name(why) if why >= 0 else ""
    return Withheld(*one.key, lattice.series, one.span, "staff", reason, protects)


def for_anybody(lattice: Lattice, week: Week, done: Done) -> list[Figure]:
    """What may be told to anybody: steps of a hundred answers, at the end of a block what is left."""
    wanted = sorted(_public_due(lattice, week), key=lambda one: one.key)
    if not wanted:
        return []
    leaves = decide_in_public(lattice, [one.cells for one in wanted], level=[one.level for one in wanted])
    form = public_form(np.array([lattice.sums(one.cells) for one in wanted]))
    found = []
    for at, one in enumerate(wanted):
        if not leaves[at]:
            done.withheld.append(Withheld(*one.key, lattice.series, one.span, "public", "protects"))
            continue
        figure = Figure(
            *one.key,
            lattice.series,
            one.span,
            tuple(int(n) for n in form.counts[at]),  # type: ignore[arg-type]
            int(form.n[at]),
            "public",
            frozenset(group for group, few in zip(GROUPS, form.few[at], strict=True) if few),
            frozenset(group for group, few in zip(GROUPS, form.all_but_few[at], strict=True) if few),
        )
        note(lattice, figure)
        found.append(figure)
    return found


def _public_due(lattice: Lattice, week: Week) -> Iterator[_Candidate]:
    for key, told in lattice.told["staff"].items():
        members = lattice.members.get(key)
        if not members:
            continue
        before = lattice.told["public"].get(key)
        after = before.spans[-1].last if before else None
        new = [
            at
            for at, span in enumerate(told.spans)
            if (after is None or span.first > after) and not lattice.taken_back[told.cells[at]].any()
        ]
        while new:
            held = np.sort(np.concatenate([told.cells[at] for at in new]))
            span = Span(told.spans[new[0]].first, told.spans[new[-1]].last)
            if np.array_equal(held, lattice.cells(key, span)):
                break
            new = new[1:]  # between them lies what staff were not told, or was wrong
        else:
            continue
        n = int(lattice.counts[held].sum())
        if n >= DRAWN or (week == lattice.block.last and n >= SMALLEST):
            yield _Candidate(key, LEVELS.index(members[-1].level), span, held)
