"""One experiment: people answer, boxes are counted week by week, the thief watches; his loot comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from secrets import SystemRandom

from survey.domain.calendar import Week
from survey.domain.response import Response
from tests.adversarial.thief.houses import House, Person
from tests.adversarial.thief.loot import Burglary, Pool
from tests.town import AGES, CODES, ETHNIC_GROUPS, RATED

RANDOM = SystemRandom()
BEFORE_NEW_YEAR = Week(2026, 49)  # so that an experiment of eight weeks sees a quarter end
Answering = Callable[[str, int], Response]  # name and a number that is unique in the service


def everything(name: str, number: int) -> Response:
    """All questions, a comment that names its author, both about-you questions."""
    return Response(
        _answers(number),
        {"comment": f"{name} says: {'thank you ' * RANDOM.randrange(40)}"},
        {"age": RANDOM.choice(AGES), "ethnic-group": RANDOM.choice(ETHNIC_GROUPS)},
    )


def some_questions(_name: str, number: int) -> Response:
    """Rated questions only, some of them left out."""
    left_out = RANDOM.sample(RATED, RANDOM.randrange(5))
    return Response({code: said for code, said in _answers(number).items() if code not in left_out})


def burgle(
    house: House,
    keys_dir: Path,
    *,
    services: list[str],
    weeks: int,
    first: Week = BEFORE_NEW_YEAR,
    answering: Answering = everything,
) -> list[Pool]:
    """Every service's people of `weeks` weeks answer in mixed order; each week is counted at its end.

    The last service has boxes under ten, which are carried into the next week.
    """
    burglary, number = Burglary(house, keys_dir), 0
    with burglary.listening():
        for week in (first + n for n in range(weeks)):
            people = []
            for service in services:
                size = RANDOM.randrange(5, 8) if service == services[-1] else RANDOM.randrange(10, 14)
                for ticket in house.invite(service, size, week):
                    number += 1
                    name = f"P{number:05d}"
                    people.append(Person(name, ticket, service, week, answering(name, number)))
            RANDOM.shuffle(people)
            burglary.start()
            for person in people:
                burglary.watch(person)
            house.count(week, burglary.counted)
    return burglary.pools()


def _answers(number: int) -> dict[str, str]:
    # Unlike for any two people, and without an order that follows the number.
    mixed = number * 25_411 % len(CODES) ** len(RATED)
    answers = {}
    for code in RATED:
        mixed, digit = divmod(mixed, len(CODES))
        answers[code] = CODES[digit]
    return answers
