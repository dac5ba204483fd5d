"""The past: answers from before their service was released."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np
from sqlalchemy.orm import Session

from survey.domain.blocks import BLOCK, block_of, ends_step, step_length
from survey.domain.calendar import Span, Week
from survey.domain.counts import SMALLEST
from survey.domain.released import Figure, NodeKey
from survey.services.nodes import nodes
from survey.services.releasing.done import Done
from survey.services.releasing.intake import Intake
from survey.services.releasing.lattice import Ints
from survey.storage import ledger
from survey.storage.ledger import New


def past_of_services(session: Session, taken: Intake, done: Done) -> None:
    """A service's own past, from before its organisations told of it: its steps alone, ten answers each.

    No other figure holds any of these cells, so there is nothing to subtract. Weeks that a figure of the
    service covers are not told anew.
    """
    by_series: dict[tuple[str, str, str], dict[Week, Ints]] = defaultdict(dict)
    for cell in taken.apart:
        mine = by_series[cell.pathway, cell.series, cell.service]
        mine[cell.week] = mine.get(cell.week, np.zeros(3, dtype=np.int64)) + cell.counts
    found: list[New] = []
    for (_, series, service), mine in sorted(by_series.items()):
        [key] = {
            (node.code, node.icb, node.pathway)
            for node in nodes(session)
            if node.level == "service" and node.code == service
        }
        open_weeks = {
            week: counts for week, counts in mine.items() if week < _told_from(session, key, series, week)
        }
        figures = list(_cut(open_weeks, key, series))
        found += [New(one) for one in figures]
        done.figures += len(figures)
        done.left["service"] += len(figures)
    ledger.append(session, done.week, found)


def _told_from(session: Session, key: NodeKey, series: str, week: Week) -> Week:
    """The first week of the block of `week` that a node has told of; else the one after the block."""
    block = block_of(week)
    told = (one.figure for one in ledger.of_block(session, key[2], block.first))
    mine = [one.span.first for one in told if (one.key, one.series) == (key, series)]
    return min(mine, default=block.last + 1)


def _cut(mine: Mapping[Week, Ints], key: NodeKey, series: str) -> Iterator[Figure]:
    last = max(mine, default=None)
    by_block: dict[Span, list[Week]] = defaultdict(list)
    for week in sorted(mine):
        by_block[block_of(week)].append(week)
    for block, weeks in by_block.items():
        before = by_block.get(block_of(block.first + -1), [])
        ran = block.first - before[0] if before else 0
        length = step_length(sum(int(mine[week].sum()) for week in before), ran)
        held, begin = np.zeros(3, dtype=np.int64), weeks[0]
        for week in (block.first + n for n in range(BLOCK)):
            held = held + mine.get(week, 0)
            if (ends_step(week, length) or week == last) and held.sum() >= SMALLEST:
                yield Figure(*key, series, Span(begin, week), tuple(int(n) for n in held), int(held.sum()))  # type: ignore[arg-type]
                held, begin = np.zeros(3, dtype=np.int64), week + 1
