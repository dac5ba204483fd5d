"""From a sent form to counted answers: sealing, opening, responding and tallying."""

from __future__ import annotations

import secrets
import time
from functools import partial

import numpy as np

from benchmarks import bare, tallying
from benchmarks.figures import Figure
from benchmarks.house import house
from benchmarks.requests import SEALED
from benchmarks.rounds import Rounds
from benchmarks.sealing import sealing
from benchmarks.sizes import Sizes
from survey.domain.calendar import this_week
from survey.domain.progress import Advance
from survey.services import simulate
from survey.services.respond import respond_invited

LEVEL = simulate.Level(volume=0, share=0.85)


def steps(sizes: Sizes) -> int:
    return 2 * sizes.rounds + tallying.steps(sizes)


def measure(sizes: Sizes, advance: Advance) -> list[Figure]:
    """The rates of each, beside its bare part, and the memory that a tally needs."""
    sealed, opened = sealing(sizes, advance)
    responded = responding(sizes, advance)
    tallied, seen = tallying.tallying(sizes, advance)
    return [
        sealed.rate("road", "seal, one core", "HPKE alone"),
        opened.rate("road", "open, one core", "HPKE alone"),
        responded.rate("road", "respond, ticket to durable row", "one durable commit"),
        tallied.rate("road", f"tally, boxes of {sizes.box}", "opening alone"),
        Figure(
            "road",
            f"tally of {sizes.boxes * sizes.box:,} at a time, memory",
            "MB",
            seen.peak_mb,
            against="the process before it",
            bar=seen.before_mb,
        ),
    ]


def responding(sizes: Sizes, advance: Advance) -> Rounds:
    """Rounds of `respond` as the page calls it, beside one insert and commit of as many bytes."""
    rounds, body, week = Rounds(sizes.responses, time.perf_counter), secrets.token_bytes(SEALED), this_week()
    with house(services=1) as (built, services):
        service, desk = services[0], built.desk
        questionnaire = built.catalogue.current(service.pathway, week)
        rng = np.random.default_rng(1)
        made = simulate.responses(questionnaire, LEVEL, rng, number=sizes.responses)
        connection = bare.open_table(built.folder / "bare.sqlite3")

        def respond(tickets: list[str]) -> None:
            for ticket, response in zip(tickets, made, strict=True):
                respond_invited(desk, ticket, response, week=week)

        def commit() -> None:
            for _ in made:
                bare.insert(connection, body)

        for _ in range(sizes.rounds):
            tickets = built.tickets(service, sizes.responses, week=week)
            rounds.run(partial(respond, tickets), commit)
            advance(1)
        connection.close()
    return rounds
