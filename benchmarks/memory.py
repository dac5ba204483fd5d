"""What a tally holds in memory at most, as responses and boxes grow: each size in a process of its own."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import delete, insert

from benchmarks.alone import alone
from benchmarks.children import memory_mb
from benchmarks.figures import Figure
from benchmarks.house import House, house
from benchmarks.sizes import Sizes
from survey.domain.calendar import Week, this_week
from survey.domain.organisation import Service
from survey.domain.progress import Advance
from survey.privacy.sealing import seal
from survey.services import simulate
from survey.services.tally import tally
from survey.storage import hatch
from survey.storage.database import transaction
from survey.storage.tables import SealedRow, TicketRow

LEVEL = simulate.Level(volume=0, share=0.85)
A_QUARTER = 14  # weeks: then the next one has begun
SERVICES = 10  # the boxes beyond them are of further weeks


@dataclass(frozen=True, slots=True)
class Seen:
    """Responses counted a second, and what the process held before and at most, in MB."""

    a_second: float
    before: float | None
    most: float | None


def steps(sizes: Sizes) -> int:
    return sum(1 + boxes // SERVICES for boxes in sizes.memory)


def measure(sizes: Sizes, advance: Advance) -> list[Figure]:
    """The tally's memory and speed at each number of boxes, beside those at the smallest."""
    seen = {boxes: _tallied(boxes, sizes.memory_box, advance) for boxes in sizes.memory}
    least = next(iter(seen.values()))
    found = []
    for boxes, one in seen.items():
        what = f"{boxes * sizes.memory_box:,} responses in {boxes:,} boxes"
        against = "the process before it" if one is least else "the smallest"
        bar = least.before if one is least else least.most
        found.append(Figure("memory", f"tally of {what}, at most", "MB", one.most, against, bar))
    for boxes, one in list(seen.items())[1:]:
        what = f"{boxes * sizes.memory_box:,} responses opened and counted"
        found.append(Figure("memory", what, "a second", one.a_second, "the smallest", least.a_second))
    return found


def _tallied(boxes: int, each: int, advance: Advance) -> Seen:
    weeks = [this_week() + number for number in range(boxes // SERVICES)]
    with house(services=SERVICES) as (built, services):
        for week in weeks:
            for service in services:
                _fill(built, service, week, each=each)
            advance(1)
        seen = alone(_tally, built.folder, weeks[-1], many=boxes * each)
        advance(1)
    return seen


def _fill(built: House, service: Service, week: Week, *, each: int) -> None:
    # Sealed rows and as many spent tickets, in bulk: what is measured comes afterwards.
    built.tickets(service, each, week=week)
    version = built.catalogue.current(service.pathway, week)
    made = simulate.responses(version, LEVEL, np.random.default_rng(week.number), number=each)
    with transaction(built.engine) as session:
        box = hatch.open_box(
            session, service=service.code, questionnaire=version.key, ticketed=True, week=week
        )
        if box is None:
            raise RuntimeError(f"no box is open for {service.code} in {week}")
        rows = [
            {
                "id": secrets.token_bytes(32),
                "box": box.id,
                "body": seal(response.encode(), box=box.id, public_key=box.public_key),
            }
            for response in made
        ]
        session.execute(insert(SealedRow), rows)
        session.execute(delete(TicketRow).where(TicketRow.service == service.code))


def _tally(folder: Path, through: Week, *, many: int) -> Seen:
    built = House.at(folder)
    before, start = memory_mb("VmRSS"), time.perf_counter()
    done = tally(built.engine, keys_dir=built.keys_dir, catalogue=built.catalogue, through=through)
    taken = time.perf_counter() - start
    if done.responses != many or done.set_aside:
        raise RuntimeError(f"{done.responses} of {many} responses were tallied; {done.set_aside}")
    # When its quarter has ended, what was told about them is opened and added up.
    tally(built.engine, keys_dir=built.keys_dir, catalogue=built.catalogue, through=through + A_QUARTER)
    return Seen(many / taken, before, memory_mb("VmHWM"))
