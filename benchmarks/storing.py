"""Responses stored through the served page by many at once, beside the same server's bare durable inserts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from benchmarks.children import HEARD, Child, serving
from benchmarks.figures import Figure, beside
from benchmarks.house import house
from benchmarks.requests import WARM, WORKERS, bare_server, whole_form
from benchmarks.sizes import Sizes
from benchmarks.wire import ask, sound
from survey.domain.calendar import this_week
from survey.domain.progress import Advance

CLIENTS = 8  # at once; they share the machine with the servers
BARE_FORM = {"all": "x" * 600}  # about as long as a whole response

Store = Callable[[str], object]


@dataclass
class Seen:
    """Rounds of one server: responses stored a second, and a second of its processors."""

    a_second: list[float | None] = field(default_factory=list)
    a_cpu_second: list[float | None] = field(default_factory=list)


def steps(sizes: Sizes) -> int:
    return 2 * sizes.rounds


def measure(sizes: Sizes, advance: Advance) -> list[Figure]:
    """Tickets spent over the wire, and rows committed by a server that does nothing else, in turn."""
    heard, bare, week = Seen(), Seen(), this_week()
    with house(services=1) as (built, [service]):
        tickets = built.tickets(service, WARM + sizes.rounds * sizes.stored, week=week)
        form = whole_form(built.catalogue.current(service.pathway, week))
        with (
            serving([*HEARD, *WORKERS], environ=built.environ, answers="/healthz") as site,
            serving(bare_server(built, 1), environ=built.environ, answers="/") as other,
        ):

            def answer(ticket: str) -> object:
                return sound(ask(site.port, "POST", f"/i/{ticket}", form), 303)

            def insert(_ticket: str) -> object:
                return sound(ask(other.port, "POST", "/", BARE_FORM), 303)

            _all_at_once(answer, tickets[:WARM])
            _all_at_once(insert, tickets[:WARM])
            for start in range(WARM, len(tickets), sizes.stored):
                some = tickets[start : start + sizes.stored]
                for child, store, seen in ((site, answer, heard), (other, insert, bare)):
                    _round(child, store, some, seen=seen)
                    advance(1)
    return _figures(heard, bare)


def _figures(heard: Seen, bare: Seen) -> list[Figure]:
    of = partial(beside, "storing", called="bare durable inserts")
    return [
        of(f"stored by {CLIENTS} at once", unit="a second", rounds=heard.a_second, bare=bare.a_second),
        of(
            "stored, of processor",
            unit="a CPU second",
            rounds=heard.a_cpu_second,
            bare=bare.a_cpu_second,
        ),
    ]


def _round(child: Child, store: Store, tickets: Sequence[str], *, seen: Seen) -> None:
    before, start = child.cpu(), time.perf_counter()
    _all_at_once(store, tickets)
    taken, after = time.perf_counter() - start, child.cpu()
    used = None if before is None or after is None else after - before
    seen.a_second.append(len(tickets) / taken)
    seen.a_cpu_second.append(len(tickets) / used if used else None)


def _all_at_once(store: Store, tickets: Sequence[str]) -> None:
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(store, tickets))
