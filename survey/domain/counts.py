"""Counts of answers over weeks, and the runs of weeks (atoms) that are large enough to show."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from survey.domain.calendar import Span, Week

SMALLEST = 10  # fewer answers than this are never shown
WEEKLY_FROM = 20  # answers in a middling week from which a chart has weekly steps


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


def step_weeks(by_span: Mapping[Span, tuple[int, int]]) -> int:
    """1 where a middling week has enough answers for a weekly chart, else 4."""
    weekly = [bottom / span.weeks for span, (_, bottom) in by_span.items() if bottom]
    return 1 if weekly and median(weekly) >= WEEKLY_FROM else 4


def atoms(by_span: Mapping[Span, tuple[int, int]], *, weeks: int, through: Week) -> tuple[Atom, ...]:
    """Cut a node's spans into consecutive steps of `weeks`; a step of 1 to 9 answers joins the next.

    A span belongs to the step in which it ends, for then it was counted: a later week never moves or changes
    what was shown before. An empty step is a gap of its own, but for a span that was carried over it: that
    takes the gap. What is left at the end is withheld where it is under ten; a step that has not ended
    is not there yet.
    """
    spans = deque(
        span for span in sorted(by_span, key=lambda span: (span.last, span.first)) if span.last <= through
    )
    if not spans:
        return ()
    found: list[Atom] = []
    start = edge = spans[0].first
    ended: list[Span] = []
    while (edge := edge + weeks) <= through + 1:
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
    if through + 1 - start >= weeks:
        found.append(Atom(Span(start, through), 0, None))
    return tuple(found)


def total(found: Sequence[Atom]) -> int:
    """Answers that are shown."""
    return sum(atom.denominator for atom in found)
