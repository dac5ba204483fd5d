"""About-you counts against the sender's list: what an option's people answered says a little of each of them.

The list gives everyone's age, sex and ethnic group, and each pool's kept rows how its people answered, so
the thief knows how many of an option would answer so if it made no difference. What was released differs from
that by those people's own answers and by noise. To first order the likelihood of a person's answer group
rises by exp(sum over attributes of (released - expected) / (noise² + variance)), a score test's tilt; with it
he names the row that he expects most of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from survey.services import subgroups
from survey.services.proving.attacks import Attack, Guess, Score, Way, assign, guessing
from survey.services.proving.loot import Cell, Kept, Loot, Pool, Release
from survey.services.proving.town import questionnaire

Tilts = Mapping[Cell, float]
_RATED = questionnaire()
_GROUP = {
    (question.code, option.code): option.group
    for question in _RATED.questions
    for option in question.options
    if option.group is not None
}


@dataclass
class _Expected:
    # Of one cell: what would be counted by chance, and how far chance strays.
    mean: float = 0.0
    variance: float = 0.0


def about_you_attack(loot: Loot, name: str) -> Attack:
    """With the noise that Heard says it adds, and as if there were none."""
    released = {id(pool): release for release in loot.releases for pool in release.pools}
    ways: dict[str, Way] = {}
    for told, noise in (("allowing for noise", subgroups.NOISE), ("taken as exact", 0.0)):
        tilts = {id(release): tilt(release, noise) for release in loot.releases}
        ways[told] = _way({pool: tilts[id(release)] for pool, release in released.items()})
    note = "" if loot.releases else "no count was large enough to be written"
    return Attack(name, ways, note=note)


def tilt(release: Release, noise: float) -> Tilts:
    """By cell, how much likelier its people's answers make its group: a log of odds."""
    found = {}
    for cell, expected in _by_chance(release).items():
        if expected.variance > 0:
            off = release.cells[cell] - expected.mean
            found[cell] = off / (noise**2 + expected.variance)
    return found


def _by_chance(release: Release) -> Mapping[Cell, _Expected]:
    # Draws without replacement: a pool's `k` people of an option, among its `n` rows with `c` of a group.
    wanted = {cell[:3] for cell in release.cells}
    found: dict[Cell, _Expected] = defaultdict(_Expected)
    for pool in release.pools:
        groups = _groups(pool)
        n = len(pool.kept)
        for (attribute, option), k in _options(pool).items():
            for (question, group), c in groups.items():
                if (attribute, option, question) in wanted:
                    one, share = found[attribute, option, question, group], c / n
                    one.mean += k * share
                    one.variance += k * share * (1 - share) * (n - k) / max(n - 1, 1)
    return found


def _way(tilts: Mapping[int, Tilts]) -> Way:
    def name(pool: Pool) -> Guess:
        mine = tilts[id(pool)]
        score = np.array(
            [[_likelihood(mine, trace.person.known, row) for row in pool.kept] for trace in pool.traces]
        )
        return assign(pool, score / score.sum(axis=1, keepdims=True))

    named = guessing(name)

    def way(pool: Pool) -> Score:
        return named(pool) if tilts.get(id(pool)) else Score(1.0, len(pool.traces), 1.0)

    return way


def _likelihood(tilts: Tilts, known: Mapping[str, str], row: Kept) -> float:
    total = sum(
        tilts.get((attribute, option, question, group), 0.0)
        for attribute, option in known.items()
        for question, group in _answered(row)
    )
    return float(np.exp(min(total, 50.0)))


def _answered(row: Kept) -> Iterator[tuple[str, str]]:
    for question, code in row.answers.items():
        group = _GROUP.get((question, code))
        if group is not None:
            yield question, group


def _groups(pool: Pool) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = defaultdict(int)
    for row in pool.kept:
        for pair in _answered(row):
            found[pair] += 1
    return found


def _options(pool: Pool) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = defaultdict(int)
    for trace in pool.traces:
        for pair in trace.person.known.items():
            found[pair] += 1
    return found
