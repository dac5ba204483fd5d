"""Plans in sentences: how long a change takes to show, and how many answers a week that wants."""

from __future__ import annotations

from typing import Literal

from survey.domain.findings import Sensitivity
from survey.domain.plan import Plan
from survey.presenters.figures import SPACE, percent, points
from survey.presenters.watch_words import sensitivity
from survey.presenters.words import UNTOLD

HOW = (
    f"A change shows when its signal has come with a chance of 80{SPACE}%, as simulated of services whose "
    "level was steady for a year before. No one can know beforehand how many of those invited will answer."
)


def of_service(plan: Plan) -> str:
    """All that is to be said of one service, in one line."""
    return f"{plan.service}, ‘{plan.indicator_name}’ {percent(plan.level)}: {_says(plan)}"


def ahead(one: Sensitivity, *, needed: float | None, within: int) -> str:
    """The same of a service that is not there yet."""
    return f"{sensitivity(one)} {_wants(needed, within)}"


def untold(service: str) -> str:
    """A service of which nothing is told."""
    return f"{service}: nothing is told yet ({UNTOLD}); `heard plan --answers N --level PERCENT` plans ahead."


def _says(plan: Plan) -> str:
    turn: Literal["fall", "rise"] = "fall" if plan.better == "higher" else "rise"
    if not plan.has_room:
        return f"its level leaves no room for a {turn} of {points(plan.change)}."
    asked = _wants(plan.needed, plan.within)
    if not plan.watched:
        wider = f"; it is watched with {plan.watched_with}" if plan.watched_with else ""
        return f"too few answers to watch it by itself{wider}. {asked}"
    takes = sensitivity(Sensitivity(plan.answers_a_week, plan.level, plan.change, plan.weeks, turn))
    return f"{takes} {asked}"


def _wants(needed: float | None, within: int) -> str:
    """How many answers a week show the change in time."""
    time = "a week" if within == 1 else f"{within}{SPACE}weeks"
    if needed is None:
        return f"No number of answers that was tried shows it within {time}."
    return f"To show within {time} it wants about {_rounded(needed):,} answers a week."


def _rounded(answers: float) -> int:
    """To two figures: the simulations know no more."""
    return round(float(f"{answers:.2g}"))
