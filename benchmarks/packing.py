"""The board pack of a whole board, PPTX and PDF: how long it takes to write."""

from __future__ import annotations

import time
from functools import partial

from benchmarks.board import Board
from benchmarks.figures import Figure
from benchmarks.house import ICB
from benchmarks.rounds import Rounds
from benchmarks.sizes import Sizes
from survey.domain.progress import Advance
from survey.services.board import write_pack


def packing(found: Board, sizes: Sizes, advance: Advance) -> list[Figure]:
    """Written to files as `heard report board --out …` does it."""
    built, rounds = found.house, Rounds(1, time.perf_counter)
    out = built.folder / "pack"
    write = partial(write_pack, built.engine, built.catalogue, node=ICB, week=found.week, out=out)
    for _ in range(sizes.reports):
        rounds.run(write, found.courses)
        advance(1)
    return [rounds.time("reports", "board pack, PPTX and PDF", "its courses alone")]
