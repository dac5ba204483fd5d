"""Scales: what has left of nodes' answers by every option, for staff; a mean is made of it alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Span, Week
from survey.domain.findings import Finding
from survey.domain.organisation import Node
from survey.domain.questionnaire import Question
from survey.domain.released import Released, Scale
from survey.domain.scale import FullScale, Shift, added_up, tiles
from survey.services.ask import Answer
from survey.services.door import let_scales_out
from survey.storage import cells, ledger
from survey.storage.database import transaction

A_YEAR = 52  # weeks, the most that are taken for the time before a change


def scales(
    session: Session, catalogue: Catalogue, nodes: Collection[Node], *, through: Week
) -> Released[list[FullScale]]:
    """Every scale of some nodes that had left by the release of `through`, by node, series and weeks."""
    keys = {(one.code, one.icb, one.pathway) for one in nodes}
    told = ledger.scales(session, keys, through=through)
    found = [
        full
        for _, by_series in sorted(told.items())
        for _, mine in sorted(by_series.items())
        for one in mine
        if (full := _full(catalogue, [one], one.figure.span))
    ]
    return let_scales_out(session, found, found, through=through)


def scale_over(
    session: Session, catalogue: Catalogue, node: Node, series: str, *, span: Span, through: Week
) -> Released[FullScale] | None:
    """The scale of a node over some weeks, which must be those of scales that have left; None where not."""
    key = (node.code, node.icb, node.pathway)
    told = ledger.scales(session, {key}, through=through).get(key, {}).get(series, [])
    full = _full(catalogue, tiles(told, span), span)
    return let_scales_out(session, full, [full], through=through) if full else None


def scale_of(engine: Engine, catalogue: Catalogue, answer: Answer) -> Released[FullScale] | None:
    """The scale of what staff were answered; None where it has not left, or not of just these answers."""
    series = {one.series for one in answer.parts}
    with transaction(engine, reading=True) as session:
        newest = cells.newest_released(session)
        if answer.form != "staff" or newest is None or len(series) != 1:
            return None
        found = scale_over(session, catalogue, answer.node, series.pop(), span=answer.span, through=newest)
    return found if found and found.what.n == answer.n else None


def shifts(
    session: Session, catalogue: Catalogue, found: Sequence[Finding], *, through: Week
) -> Released[dict[str, Shift]]:
    """The scales just before a change and since, by the id of its finding, where there are both."""
    told = ledger.scales(session, {one.key[:3] for one in found}, through=through)
    shown: dict[str, Shift] = {}
    for one in found:
        mine = told.get(one.key[:3], {}).get(_series(catalogue, one) or "", [])
        past = (Span(one.since + -weeks, one.since + -1) for weeks in range(A_YEAR, 0, -1))
        until = (Span(one.since, through + -ago) for ago in range(through - one.since + 1))
        before, since = _longest(catalogue, mine, past), _longest(catalogue, mine, until)
        if before and since:
            shown[one.id] = Shift(before, since)
    every = [scale for one in shown.values() for scale in (one.before, one.since)]
    return let_scales_out(session, shown, every, through=through)


def _longest(catalogue: Catalogue, told: Sequence[Scale], among: Iterable[Span]) -> FullScale | None:
    return next((full for span in among if (full := _full(catalogue, tiles(told, span), span))), None)


def _series(catalogue: Catalogue, finding: Finding) -> str | None:
    """The newest series that an indicator is made of."""
    for version in catalogue.versions(finding.pathway):
        for indicator in version.indicators:
            if indicator.code == finding.indicator:
                return version.series_of(indicator.question)
    return None


def _full(catalogue: Catalogue, parts: Sequence[Scale], span: Span) -> FullScale | None:
    """In the words of the newest version that has just these options."""
    if not parts:
        return None
    figure, total = parts[0].figure, added_up(parts)
    question = _asked(catalogue, figure.pathway, figure.series, total.keys())
    if question is None:
        return None
    options = {one.code: total[one.code] for one in question.options}
    return FullScale(figure.key, figure.series, question, span, options)


def _asked(catalogue: Catalogue, pathway: str, series: str, codes: Collection[str]) -> Question | None:
    for version in catalogue.versions(pathway):
        for question in version.questions:
            same = {one.code for one in question.options} == set(codes)
            if same and version.series_of(question.code) == series:
                return question
    return None
