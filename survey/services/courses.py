"""Courses: series with the limits of their charts, their marks, and what they are watched with."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from analysis import spc
from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Week
from survey.domain.counts import Atom
from survey.domain.findings import Course, Mark, Step
from survey.domain.organisation import Node, Service
from survey.domain.released import Form
from survey.domain.rulings import Ruling
from survey.services.nodes import nodes
from survey.services.plan import sensitivity_of
from survey.services.seasons import seasons
from survey.services.series import Series, series_of
from survey.services.watch import is_watched, rebased_at, watched_with
from survey.storage import actions, directory, findings, marks

Key = tuple[str, str, str, str]


def courses(
    session: Session,
    catalogue: Catalogue,
    services: Sequence[Service],
    through: Week,
    *,
    form: Form = "staff",
) -> list[Course]:
    """One course a service and indicator, by service then indicator, of the weeks up to `through`.

    In the public form steps are longer and rounded; whether a course is watched is told as it is for staff.
    """
    wanted = {one.code: place for place, one in enumerate(services)}
    mine = [one for one in nodes(session) if one.level == "service" and one.code in wanted]
    return _drawn(session, catalogue, sorted(mine, key=lambda one: wanted[one.code]), through, form=form)


def courses_of(
    session: Session, catalogue: Catalogue, keys: Collection[Key], through: Week, *, form: Form = "staff"
) -> list[Course]:
    """The courses of some (node, ICB, pathway, indicator), in the order of nodes."""
    wanted = {key[:3] for key in keys}
    mine = [one for one in nodes(session) if (one.code, one.icb, one.pathway) in wanted]
    drawn = _drawn(session, catalogue, mine, through, form=form)
    return [one for one in drawn if one.key in keys]


def _drawn(
    session: Session, catalogue: Catalogue, mine: Sequence[Node], through: Week, *, form: Form
) -> list[Course]:
    every = nodes(session)
    ruled = [one for one in findings.rulings(session) if one.week < through]
    set_marks = _marks_set(session, mine, ruled)
    owners = {one.code: one for one in directory.services(session)}
    found = []
    series = series_of(session, catalogue, mine, through)
    wider = watched_with(session, catalogue, series, every=every, through=through)
    watched = {one.key for one in series if is_watched(one)}
    if form == "public":
        series = series_of(session, catalogue, mine, through, form=form)
    same = seasons(series)
    for one in series:
        marked = [*set_marks.get(one.key[:3], ()), *set_marks.get(one.key, ())]
        owner = owners.get(one.node.code) if one.node.level == "service" else None
        starts = sorted({*one.reworded, *rebased_at(one, ruled)})
        course = _course(one, owner, starts, marked, wider=wider.get(one.key, ""))
        about = {"season": same.get(one.key), "sensitivity": sensitivity_of(one)}
        found.append(replace(course, watched=one.key in watched, form=form, **about))  # type: ignore[arg-type]
    return found


def _marks_set(
    session: Session, mine: Sequence[Node], ruled: Iterable[Ruling]
) -> Mapping[tuple[str, ...], list[Mark]]:
    """Marks by (node, ICB, pathway) where they bear on all its indicators, else with the indicator's code."""
    of_service = marks.of_services(session, [one.code for one in mine if one.level == "service"])
    found: dict[tuple[str, ...], list[Mark]] = {}
    for node in mine:
        found[node.code, node.icb, node.pathway] = list(of_service.get(node.code, ()))
    for ruling in ruled:
        if ruling.choice == "accept":
            key = ruling.node, ruling.icb, ruling.pathway, ruling.indicator
            found.setdefault(key, []).append(Mark(ruling.since, "New level accepted"))
    for action in actions.everyone(session):
        if action.start is not None:
            key = action.node, action.icb, action.pathway, action.indicator
            found.setdefault(key, []).append(Mark(action.start, f"Action: {_short(action.does)}"))
    return found


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _course(
    series: Series, owner: Service | None, starts: Sequence[int], marked: Sequence[Mark], *, wider: str
) -> Course:
    node, indicator, released = series.node, series.indicator, series.atoms
    p_prime, xmr = _charts(released, series, starts)
    return Course(
        node=node.code,
        node_name=node.name,
        level=node.level,
        icb=node.icb,
        pathway=node.pathway,
        organisation=node.code if owner is None else owner.organisation,
        place=node.code if owner is None else owner.place,
        indicator=indicator.code,
        indicator_name=indicator.name,
        question_text=series.questionnaire.question(indicator.question).text,
        better=indicator.better,
        step_weeks=series.step_weeks,
        steps=_steps(released, p_prime.points),
        xmr=_steps(released, xmr.points),
        target=indicator.target,
        variation=p_prime.variation,  # type: ignore[arg-type]
        assurance=p_prime.assurance,  # type: ignore[arg-type]
        marks=_marks(released, marked, series.reworded),
        withheld=sum(atom.numerator is None for atom in released),
        watched_with=wider,
    )


def _charts(released: Sequence[Atom], series: Series, starts: Sequence[int]) -> tuple[spc.Chart, spc.Chart]:
    numerator = np.array([atom.numerator or 0 for atom in released])
    denominator = np.array([atom.denominator for atom in released])
    improvement = "increase" if series.indicator.better == "higher" else "decrease"
    drawn = [
        draw(numerator, denominator, improvement=improvement, target=series.indicator.target, rebase=starts)
        for draw in (spc.p_prime_chart_of, spc.chart_of)
    ]
    return drawn[0], drawn[1]


def _steps(released: Iterable[Atom], points: pd.DataFrame) -> tuple[Step, ...]:
    columns = ["mean", "lower", "upper", "point_type", "rule"]
    return tuple(
        Step(
            span=atom.span,
            n=atom.denominator,
            value=None if atom.numerator is None else atom.numerator / atom.denominator,
            centre=_number(mean),
            lower=_number(lower),
            upper=_number(upper),
            point_type=point_type,
            rule=rule,
            told=atom.told,
        )
        for atom, mean, lower, upper, point_type, rule in zip(
            released, *(points[name] for name in columns), strict=True
        )
    )


def _marks(released: Sequence[Atom], marked: Sequence[Mark], reworded: Sequence[int]) -> tuple[Mark, ...]:
    first, last = released[0].span.first, released[-1].span.last
    new = [Mark(released[start].span.first, "New wording") for start in reworded]
    shown = {mark for mark in (*marked, *new) if first <= mark.week <= last}
    return tuple(sorted(shown, key=lambda mark: (mark.week, mark.label)))


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
