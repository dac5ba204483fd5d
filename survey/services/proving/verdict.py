"""The verdict: which attacks named more people than luck does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.comparison import wilson
from survey.domain.proof import Attempt
from survey.services.proving.attacks import Attack, Score
from survey.services.proving.loot import Pool

TENTH = 1 / 10  # the promise's ten, whatever the code says
SIGMAS = 3.0
POWER = 2.0  # standard deviations by which an attack that names `times` as many is to clear the bar


@dataclass(frozen=True)
class Tried:
    """An attack with its best way and what that named."""

    attack: Attack
    way: str
    score: Score

    @property
    def chance(self) -> float:
        """What guessing names."""
        return self.score.guessing / self.score.people if self.score.people else 0.0

    @property
    def bar(self) -> float:
        """What luck stays under."""
        if self.attack.certain:
            return 0.0
        p = self.chance if self.attack.admitted else min(self.chance, TENTH)
        return p + SIGMAS * math.sqrt(p * (1 - p) / self.score.people) if self.score.people else 1.0

    @property
    def share(self) -> float:
        """Of the people, those it named."""
        return self.score.hits / self.score.people if self.score.people else 0.0

    @property
    def above(self) -> bool:
        """Whether that is more."""
        return self.share > self.bar


def needed(chance: float = TENTH, *, times: float) -> int:
    """People among whom an attack that names `times` as many as chance clears the bar in 98 of 100 runs."""
    luck, leak = math.sqrt(chance * (1 - chance)), math.sqrt(times * chance * (1 - times * chance))
    return math.ceil(((SIGMAS * luck + POWER * leak) / (chance * (times - 1))) ** 2)


def best(attack: Attack, pools: Sequence[Pool]) -> Tried:
    """The way that names most, with equals the first."""
    tried = [Tried(attack, way, score(attack, way, pools)) for way in attack.ways]
    return max(tried, key=lambda one: one.score.hits, default=Tried(attack, "", Score()))


def score(attack: Attack, way: str, pools: Sequence[Pool]) -> Score:
    """What one way names over all pools."""
    return sum((attack.ways[way](pool) for pool in pools), Score())


def attempt(tried: Tried, *, again: Tried | None) -> Attempt:
    """As it is reported; `again` is the second try that is due to one above its bar."""
    n, hits = tried.score.people, round(tried.score.hits)
    low, high = wilson(min(hits, n), n) if n else (0.0, 1.0)
    notes = [tried.attack.unseen or tried.attack.note]
    if len(tried.attack.ways) > 1 and tried.way and not tried.attack.unseen:
        notes.append(f"best of {len(tried.attack.ways)} ways: {tried.way}")
    if again is not None:
        notes.append(f"in a second installation {again.share:.1%}, bar {again.bar:.1%}")
    return Attempt(
        attack=tried.attack.name,
        people=n,
        hits=hits,
        chance=tried.chance,
        low=float(low),
        high=float(high),
        bar=tried.bar,
        won=tried.above and (tried.attack.certain or (again is not None and again.above)),
        examined=not tried.attack.unseen,
        note="; ".join(note for note in notes if note),
    )
