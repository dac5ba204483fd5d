"""Prove: play the thief against this very configuration, and say how many people each attack names."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from survey.config import Settings
from survey.domain.calendar import today
from survey.domain.progress import Advance, silent
from survey.domain.proof import Attempt, Found, Naive, Proof
from survey.services.proving.attacks import Attack, Score, direct_attacks
from survey.services.proving.configuration import findings
from survey.services.proving.experiment import FULL_BOXES, TOWN, burgle, burgle_quarter, people_a_week
from survey.services.proving.fingerprints import about_you_attack
from survey.services.proving.house import Heard
from survey.services.proving.keys_left import key_attack
from survey.services.proving.loot import Loot
from survey.services.proving.naive import DESIGNS
from survey.services.proving.naive import Naive as NaiveHouse
from survey.services.proving.orders import comment_attack, order_attacks
from survey.services.proving.scratch import scratch
from survey.services.proving.verdict import Tried, attempt, best, needed, score
from survey.services.proving.words import comment_attacks
from survey.storage.database import engine

ABLE = 0.95  # of a naive design, which the thief must link: a broken thief cannot pass
SIZE = 12  # responses a box, where a whole quarter is looked at


@dataclass(frozen=True)
class Sizes:
    """How many people each experiment has."""

    people: int  # watched one by one
    quarter: int  # of a whole quarter's about-you counts; 0: left out
    naive: int  # of each naive design

    @property
    def weeks(self) -> int:
        return math.ceil(self.people / people_a_week(TOWN))

    @property
    def naive_weeks(self) -> int:
        return math.ceil(self.naive / people_a_week(FULL_BOXES))

    @property
    def services(self) -> int:
        return math.ceil(self.quarter / (13 * SIZE))

    @property
    def work(self) -> int:
        """People in all."""
        watched = self.weeks * people_a_week(TOWN) + 3 * self.naive_weeks * people_a_week(FULL_BOXES)
        return round(watched) + 13 * SIZE * self.services


# An attack that names half as many again as chance, or twice as many, clears the bar in 98 runs of 100; of
# about-you counts, which say little of each, 1.35 times and 1.5 times.
FULL = Sizes(needed(times=1.5), needed(1 / SIZE, times=1.35), 180)
QUICK = Sizes(needed(times=2), needed(1 / SIZE, times=1.5), 90)


def work(*, quick: bool = False) -> int:
    """How much `prove` reports by `advance` where nothing is tried twice, for a progress bar."""
    return (QUICK if quick else FULL).work


def prove(settings: Settings, *, quick: bool = False, advance: Advance = silent) -> Proof:
    """Make a scratch installation beside the operator's own, rob it, and return what each attack named.

    An attack above its bar is tried again in a second installation: it has won if it is above it again.
    """
    sizes = QUICK if quick else FULL
    naive = _naive(settings, sizes, advance)
    runs = [_twice(lambda: rob_town(settings, sizes, advance))]
    if sizes.quarter:
        runs.append(_twice(lambda: rob_quarter(settings, sizes, advance)))
    return Proof(
        day=today(),
        version=version("heard-survey"),
        database=runs[0].robbed.server,
        people=sum(run.robbed.loot.people for run in runs),
        boxes=sum(len(run.robbed.loot.pools) for run in runs),
        attempts=[one for run in runs for one in run.attempts],
        naive=naive,
        configuration=_configuration(settings),
        problems=[*_unable(naive), *(one for run in runs for one in run.robbed.problems)],
    )


@dataclass(frozen=True)
class Robbed:
    """One installation and what was tried on what was stolen from it."""

    loot: Loot
    attacks: Sequence[Attack]
    server: str
    problems: Sequence[str]


@dataclass(frozen=True)
class Run:
    """An experiment with its attempts, after a second try where one was due."""

    robbed: Robbed
    attempts: Sequence[Attempt]


def _twice(rob: Callable[[], Robbed]) -> Run:
    # The best of many attacks beats 3 σ by luck now and then; luck does not come twice for the same one.
    first = rob()
    tried = [best(attack, first.loot.pools) for attack in first.attacks]
    above = [one for one in tried if one.above and not one.attack.certain]
    again = rob() if above else first
    return Run(first, [attempt(one, again=_again(one, again) if one.above else None) for one in tried])


def _again(tried: Tried, robbed: Robbed) -> Tried:
    named = {attack.name: attack for attack in robbed.attacks}
    attack = named.get(tried.attack.name, tried.attack)
    there = tried.way in attack.ways
    return Tried(attack, tried.way, score(attack, tried.way, robbed.loot.pools) if there else Score())


def rob_town(settings: Settings, sizes: Sizes, advance: Advance = silent) -> Robbed:
    """People answer one by one while the thief watches; boxes are counted week by week."""
    with scratch(settings) as mine:
        house = Heard(mine)
        house.open([street.code for street in TOWN])
        loot = burgle(house, streets=TOWN, weeks=sizes.weeks, key_folders=mine.key_folders, advance=advance)
        attacks = [
            *direct_attacks(),
            key_attack(loot),
            *order_attacks(loot),
            comment_attack(loot),
            *comment_attacks(loot),
            about_you_attack(loot, "about-you counts that came with a count"),
        ]
        return Robbed(loot, attacks, mine.server, house.problems)


def rob_quarter(settings: Settings, sizes: Sizes, advance: Advance = silent) -> Robbed:
    """Thousands answer in a whole quarter; their about-you counts are laid beside the sender's list."""
    with scratch(settings) as mine:
        house, services = Heard(mine), [f"Q{n:03d}" for n in range(sizes.services)]
        house.open(services)
        loot = burgle_quarter(house, services=services, size=SIZE, advance=advance)
        attacks = [about_you_attack(loot, "about-you counts of a whole quarter")]
        return Robbed(loot, attacks, mine.server, house.problems)


def _naive(settings: Settings, sizes: Sizes, advance: Advance) -> list[Naive]:
    found = []
    with scratch(settings) as mine:
        for design in DESIGNS:
            house = NaiveHouse(mine.owner, design)
            house.open()
            loot = burgle(house, streets=FULL_BOXES, weeks=sizes.naive_weeks, key_folders=(), advance=advance)
            # Orders first, for with equals the first is named: not even the backups between are needed then.
            tried = [best(attack, loot.pools) for attack in (*order_attacks(loot), *direct_attacks())]
            most = max(tried, key=lambda one: one.share)
            found.append(Naive(design.name, most.attack.name, most.share, most.score.people))
    return found


def _unable(naive: Sequence[Naive]) -> list[str]:
    return [
        f"the thief named only {one.accuracy:.0%} in a naive design ({one.design}): he proves nothing"
        for one in naive
        if one.accuracy < ABLE
    ]


def _configuration(settings: Settings) -> list[Found]:
    own = engine(settings.database_url)
    try:
        return findings(own, settings)
    finally:
        own.dispose()
