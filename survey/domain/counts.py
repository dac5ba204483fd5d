"""Counts of answers over weeks, and the runs of weeks (atoms) that are large enough to show."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from survey.domain.calendar import Span, Week

SMALLEST = 10  # fewer answers than this are never shown
BLOCK = 12  # weeks, a quarter or so, of which each fixes the steps of the next
LENGTHS = (1, 2, 4, 6, 12)  # weeks that a step may have: a block holds a whole number of each
FIRST_LENGTH = 4  # weeks, while no block has ended
FULL = 20  # answers that a step should hold on average: of twice the smallest, few weeks are under it


Told = Literal["", "few", "all_but_few"]  # of a public figure: that no percentage of it is told


@dataclass(frozen=True, slots=True)
class Count:
    """Answers to one question of one service over one span, by option code."""

    span: Span
    options: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Atom:
    """A run of weeks of one node and question with at least `SMALLEST` answers, or none to show.

    `numerator` is None where the run is withheld or empty: the chart has a gap there.
    """

    span: Span
    denominator: int
    numerator: int | None
    told: Told = ""


def tally_by_span(
    counts: Iterable[Count], numerator: frozenset[str], denominator: frozenset[str]
) -> dict[Span, tuple[int, int]]:
    """(favourable, eligible) answers of an indicator per span, in order of spans."""
    sums: dict[Span, tuple[int, int]] = {}
    for count in counts:
        top, bottom = sums.get(count.span, (0, 0))
        top += sum(n for code, n in count.options.items() if code in numerator)
        bottom += sum(n for code, n in count.options.items() if code in denominator)
        sums[count.span] = (top, bottom)
    return dict(sorted(sums.items()))


def step_weeks(by_span: Mapping[Span, tuple[int, int]]) -> Callable[[Week], int]:
    """How many weeks the step that begins at a week has: the fewest of `LENGTHS` that would be full.

    A block of twelve weeks fixes the steps of the next. So the length follows from the past alone and is
    never chosen anew: two ways to cut the same weeks could be subtracted from each other.
    """
    earliest = min(by_span, key=_counted_at, default=None)
    first = None if earliest is None else earliest.first
    answers: dict[int, int] = defaultdict(int)
    for span, (_, bottom) in by_span.items():
        answers[_block(span.last, first)] += bottom

    def weeks(start: Week) -> int:
        before = _block(start, first) - 1
        if before < 0:
            return FIRST_LENGTH
        full = (length for length in LENGTHS if answers[before] * length >= FULL * BLOCK)
        return next(full, LENGTHS[-1])

    return weeks


def _counted_at(span: Span) -> tuple[Week, Week]:
    return span.last, span.first


def _block(week: Week, first: Week | None) -> int:
    return 0 if first is None else (week - first) // BLOCK


def atoms(
    by_span: Mapping[Span, tuple[int, int]], *, weeks: Callable[[Week], int], through: Week
) -> tuple[Atom, ...]:
    """Cut a node's spans into consecutive steps of `weeks(first week)`; a step of 1 to 9 joins the next.

    A span belongs to the step in which it ends, for then it was counted: a later week never moves or changes
    what was shown before. An empty step is a gap of its own, but for a span that was carried over it: that
    takes the gap. What is left at the end is withheld where it is under ten; a step that has not ended
    is not there yet.
    """
    spans = deque(span for span in sorted(by_span, key=_counted_at) if span.last <= through)
    if not spans:
        return ()
    found: list[Atom] = []
    start = edge = spans[0].first
    ended: list[Span] = []
    while (edge := edge + (length := weeks(edge))) <= through + 1:
        while spans and spans[0].last < edge:
            ended.append(spans.popleft())
        bottom = sum(by_span[span][1] for span in ended)
        if 0 < bottom < SMALLEST:
            continue
        begun = min((span.first for span in ended), default=start)
        while bottom and begun < start and found and found[-1].numerator is None:
            start = found.pop().span.first
        top = sum(by_span[span][0] for span in ended) if bottom else None
        found.append(Atom(Span(start, edge + -1), bottom, top))
        start, ended = edge, []
    if through + 1 - start >= length:
        found.append(Atom(Span(start, through), 0, None))
    return tuple(found)


def total(found: Sequence[Atom]) -> int:
    """Answers that are shown."""
    return sum(atom.denominator for atom in found)
