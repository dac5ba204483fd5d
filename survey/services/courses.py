"""Courses: released steps of every service's indicators, with the limits of their charts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from analysis import spc
from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Span, Week
from survey.domain.counts import Atom, Count, atoms, step_weeks, tally_by_span
from survey.domain.findings import Course, Mark, Step
from survey.domain.organisation import Service
from survey.domain.questionnaire import Indicator, Questionnaire
from survey.storage import counts, marks

BySeries = dict[str, dict[Span, tuple[int, int]]]


def courses(
    session: Session, catalogue: Catalogue, services: Sequence[Service], through: Week
) -> list[Course]:
    """One course a service and indicator, by service then indicator, of the weeks up to `through`."""
    codes = [service.code for service in services]
    read = counts.read(session, codes)
    marked = marks.of_services(session, codes)
    return [
        course
        for service in services
        for questionnaire in [_newest(service, read, catalogue)]
        if questionnaire is not None
        for indicator in questionnaire.indicators
        if (
            course := _course(
                service,
                questionnaire,
                indicator,
                by_series=_by_series(read.get((service.code, indicator.question), {}), indicator, catalogue),
                marked=marked.get(service.code, []),
                through=through,
            )
        )
        is not None
    ]


def _newest(
    service: Service, read: Mapping[tuple[str, str], Mapping[str, list[Count]]], catalogue: Catalogue
) -> Questionnaire | None:
    # The newest version that somebody answered; None while nobody has: there is nothing to draw.
    answered = {
        version for (code, _), versions in read.items() if code == service.code for version in versions
    }
    return max((catalogue.get(version) for version in answered), key=lambda one: one.version, default=None)


def _by_series(versions: Mapping[str, list[Count]], indicator: Indicator, catalogue: Catalogue) -> BySeries:
    # Versions that ask alike share a series, and their counts make one unbroken trend.
    pooled: dict[str, list[Count]] = {}
    options: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for version, found in sorted(versions.items()):
        same = [one for one in catalogue.get(version).indicators if one.code == indicator.code]
        for one in same:
            pooled.setdefault(one.series, []).extend(found)
            options[one.series] = (one.numerator, one.denominator)
    return {series: tally_by_span(found, *options[series]) for series, found in pooled.items()}


def _course(
    service: Service,
    questionnaire: Questionnaire,
    indicator: Indicator,
    *,
    by_series: BySeries,
    marked: Sequence[Mark],
    through: Week,
) -> Course | None:
    in_turn = sorted(by_series.values(), key=min)
    segments = [
        found for spans in in_turn if (found := atoms(spans, weeks=step_weeks(spans), through=through))
    ]
    if not segments:
        return None
    released = tuple(atom for segment in segments for atom in segment)
    starts = [sum(len(segment) for segment in segments[:position]) for position in range(1, len(segments))]
    p_prime, xmr = _charts(released, indicator, starts)
    return Course(
        service=service.code,
        service_name=service.name,
        pathway=service.pathway,
        organisation=service.organisation,
        place=service.place,
        indicator=indicator.code,
        indicator_name=indicator.name,
        question_text=questionnaire.question(indicator.question).text,
        better=indicator.better,
        step_weeks=step_weeks(in_turn[-1])(through),
        steps=_steps(released, p_prime.points),
        xmr=_steps(released, xmr.points),
        target=indicator.target,
        variation=p_prime.variation,  # type: ignore[arg-type]
        assurance=p_prime.assurance,  # type: ignore[arg-type]
        marks=_marks(released, marked, starts),
        withheld=sum(atom.numerator is None for atom in released),
    )


def _charts(
    released: Sequence[Atom], indicator: Indicator, starts: Sequence[int]
) -> tuple[spc.Chart, spc.Chart]:
    numerator = np.array([atom.numerator or 0 for atom in released])
    denominator = np.array([atom.denominator for atom in released])
    improvement = "increase" if indicator.better == "higher" else "decrease"
    drawn = [
        draw(numerator, denominator, improvement=improvement, target=indicator.target, rebase=starts)
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
        )
        for atom, mean, lower, upper, point_type, rule in zip(
            released, *(points[name] for name in columns), strict=True
        )
    )


def _marks(released: Sequence[Atom], marked: Sequence[Mark], starts: Sequence[int]) -> tuple[Mark, ...]:
    first, last = released[0].span.first, released[-1].span.last
    new = [Mark(released[start].span.first, "New wording") for start in starts]
    shown = {mark for mark in (*marked, *new) if first <= mark.week <= last}
    return tuple(sorted(shown, key=lambda mark: (mark.week, mark.label)))


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
