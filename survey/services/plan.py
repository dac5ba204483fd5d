"""Plan: how long a change takes to show in a service's figures, and how many answers a week that wants."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import dropwhile, takewhile

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine

from analysis import power, signals
from analysis.scores import BASELINE
from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Week
from survey.domain.counts import Atom
from survey.domain.errors import BadInput
from survey.domain.findings import Sensitivity
from survey.domain.plan import Plan
from survey.services.nodes import nodes
from survey.services.release import released
from survey.services.series import Series, series_of
from survey.services.uncounted import reported
from survey.services.watch import is_watched, watched_with
from survey.storage import directory
from survey.storage.database import transaction

FALL = 0.05  # of the share: what a team would want to know of
QUARTER = 13  # weeks


def plans(
    engine: Engine,
    catalogue: Catalogue,
    node: str | None,
    through: Week,
    *,
    change: float = FALL,
    within: int = QUARTER,
) -> tuple[list[Plan], list[str]]:
    """The plan of every service of `node`, of all without one, and the names of those that told nothing.

    It is that of a service's first indicator. NotFound for an unknown node; BadInput for a change under two
    points.
    """
    released(engine, catalogue, through)
    with transaction(engine, reading=True) as session:
        services = reported(directory.services(session, node))
        every = nodes(session)
        codes = {one.code for one in services}
        mine = [one for one in every if one.level == "service" and one.code in codes]
        series = _first_each(series_of(session, catalogue, mine, through))
        wider = watched_with(session, catalogue, series, every=every, through=through)
    answered = {one.node.code: one for one in series if _newest(one)}
    known = [answered[one.code] for one in services if one.code in answered]
    try:
        found = [_plan(one, change, within, wider.get(one.key, "")) for one in known]
    except ValueError as error:
        raise BadInput(str(error)) from None
    return found, [one.name for one in services if one.code not in answered]


def sensitivity(answers_a_week: float, level: float, fall: float = FALL) -> Sensitivity:
    """How long a fall takes to show with so many answers a week; BadInput for what cannot be."""
    if answers_a_week * power.LONGEST < power.FULL:
        least = power.FULL // power.LONGEST
        raise BadInput(
            f"with {answers_a_week:g} answers a week nothing is watched by itself, only together with other "
            f"services: at least {least} are needed"
        )
    try:
        weeks = power.weeks_to_signal(answers_a_week, level, fall)
    except ValueError as error:
        raise BadInput(str(error)) from None
    return Sensitivity(answers_a_week, level, fall, _known(weeks))


def needed(level: float, fall: float, within: float) -> float | None:
    """Answers a week with which a fall shows within so many weeks; None where no number that was tried does.

    BadInput for what cannot be.
    """
    try:
        return _known(power.answers_needed(level, fall, within))
    except ValueError as error:
        raise BadInput(str(error)) from None


def sensitivity_of(series: Series) -> Sensitivity | None:
    """How long a change of five points for the worse takes to show in a series.

    None where it is not watched by itself, nobody has answered lately, or its level leaves no room for such a
    change.
    """
    newest = _newest(series)
    if not is_watched(series) or not newest:
        return None
    answers, level = _weekly(newest)
    good = _good(series, level)
    if good < FALL:
        return None
    weeks = power.weeks_to_signal(
        answers, good, FALL, step_weeks=series.step_weeks, dispersion=_dispersion(series)
    )
    worse: power.Direction = "fall" if series.indicator.better == "higher" else "rise"
    return Sensitivity(answers, level, FALL, _known(weeks), worse)


def _first_each(series: Sequence[Series]) -> list[Series]:
    first: dict[str, Series] = {}
    for one in series:
        first.setdefault(one.node.code, one)  # they come in the order of the questionnaire
    return list(first.values())


def _plan(series: Series, change: float, within: int, wider: str) -> Plan:
    answers, level = _weekly(_newest(series))
    good = _good(series, level)
    spread = _dispersion(series)
    takes = wants = None
    if change <= good:
        takes = power.weeks_to_signal(answers, good, change, step_weeks=series.step_weeks, dispersion=spread)
        wants = power.answers_needed(good, change, within, dispersion=spread)
    return Plan(
        service=series.node.name,
        indicator_name=series.indicator.name,
        better=series.indicator.better,
        answers_a_week=answers,
        level=level,
        change=change,
        within=within,
        has_room=change <= good,
        watched=is_watched(series),
        watched_with=wider,
        weeks=_known(takes),
        needed=_known(wants),
    )


def _good(series: Series, level: float) -> float:
    """The share of what is good: the watch looks for falls of it, whichever way the indicator counts."""
    return level if series.indicator.better == "higher" else 1 - level


def _newest(series: Series) -> list[Atom]:
    """The released steps of the quarter up to the newest one, with the gaps between them; newest first."""
    mine = series.atoms[_start(series) :]
    if all(atom.numerator is None for atom in mine):
        mine = series.atoms  # nobody has answered the new wording yet
    back = list(dropwhile(lambda atom: atom.numerator is None, reversed(mine)))
    return list(takewhile(lambda atom: back[0].span.last - atom.span.last < QUARTER, back))


def _weekly(newest: Sequence[Atom]) -> tuple[float, float]:
    """Answers a week, and the level."""
    answers, weeks = sum(atom.denominator for atom in newest), sum(atom.span.weeks for atom in newest)
    return answers / weeks, sum(atom.numerator or 0 for atom in newest) / answers


def _dispersion(series: Series) -> float:
    """How much more than chance its steps vary since the newest wording, as the detector reckons it."""
    shown = [atom for atom in series.atoms[_start(series) :] if atom.numerator is not None]
    if len(shown) < BASELINE:
        return 1.0  # what so few show is mostly chance
    positives = np.array([[atom.numerator or 0 for atom in shown]])
    answers = np.array([[atom.denominator for atom in shown]])
    return float(np.fmax(signals.own_dispersion(positives, answers)[0, -1], 1.0))


def _start(series: Series) -> int:
    return max([0, *series.reworded])


def _known(found: npt.NDArray[np.float64] | None) -> float | None:
    return None if found is None or not np.isfinite(found) else float(found)
