"""Counts of answers over weeks, and the runs of weeks (atoms) that are large enough to show."""

from __future__ import annotations

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

    Steps are counted from the first span's week, so that a later week never moves an earlier step. An
    empty step is a gap of its own. What is left at the end is withheld where it is under ten, and not there
    yet where the step is not whole.
    """
    spans = [(span, pair) for span, pair in sorted(by_span.items()) if span.last <= through]
    if not spans:
        return ()
    found: list[Atom] = []
    start = spans[0][0].first
    edge, top, bottom = start, 0, 0
    while (edge := edge + weeks) <= through + 1:
        while spans and spans[0][0].last < edge:
            _, (favourable, eligible) = spans.pop(0)
            top, bottom = top + favourable, bottom + eligible
        straddled = bool(spans) and spans[0][0].first < edge
        if straddled or 0 < bottom < SMALLEST:
            continue
        found.append(Atom(Span(start, edge + -1), bottom, top if bottom else None))
        start, top, bottom = edge, 0, 0
    if through + 1 - start >= weeks:
        found.append(Atom(Span(start, through), 0, None))
    return tuple(found)


def total(found: Sequence[Atom]) -> int:
    """Answers that are shown."""
    return sum(atom.denominator for atom in found)
