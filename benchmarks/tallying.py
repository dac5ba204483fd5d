"""Whole boxes tallied in a process of its own, beside opening the same rows and nothing else."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from benchmarks.alone import alone
from benchmarks.children import memory_mb
from benchmarks.house import House, house
from benchmarks.rounds import Rounds, seconds
from benchmarks.sizes import Sizes
from survey.domain.calendar import Week, this_week
from survey.domain.organisation import Service
from survey.domain.progress import Advance
from survey.privacy.keys import box_key_file
from survey.privacy.opening import read_box_key, unseal
from survey.privacy.sealing import seal
from survey.privacy.tickets import row_id, ticket_hash
from survey.services import simulate
from survey.services.tally import tally
from survey.storage import boxes, directory, hatch
from survey.storage.database import transaction

LEVEL = simulate.Level(volume=0, share=0.85)


@dataclass(frozen=True, slots=True)
class Seen:
    """Seconds a round, and what the process's memory was before and at most."""

    tallied: list[float]
    opened: list[float]
    before_mb: float | None
    peak_mb: float | None


def steps(sizes: Sizes) -> int:
    return 2 * sizes.rounds


def tallying(sizes: Sizes, advance: Advance) -> tuple[Rounds, Seen]:
    """A round is a week: one box of each service, filled by ticket and counted."""
    weeks = [this_week() + number for number in range(sizes.rounds)]
    with house(services=sizes.boxes) as (built, services):
        for week in weeks:
            _fill(built, services, week, each=sizes.box)
            advance(1)
        seen = alone(_tally_weeks, built.folder, weeks, each=sizes.boxes * sizes.box)
        advance(len(weeks))
    rounds = Rounds(sizes.boxes * sizes.box, time.perf_counter, ours=seen.tallied, bare=seen.opened)
    return rounds, seen


def _fill(built: House, services: Sequence[Service], week: Week, *, each: int) -> None:
    # As `respond` does it, but for its durable commit a response: what is measured comes afterwards.
    rng, keys = np.random.default_rng(week.number), built.desk.keys
    for service in services:
        questionnaire = built.catalogue.current(service.pathway, week)
        made = simulate.responses(questionnaire, LEVEL, rng, number=each)
        tickets = built.tickets(service, each, week=week)
        with transaction(built.engine) as session:
            box = _box(session, built, service, week=week)
            for ticket, response in zip(tickets, made, strict=True):
                hatch.put(
                    session,
                    ticket=ticket_hash(keys.pepper, ticket),
                    row_id=row_id(keys.server_key, ticket),
                    box=box,
                    body=seal(response.encode(), box=box.id, public_key=box.public_key),
                )


def _tally_weeks(folder: Path, weeks: Sequence[Week], *, each: int) -> Seen:
    built = House.at(folder)
    before = memory_mb("VmRSS")
    opened, tallied = [], []
    for week in weeks:
        opened.append(_open(built, week))
        tallied.append(seconds(partial(_tally, built, week, each=each), time.perf_counter))
    return Seen(tallied, opened, before, memory_mb("VmHWM"))


def _tally(built: House, through: Week, *, each: int) -> None:
    done = tally(built.engine, keys_dir=built.keys_dir, catalogue=built.catalogue, through=through)
    if done.responses != each or done.set_aside:
        raise RuntimeError(f"{done.responses} of {each} responses were tallied; {done.set_aside}")


def _open(built: House, week: Week) -> float:
    spent = 0.0
    for box, bodies in _sealed(built, week).items():
        key = read_box_key(box_key_file(built.keys_dir, box))
        start = time.perf_counter()
        for body in bodies:
            unseal(body, box=box, key=key)
        spent += time.perf_counter() - start
    return spent


def _sealed(built: House, week: Week) -> dict[str, list[bytes]]:
    with transaction(built.engine, reading=True) as session:
        full = [_box(session, built, service, week=week).id for service in directory.services(session)]
        return {box: boxes.sealed(session, box) for box in full}


def _box(session: Session, built: House, service: Service, *, week: Week) -> hatch.Box:
    version = built.catalogue.current(service.pathway, week).key
    box = hatch.open_box(session, service=service.code, questionnaire=version, ticketed=True, week=week)
    if box is None:
        raise RuntimeError(f"no box is open for {service.code} in {week}")
    return box
