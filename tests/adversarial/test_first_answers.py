"""Whoever looks at a report for the week in which a small service was first answered.

That week is then known not to be empty, and of a figure of ten to eighteen that holds it every other week is
known to have fewer than ten.
"""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from survey.domain.calendar import Span, Week
from survey.domain.counts import Atom
from survey.presenters.weekly import email
from survey.services import report
from survey.services.nodes import nodes
from survey.services.series import Series, series_of
from survey.storage.database import transaction
from tests.leaving import START, House, Tree

SHY = {"SHY1": {}, "SHY2": {2: 4}, "SHY3": {14: 3, 20: 5}, "SHY4": {1: 3, **dict.fromkeys(range(12, 26), 12)}}
SITES = {f"T{at}": [one] for at, one in enumerate(["FULL", *SHY])}
TREE = Tree(SITES, {"T": list(SITES)}, {"P": ["FULL", *SHY]})
LAST = START + 25  # two blocks have ended


@pytest.fixture
def house(sqlite: Engine) -> House:
    """A service of forty answers a week, and four that so many answered in some of them."""
    made = House(sqlite).build(TREE)
    for week in range(26):
        few = {code: (weeks[week], 0, 0) for code, weeks in SHY.items() if week in weeks}
        made.answer(START + week, {"FULL": (30, 4, 6), **few})
    made.release(LAST)
    return made


def first_by_cells(house: House, service: str) -> Week | None:
    """Naive: a gap that begins with the first answers shows this."""
    [(week,)] = house.rows(f"SELECT min(week) FROM cell WHERE service = '{service}'")
    return None if week is None else Week.parse(week)


def mail(house: House, service: str) -> str:
    with transaction(house.engine, reading=True) as session:
        letter = email(report.edition(session, house.catalogue, service, LAST))
    return (letter.text + letter.html).replace(service, "SHY")


def course(house: House, service: str) -> Series:
    with transaction(house.engine, reading=True) as session:
        mine = [one for one in nodes(session) if one.code == service]
        [found] = series_of(session, house.catalogue, mine, LAST)
    return found


def test_services_that_few_answered_early_or_late_read_like_one_that_nobody_answered(house: House):
    naive = [first_by_cells(house, service) for service in ("SHY1", "SHY2", "SHY3")]
    assert naive == [None, START + 2, START + 14]
    nobody, early, late = (mail(house, service) for service in ("SHY1", "SHY2", "SHY3"))
    assert nobody == early == late
    assert "Nothing is told yet of: SHY" in nobody
    for service in ("SHY1", "SHY2", "SHY3"):
        one = course(house, service)
        assert (one.step_weeks, one.atoms) == (4, (Atom(Span(START, LAST), 0, None),))


def test_a_course_begins_with_what_was_told_first(house: House):
    """Three answers of the first block were never told; those of the second were."""
    assert first_by_cells(house, "SHY4") == START + 1
    assert course(house, "SHY4").atoms[0].span.first == START + 12 == min(map(first_of, house.told("SHY4")))


def first_of(span: str) -> Week:
    return Span.parse(span).first
