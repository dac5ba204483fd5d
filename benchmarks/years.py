"""Two years of counted responses of many services: some steady, some dropping, some mended."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.house import House
from benchmarks.sizes import Sizes
from survey.domain.calendar import Span, Week, this_week
from survey.domain.organisation import Service
from survey.domain.progress import Advance
from survey.domain.questionnaire import Questionnaire
from survey.domain.response import Response
from survey.services import simulate
from survey.storage import counts
from survey.storage.database import transaction

VOLUME = 24  # responses in a middling week: weekly charts, the longest there are
POOL = 400  # made-up responses of each kind that weeks are drawn from: a simulated one takes its time
USUAL, WORSE = 0.88, 0.7


def fill(built: House, services: Sequence[Service], sizes: Sizes, advance: Advance) -> Week:
    """Add the counts of so many weeks to every service, all that reports read; return the last week."""
    last, rng = this_week() + -1, np.random.default_rng(20261122)
    pools: dict[tuple[str, float], list[Response]] = {}
    for number, service in enumerate(services):
        questionnaire = built.catalogue.current(service.pathway, last)
        with transaction(built.engine) as session:
            for ago in reversed(range(sizes.weeks)):
                pool = _pool(pools, questionnaire, _share(number, ago, sizes.weeks))
                drawn = [pool[one] for one in rng.integers(POOL, size=rng.poisson(VOLUME))]
                counts.add(
                    session,
                    service=service.code,
                    questionnaire=questionnaire.key,
                    span=Span.of(last + -ago),
                    chosen=[pair for one in drawn for pair in one.answers.items()],
                )
        advance(1)
    return last


def _share(number: int, ago: int, weeks: int) -> float:
    # Of four services one has dropped lately and one was bad in the middle; two are steady.
    dropped = number % 4 == 1 and ago < weeks // 10
    mended = number % 4 == 2 and weeks // 4 < ago < weeks // 2
    return WORSE if dropped or mended else USUAL


def _pool(
    pools: dict[tuple[str, float], list[Response]], questionnaire: Questionnaire, share: float
) -> list[Response]:
    wanted = (questionnaire.key, share)
    if wanted not in pools:
        level, rng = simulate.Level(POOL, share), np.random.default_rng(len(pools))
        pools[wanted] = simulate.responses(questionnaire, level, rng, number=POOL)
    return pools[wanted]
