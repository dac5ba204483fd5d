"""The door: what is told to anybody passes here, and every figure of it is held against the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import TypeVar

from sqlalchemy.orm import Session

from survey.domain.calendar import Week
from survey.domain.errors import Refused
from survey.domain.findings import Course, Step
from survey.domain.released import Figure, Form, Released
from survey.domain.scale import FullScale, added_up, tiles
from survey.storage import ledger

T = TypeVar("T")


def let_out(
    session: Session, what: T, courses: Iterable[Course], *, through: Week, form: Form = "staff"
) -> Released[T]:
    """`what`, all of whose figures are those of `courses`; Refused where one of them has not left the house.

    A step must be a sum of figures that the ledger holds in that form, over just its weeks.
    """
    shown = list(courses)
    keys = {(one.node, one.icb, one.pathway) for one in shown}
    told = ledger.figures(session, keys, through=through, form=form)
    for course in shown:
        series = told.get((course.node, course.icb, course.pathway), {})
        for step in course.steps:
            if step.value is not None and not any(_holds(mine, step) for mine in series.values()):
                raise Refused(
                    f"{course.node_name}, {course.indicator_name}, {step.span}: this figure has not been "
                    "released; run `heard release`, and tell whoever keeps Heard if that does not help"
                )
    return Released(what, form, ledger.newest(session)[0])


def let_figures_out(
    session: Session, what: T, figures: Iterable[Figure], *, through: Week, form: Form
) -> Released[T]:
    """`what`, all of whose figures are these; Refused where one is not in the ledger just so."""
    shown = list(figures)
    told = ledger.figures(session, {one.key for one in shown}, through=through, form=form)
    for one in shown:
        if one not in told.get(one.key, {}).get(one.series, ()):
            raise Refused(f"{one.node}, {one.series}, {one.span}: this figure has not been released")
    return Released(what, form, ledger.newest(session)[0])


def let_scales_out(session: Session, what: T, scales: Iterable[FullScale], *, through: Week) -> Released[T]:
    """`what`, all of whose figures are those of `scales`; Refused where one of them has not left the house.

    A scale must be the sum of scales that the ledger holds, over just its weeks.
    """
    shown = list(scales)
    told = ledger.scales(session, {one.key for one in shown}, through=through)
    for one in shown:
        mine = tiles(told.get(one.key, {}).get(one.series, ()), one.span)
        if added_up(mine) != Counter(one.options):
            raise Refused(f"{one.key[0]}, {one.question.code}, {one.span}: this scale has not been released")
    return Released(what, "staff", ledger.newest(session)[0])


def _holds(figures: Sequence[Figure], step: Step) -> bool:
    within = [one for one in figures if step.span.first <= one.span.first and one.span.last <= step.span.last]
    if not within or (within[0].span.first, within[-1].span.last) != (step.span.first, step.span.last):
        return False
    groups = [sum(one.counts[group] for one in within) for group in range(3)]
    sums = {sum(some) for size in range(4) for some in combinations(groups, size)}
    return step.n in sums and round((step.value or 0.0) * step.n) in sums
