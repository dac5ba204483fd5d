"""Counting answers of an indicator per span."""

from __future__ import annotations

from survey.domain.calendar import Span, Week
from survey.domain.counts import Count, atoms, tally_by_span, total

FIRST, SECOND = Span.of(Week(2026, 45)), Span.of(Week(2026, 46))
POSITIVE, ALL = frozenset({"good"}), frozenset({"good", "poor"})


def test_two_versions_of_one_week_are_added() -> None:
    counts = [Count(FIRST, {"good": 3, "poor": 1}), Count(FIRST, {"good": 2, "dont-know": 9})]
    assert tally_by_span(counts, POSITIVE, ALL) == {FIRST: (5, 6)}


def test_spans_come_in_order() -> None:
    counts = [Count(SECOND, {"good": 1}), Count(FIRST, {"poor": 1})]
    assert list(tally_by_span(counts, POSITIVE, ALL)) == [FIRST, SECOND]


def test_the_total_is_of_what_is_shown() -> None:
    found = atoms({FIRST: (9, 10), SECOND: (3, 4)}, weeks=lambda _: 1, through=SECOND.last)
    assert total(found) == 10
