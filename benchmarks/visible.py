"""How soon what patients said can be seen: released for real, week by week, at four sizes of service."""

from __future__ import annotations

from collections import Counter

import numpy as np

from benchmarks.figures import Figure
from benchmarks.region import FIRST, Region, name, region, unequal
from survey.domain.blocks import BLOCK
from survey.domain.calendar import Span, Week
from survey.domain.progress import Advance
from survey.services.nodes import nodes
from survey.services.release import release
from survey.storage import cells, ledger
from survey.storage.database import transaction

SITES = 60
WITHIN = (1, 2, 6, 12)  # weeks, the one in which an answer was counted among them
LEVELS = {"service": "site", "provider": "trust", "place": "place", "icb": "ICB"}
# Volume a week → weeks within which most of a site's answers are to be seen, and the least share of them.
PROMISED = {4: (12, 68.0), 9: (6, 68.0), 20: (2, 68.0)}
AT_ONCE = 95.0  # per cent, at place and ICB: every week
Shares = dict[tuple[str, int], float]  # level, weeks → per cent


def steps(weeks: int, volumes: tuple[int, ...]) -> int:
    return weeks * len(volumes)


def visible(weeks: int, volumes: tuple[int, ...], advance: Advance) -> list[Figure]:
    """Shares of the answers to one question, after a block in which nothing was known of a service's past."""
    return [one for volume in volumes for one in _figures(volume, _shares(volume, weeks, advance))]


def _figures(volume: int, shares: Shares) -> list[Figure]:
    found = []
    for (level, soon), share in shares.items():
        what = f"{volume} a week: seen at {LEVELS[level]} within {soon} weeks"
        wanted, least = PROMISED.get(volume, (0, 0.0)) if level == "service" else (1, AT_ONCE)
        against, bar = "all answers", 100.0
        if soon == wanted and level != "provider":
            against, bar = f"{'kept' if share >= least else 'MISSED'}; at least", least
        found.append(Figure("release", what, "%", share, against, bar))
    return found


def _shares(volume: int, weeks: int, advance: Advance) -> Shares:
    random = np.random.default_rng(volume)
    with region(pathways=1, questions=1) as built:
        volumes = unequal(built.settle(0, SITES), volume, random)
        for number in range(weeks):
            built.answer(FIRST + number, 0, volumes, random)
            release(built.house.engine, built.house.catalogue, FIRST + number)
            advance(1)
        return _seen(built, FIRST + BLOCK, FIRST + (weeks - 1))


def _seen(built: Region, first: Week, last: Week) -> Shares:
    """Of the answers counted in these weeks, the share that figures of each level told of in time."""
    with transaction(built.house.engine, reading=True) as session:
        given = Counter[tuple[str, Week]]()
        for cell in cells.of_weeks(session, name(0), Span(first, last)):
            given[cell.service, cell.week] += sum(cell.counts)
        levels = {(one.code, one.icb, one.pathway): one.level for one in nodes(session)}
        members = {one.key: one for one in cells.members(session, name(0)) if one.since <= first}
        seen = Counter[tuple[str, int]]()
        for entry in ledger.entries(session):
            if entry.figure.form != "staff":
                continue
            for week in (entry.figure.span.first + n for n in range(entry.figure.span.weeks)):
                waited = entry.run - week + 1
                told = sum(given[service, week] for service in members[entry.figure.key].services)
                for soon in (one for one in WITHIN if waited <= one):
                    seen[levels[entry.figure.key], soon] += told
    every = given.total()
    return {(level, soon): 100 * seen[level, soon] / every for level in LEVELS for soon in WITHIN}
