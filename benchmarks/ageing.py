"""One weekly release of a large ICB, in a process of its own, beside a young ledger and one of two years.

The newest two blocks of weeks of one pathway are released for real. Older weeks are theirs, shifted, and
other pathways are copies under other names: put in by SQL, so that building takes minutes and not hours. The
week that is measured is released for real, for every pathway. Copies are not chained; nobody here asks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

import numpy as np
from sqlalchemy import Connection, text

from benchmarks.alone import alone
from benchmarks.children import memory_mb
from benchmarks.region import FIRST, Region, Volumes, name, prefix, region
from survey.domain.blocks import BLOCK
from survey.domain.calendar import Span, Week
from survey.domain.progress import Advance
from survey.services.release import release

SEED = 5
LAST = FIRST + (2 * BLOCK - 1)  # the week that is measured: steps of every length end with it
COPIED = {
    "cell": "series service week span pathway apart favourable neither unfavourable",
    "membership": "node icb pathway since level services",
    "step_length": "node icb pathway series block weeks",
    "ledger": "number run kind form node icb pathway series block span n favourable neither unfavourable"
    " few all_but_few services about previous hash",
    "released_week": "week",
}
TIMES = frozenset({"week", "span", "since", "block", "run"})
Draw = Callable[[list[str], float, np.random.Generator], Volumes]


@dataclass(frozen=True, slots=True)
class Size:
    """How large the ICB is; `sites` are those of each pathway, one service each."""

    pathways: int
    sites: int
    questions: int
    blocks: int  # that are older than the two which are released for real

    @property
    def weeks(self) -> int:
        """Weeks that had left before the one that is measured."""
        return BLOCK * (self.blocks + 2) - 1


@dataclass(frozen=True, slots=True)
class Seen:
    """What one weekly release took, and what had left before and by it."""

    seconds: float
    processor: float  # seconds, its workers' among them
    memory: float | None  # MB, its workers' among them
    figures: int


def a_week(size: Size, draw: Draw, mean: float, advance: Advance) -> Seen:
    """Build the ICB and release its newest week."""
    with region(pathways=size.pathways, questions=size.questions) as built:
        random = np.random.default_rng(SEED)
        volumes = draw(built.settle(0, size.sites), mean, random)
        for number in range(2 * BLOCK - 1):
            built.answer(FIRST + number, 0, volumes, random)
            release(built.house.engine, built.house.catalogue, FIRST + number)
            advance(1)
        others = [built.settle(one, size.sites) for one in range(1, size.pathways)]
        with built.house.engine.begin() as connection:
            for block in range(1, size.blocks + 1):
                _copy_to_older(connection, block)
            for pathway in range(1, size.pathways):
                _copy_to_pathway(connection, pathway)
        for pathway, services in enumerate([list(volumes), *others]):
            mine = dict(zip(services, volumes.values(), strict=True))
            built.answer(LAST, pathway, mine, random)
        advance(1)
        return alone(_release, built.house.folder, size)


def steps() -> int:
    return 2 * BLOCK


def _copy_to_older(connection: Connection, block: int) -> None:
    """The first block once more, as if so many blocks before."""
    weeks = [FIRST + number for number in range(BLOCK)]
    was = [Span(first, last) for first in weeks for last in weeks if first <= last]
    now = [Span(_back(one.first, block), _back(one.last, block)) for one in was]
    connection.execute(text("CREATE TEMP TABLE shifted (was TEXT PRIMARY KEY, now TEXT)"))
    told = [{"was": str(a), "now": str(b)} for a, b in zip(was, now, strict=True)]
    connection.execute(text("INSERT INTO shifted VALUES (:was, :now)"), told)
    for table, columns in COPIED.items():
        names = columns.split()
        time_of = next(one for one in ("span", "week", "block", "since") if one in names)
        chosen = [_shifted(one) for one in names]
        where = f"WHERE {time_of} IN (SELECT was FROM shifted)"
        _insert(connection, table, names, chosen, where=where)
    connection.execute(text("DROP TABLE shifted"))


def _back(week: Week, block: int) -> Week:
    return week + -BLOCK * block


def _shifted(column: str) -> str:
    if column in TIMES:
        return f"coalesce((SELECT now FROM shifted WHERE was = {column}), {column})"
    return _renumbered(column)


def _copy_to_pathway(connection: Connection, pathway: int) -> None:
    """All of the first pathway once more under another's name."""
    old, new = prefix(0), prefix(pathway)
    renamed = {one: f"replace({one}, '{old}', '{new}')" for one in ("service", "node", "services")}
    for table, columns in COPIED.items():
        names = columns.split()
        if "pathway" not in names:
            continue
        chosen = [f"'{name(pathway)}'" if one == "pathway" else renamed.get(one, one) for one in names]
        chosen = [_renumbered(one) for one in chosen]
        _insert(connection, table, names, chosen, where=f"WHERE pathway = '{name(0)}'")


def _renumbered(column: str) -> str:
    return "number + (SELECT max(number) FROM ledger)" if column == "number" else column


def _insert(connection: Connection, table: str, names: list[str], chosen: list[str], *, where: str) -> None:
    # The newest entry's number must go up with each copy, and only its own hash is ever asked for.
    told = f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(chosen)} FROM {table} {where}"
    connection.execute(text(told))


def _release(folder: Path, size: Size) -> Seen:
    built = Region.at(folder, pathways=size.pathways, questions=size.questions)
    start, before = time.perf_counter(), _processor()
    done = release(built.house.engine, built.house.catalogue, LAST)
    seconds, processor = time.perf_counter() - start, _processor() - before
    if done.weeks != 1 or done.problems:
        raise RuntimeError(f"{done.weeks} weeks were released; {done.problems}")
    return Seen(seconds, processor, memory_mb("VmHWM"), done.figures)


def _processor() -> float:
    return sum(one.ru_utime + one.ru_stime for one in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))
