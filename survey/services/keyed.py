"""Keyed: how often a keyed answer is wrong, from the forms that were keyed twice."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from analysis.proportions import wilson
from survey.storage import keyed
from survey.storage.database import transaction

ENOUGH = 50  # forms: with none differing the interval still reaches to 7 %


@dataclass(frozen=True, slots=True)
class Rate:
    """Of one question, over all weeks: how many forms were keyed twice, and in how many the entries differed.

    `low` and `high` bound the share that differs, in [0, 1], at 95 %; None where too few were checked.
    """

    pathway: str
    question: str
    checked: int
    differing: int
    low: float | None
    high: float | None


def error_rates(engine: Engine, service: str | None = None) -> list[Rate]:
    """Of each question, of one service or of all, those that differ most first within a pathway."""
    with transaction(engine, reading=True) as session:
        found = [_rate(*one) for one in keyed.totals(session, service)]
    return sorted(found, key=lambda one: (one.pathway, -one.differing / one.checked, one.question))


def _rate(pathway: str, question: str, checked: int, differing: int) -> Rate:
    if checked < ENOUGH:
        return Rate(pathway, question, checked, differing, None, None)
    low, high = wilson([differing], [checked])
    return Rate(pathway, question, checked, differing, float(low[0]), float(high[0]))
