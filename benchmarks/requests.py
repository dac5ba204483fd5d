"""Processor time of a GET and a POST, beside the same server without a framework in the same run."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from benchmarks.children import HEARD, Child, serving
from benchmarks.figures import Figure, beside, within
from benchmarks.house import House, house
from benchmarks.sizes import Sizes
from benchmarks.wire import ask, sound
from survey.domain.calendar import this_week
from survey.domain.organisation import Service
from survey.domain.progress import Advance
from survey.domain.questionnaire import Questionnaire
from survey.privacy.sealing import ROOM

WORKERS = ("--workers", "2")  # what `heard serve patient` starts by itself
MOST_CPU = 10  # ms of processor for a GET and a POST
MOST_MEMORY = 70  # MB, of a worker
SEALED = ROOM + 1136  # bytes of the row that a response becomes
WARM = 16  # requests of each kind that are not measured: every worker has met every page
COMMENT = "The crew were kind and told me what would happen. I waited an hour and nobody said why. " * 3

Request = Callable[[], object]


@dataclass
class Seen:
    """Rounds of what was measured, by (whose, what): ms of processor and of waiting, a request."""

    cpu: dict[tuple[str, str], list[float | None]] = field(default_factory=lambda: defaultdict(list))
    wait: dict[tuple[str, str], list[float | None]] = field(default_factory=lambda: defaultdict(list))
    memory: dict[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """A server and the requests it is asked."""

    name: str
    child: Child
    kinds: Mapping[str, Request]


def steps(sizes: Sizes) -> int:
    return sizes.rounds * 5  # Heard's three kinds of request, the bare server's two


def measure(sizes: Sizes, advance: Advance) -> list[Figure]:
    """Real tickets and whole responses, Heard and the bare server in turn."""
    seen = Seen()
    with house(services=4) as (built, services), _targets(built, services[0], sizes) as targets:
        for target in targets:
            for request in target.kinds.values():
                _repeat(request, WARM)
        for number in range(sizes.rounds):
            # Each goes first in turn: what else this machine does falls on both alike.
            for target in targets if number % 2 else reversed(targets):
                for kind, request in target.kinds.items():
                    _round(target, kind, request, times=sizes.requests, seen=seen)
                    advance(1)
        seen.memory = {target.name: target.child.worker_mb() for target in targets}
    return figures(seen)


@contextmanager
def _targets(built: House, service: Service, sizes: Sizes) -> Iterator[list[Target]]:
    heard = serving([*HEARD, *WORKERS], environ=built.environ, answers="/healthz")
    with heard as child:
        kinds = _heard_kinds(built, service, child, many=WARM + sizes.rounds * sizes.requests)
        page = len(sound(ask(child.port, "GET", f"/s/{service.code}"), 200).body)
        with serving(bare_server(built, page), environ=built.environ, answers="/") as bare:
            yield [Target("heard", child, kinds), Target("bare", bare, _bare_kinds(bare))]


def _heard_kinds(built: House, service: Service, child: Child, *, many: int) -> dict[str, Request]:
    tickets = built.tickets(service, many, week=this_week())
    form = whole_form(built.catalogue.current(service.pathway, this_week()))
    to_open, to_spend = iter(tickets), iter(tickets)
    return {
        "GET": lambda: sound(ask(child.port, "GET", f"/i/{next(to_open)}"), 200),
        "POST": lambda: sound(ask(child.port, "POST", f"/i/{next(to_spend)}", form), 303),
        "thanks": lambda: sound(ask(child.port, "GET", "/thanks"), 200),
    }


def whole_form(questionnaire: Questionnaire) -> dict[str, str]:
    """What a browser sends when every question was answered."""
    answers = {
        f"q_{one.code}": one.options[0].code if one.options else COMMENT for one in questionnaire.questions
    }
    return {**answers, "version": questionnaire.key, "form": ""}


def bare_server(built: House, page: int) -> list[str]:
    """How the bare server is started; its answer to a GET has `page` bytes."""
    database = built.folder / "bare.sqlite3"
    sizes = ("--page-bytes", str(page), "--row-bytes", str(SEALED))
    return ["benchmarks.bare", *WORKERS, *sizes, "--database", str(database)]


def _bare_kinds(child: Child) -> dict[str, Request]:
    form = {"all": "x" * 600}  # about as long as a whole response
    return {
        "GET": lambda: sound(ask(child.port, "GET", "/"), 200),
        "POST": lambda: sound(ask(child.port, "POST", "/", form), 303),
    }


def _repeat(request: Request, times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        request()
    return time.perf_counter() - start


def _round(target: Target, kind: str, request: Request, *, times: int, seen: Seen) -> None:
    before = target.child.cpu()
    waited = _repeat(request, times)
    after = target.child.cpu()
    used = None if before is None or after is None else after - before
    seen.cpu[target.name, kind].append(None if used is None else 1000 * used / times)
    seen.wait[target.name, kind].append(1000 * waited / times)


def figures(seen: Seen) -> list[Figure]:
    """Each kind against the bare server's, the whole against the limits."""
    both = {whose: _sums(seen.cpu, whose, "GET", "POST") for whose in ("heard", "bare")}
    whole = _sums(seen.cpu, "heard", "GET", "POST", "thanks")
    memory = {whose: [found] for whose, found in seen.memory.items()}
    of = partial(beside, "requests", unit="ms")
    promised = partial(within, "requests", unit="ms", limit=MOST_CPU)
    return [
        *(
            of(f"{kind}, {says}", rounds=took["heard", kind], bare=took["bare", kind], called=f"bare {kind}")
            for says, took in (("processor", seen.cpu), ("waited", seen.wait))
            for kind in ("GET", "POST")
        ),
        of("GET + POST, processor", rounds=both["heard"], bare=both["bare"], called="bare GET + POST"),
        promised("GET + POST, processor", rounds=both["heard"]),
        promised("GET + POST + thank-you page, processor", rounds=whole),
        of(
            "memory of a worker", unit="MB", rounds=memory["heard"], bare=memory["bare"], called="bare worker"
        ),
        promised("memory of a worker", unit="MB", rounds=memory["heard"], limit=MOST_MEMORY),
    ]


def _sums(
    rounds: Mapping[tuple[str, str], list[float | None]], whose: str, *kinds: str
) -> list[float | None]:
    together = zip(*(rounds[whose, kind] for kind in kinds), strict=True)
    return [None if None in one else sum(part or 0 for part in one) for one in together]
