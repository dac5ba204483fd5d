"""What holds of all that has left, whatever came between: true sums, no week twice, nothing bare."""

from __future__ import annotations

import itertools

from survey.domain.calendar import Span
from tests.adversarial.attackers_of_figures import bounded, pinned, seen
from tests.leaving import House


def check(house: House) -> None:
    """Every figure is the sum of its cells, no node tells a week twice, no small cell is bounded."""
    found = seen(house.engine)
    for one in found.sums:
        counts = found.truth[list(one.cells)].sum(axis=0)
        assert ((one.low <= counts) & (counts <= one.high)).all(), one.name
        assert one.n[0] <= counts.sum() <= one.n[1], one.name
    spans: dict[tuple[str, ...], list[Span]] = {}
    for node, icb, form, span in house.rows(
        "SELECT node, icb, form, span FROM ledger WHERE kind = 'figure' AND series = 'fft'"
    ):
        spans.setdefault((node, icb, form), []).append(Span.parse(span))
    for node, mine in spans.items():
        mine.sort()
        assert all(one.last < other.first for one, other in itertools.pairwise(mine)), node
    assert bounded(found, whole=True) == {}
    assert pinned(found) == []
