"""How much is measured: enough for steady medians within eight minutes, or a handful to see that it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of everything. A figure is the median of its rounds."""

    rounds: int
    requests: int  # of each kind, a round
    sealed: int  # seals, and opens, a round
    responses: int  # answered by ticket, a round
    boxes: int  # tallied a round
    box: int  # responses in each; ten at least, or nothing is tallied
    stored: int  # by many at once, a round
    memory: tuple[int, ...]  # boxes tallied at once, tens of them; the smallest first
    memory_box: int  # responses in each
    reports: int  # rounds of those that take seconds each
    services: int  # that are reported on
    weeks: int  # of responses, for each of them
    charts: int  # drawn a round
    steady: int  # series simulated of each kind, to see what is signalled falsely
    compared: int  # series simulated of each kind, for every method
    years: int  # of a board, simulated
    newest: int  # series of which the newest week is scored
    history: int  # series of which every week is scored, and twice and four times as many
    released: int  # weeks released, the first block of which only warms up
    volumes: tuple[int, ...]  # mean responses a week of the services whose answers are to be seen
    pathways: int  # of the ICB of which one week's release is measured, 60 services each
    older: int  # blocks of its ledger, beyond the newest two


FULL = Sizes(
    rounds=5,
    requests=120,
    sealed=500,
    responses=120,
    boxes=5,
    box=200,
    stored=400,
    memory=(10, 100, 1000),
    memory_box=100,
    reports=3,
    services=24,
    weeks=104,
    charts=12,
    steady=1200,
    compared=400,
    years=60,
    newest=10_000,
    history=1000,
    released=36,
    volumes=(4, 9, 20, 60),
    pathways=20,
    older=7,
)
QUICK = Sizes(
    rounds=2,
    requests=10,
    sealed=20,
    responses=10,
    boxes=2,
    box=12,
    stored=20,
    memory=(10, 20),
    memory_box=10,
    reports=1,
    services=3,
    weeks=20,
    charts=3,
    steady=4,
    compared=3,
    years=1,
    newest=50,
    history=10,
    released=14,
    volumes=(20,),
    pathways=2,
    older=1,
)
