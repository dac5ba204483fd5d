"""What the reports of a whole board cost: assessing, drawing, the weekly e-mail, the pack."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

import numpy as np

from analysis import spc
from benchmarks.board import Board, board
from benchmarks.drawing import drawing
from benchmarks.figures import Figure
from benchmarks.mailing import mailing
from benchmarks.packing import packing
from benchmarks.rounds import Rounds
from benchmarks.sizes import Sizes
from survey.domain.findings import Course
from survey.domain.progress import Advance
from survey.services.assess import assess


def steps(sizes: Sizes) -> int:
    return sizes.services + 4 * sizes.reports


def measure(sizes: Sizes, advance: Advance) -> list[Figure]:
    """A board with so many services, years of weekly counts behind each."""
    with board(sizes, advance) as found:
        drawn = found.courses()
        return [
            _assessing(found, drawn, sizes, advance=advance),
            *drawing(drawn, sizes, advance),
            *mailing(found, sizes, advance),
            *packing(found, sizes, advance),
        ]


def _assessing(found: Board, drawn: Sequence[Course], sizes: Sizes, *, advance: Advance) -> Figure:
    rounds = Rounds(1, time.perf_counter)
    ours = partial(assess, found.house.engine, found.house.catalogue, found.week)
    for _ in range(sizes.reports):
        rounds.run(ours, partial(_control_charts, drawn))
        advance(1)
    return rounds.time(
        "reports", f"assess {sizes.services} services × {sizes.weeks} weeks", "its control charts alone"
    )


def _control_charts(drawn: Sequence[Course]) -> None:
    for course in drawn:
        bottom = np.array([step.n for step in course.steps])
        top = np.array([round((step.value or 0) * step.n) for step in course.steps])
        for draw in (spc.p_prime_chart_of, spc.chart_of):
            draw(top, bottom, improvement="increase", target=None, rebase=[])
