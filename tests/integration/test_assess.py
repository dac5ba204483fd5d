"""Assess: changes of level are found once, at the right node, and heed what people decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import Span, Week
from survey.domain.findings import Assessment, Finding
from survey.domain.organisation import Organisation, Service
from survey.services import rule
from survey.services.assess import assess, assessed
from survey.services.courses import courses
from survey.services.nodes import above, nodes
from survey.services.reading import reading
from survey.services.release import released
from survey.services.series import series_of
from survey.storage import counts, directory, findings
from survey.storage.database import transaction
from survey.storage.tables import AnswerCountRow
from tests.town import PATHWAY, Town, catalogue_of

WEEK = Week.parse("2026-W40")


@pytest.fixture
def place(one_database: Engine, keys_dir: Path) -> Town:
    return Town(one_database, keys_dir, catalogue_of(v1=date(2020, 12, 28))).build("WORSE", "STEADY")


def answered(place: Town, service: str, *levels: tuple[int, int], n: int = 100, version: int = 1) -> None:
    """Weeks of `n` answers up to WEEK: (how many weeks, per cent favourable), the oldest first."""
    weeks = [percent for number, percent in levels for _ in range(number)]
    rows = []
    for place_, percent in enumerate(weeks):
        span = str(WEEK + (1 + place_ - len(weeks)))
        good = min(max(round(n * percent / 100 + ((place_ * 7) % 5 - 2) * n / 100), 0), n)
        where = {"service": service, "questionnaire": f"bus/v{version}", "span": span, "question": "fft"}
        rows += [{**where, "option": code, "n": m} for code, m in (("good", good), ("poor", n - good)) if m]
    with transaction(place.engine) as session:
        counts.add_counts(session, rows)


def looked(place: Town, week: Week = WEEK) -> Assessment:
    return assess(place.clock, place.catalogue, week)


def only(found: Assessment, node: str = "WORSE") -> Finding:
    return next(one for one in found.findings if one.node == node)


def test_a_fall_is_found_since_the_week_it_began_with_its_size(place: Town) -> None:
    answered(place, "WORSE", (32, 85), (8, 65))
    answered(place, "STEADY", (40, 85))
    found = looked(place)
    fell = only(found)
    assert (fell.direction, fell.since, fell.told) == ("concern", WEEK + -7, WEEK + -7)
    assert (round(fell.before, 2), round(fell.after, 2), fell.answers) == (0.85, 0.65, 800)
    assert fell.low < -0.2 < fell.high
    assert fell.high < -0.1
    assert fell.once_in_years > 1e6
    assert not fell.faded
    assert [one.node for one in found.findings] == ["RTT01", "WORSE"]  # the site's own sum fell too
    assert found.watched == 3  # two services and their site; provider, place and ICB hold the same two


def test_a_steady_service_has_no_finding(place: Town) -> None:
    answered(place, "STEADY", (60, 85))
    assert looked(place).findings == ()


def test_the_same_week_assessed_again_says_the_same_once(place: Town) -> None:
    answered(place, "WORSE", (32, 85), (8, 65))
    first = looked(place)
    assert looked(place) == first
    assert assessed(place.clock, place.catalogue, WEEK) == first


def test_a_week_later_the_finding_has_the_same_code(place: Town) -> None:
    answered(place, "WORSE", (32, 85), (8, 65))
    assert only(looked(place, WEEK + -2)).id == only(looked(place)).id


def test_a_week_that_nobody_assessed_is_told_from_a_quiet_one(place: Town) -> None:
    answered(place, "STEADY", (30, 85))
    with transaction(place.clock, reading=True) as session:
        assert findings.of_week(session, WEEK) is None
    looked(place)
    with transaction(place.clock, reading=True) as session:
        assert findings.of_week(session, WEEK) == Assessment(WEEK, watched=1)


def test_an_accepted_level_is_the_new_baseline_from_the_next_week_on(place: Town) -> None:
    answered(place, "WORSE", (32, 85), (8, 65))
    fell = only(looked(place, WEEK + -1))
    rule.rule(place.clock, fell.id, "accept", who="ann", reason="the lounge is closed for good")
    assert only(looked(place, WEEK + -1)) == fell  # done again, the same week says the same
    assert looked(place).findings == only_of_site(place)
    with transaction(place.clock, reading=True) as session:
        service = directory.service(session, "WORSE")
        now, before = (courses(session, place.catalogue, [service], week)[0] for week in (WEEK, WEEK + -1))
    assert [mark.label for mark in now.marks] == ["New level accepted"]
    assert (before.marks, now.marks[0].week) == ((), fell.since)
    new, old = now.steps[-1].centre, now.steps[0].centre
    assert new is not None
    assert old is not None
    assert (round(new, 2), round(old, 2)) == (0.65, 0.85)


def only_of_site(place: Town) -> tuple[Finding, ...]:
    return tuple(one for one in looked(place).findings if one.node != "WORSE")


def test_a_dismissed_finding_is_told_again_where_the_level_stays(place: Town) -> None:
    answered(place, "WORSE", (32, 85), (30, 65))
    early = WEEK + -24
    fell = only(looked(place, early))
    rule.rule(place.clock, fell.id, "dismiss", who="ann", reason="a strike")
    again = only(looked(place, early + 6))
    assert (again.id != fell.id, again.since > early, again.direction) == (True, True, "concern")


def test_a_dismissed_one_off_is_not_told_again(place: Town) -> None:
    answered(place, "WORSE", (32, 85), (2, 40), (20, 85))
    early = WEEK + -20
    fell = only(looked(place, early))
    rule.rule(place.clock, fell.id, "dismiss", who="ann", reason="a strike")
    for week in range(1, 21):
        falls = [one for one in looked(place, early + week).findings if one.direction == "concern"]
        assert not [one for one in falls if one.node == "WORSE"]


@pytest.mark.parametrize(("series", "found"), [("fft", True), ("fft-2", False)])
def test_a_new_series_begins_anew_and_the_same_goes_on(
    one_database: Engine, keys_dir: Path, series: str, *, found: bool
) -> None:
    """A version that asks otherwise is no fall; one that asks alike is held against all before it."""
    both = catalogue_of(v1=date(2020, 12, 28), v2=date(2026, 6, 1))
    second = both.entries["bus/v2"].questionnaire
    asked = replace(second, indicators=(replace(second.lead, series=series),))
    entries = {**both.entries, "bus/v2": replace(both.entries["bus/v2"], questionnaire=asked)}
    place = Town(one_database, keys_dir, Catalogue(entries)).build("WORSE")
    answered(place, "WORSE", (32, 85), (18, 0))
    answered(place, "WORSE", (18, 65), version=2)
    with transaction(place.engine) as session:
        session.execute(
            delete(AnswerCountRow).where(
                AnswerCountRow.questionnaire == "bus/v1", AnswerCountRow.span > str(WEEK + -18)
            )
        )
    assert bool(looked(place).findings) is found
    with transaction(place.clock, reading=True) as session:
        (course,) = courses(session, place.catalogue, [directory.service(session, "WORSE")], WEEK)
    assert [mark.label for mark in course.marks] == ([] if found else ["New wording"])


def test_a_provider_is_watched_where_its_services_are_too_small(place: Town) -> None:
    small = [f"S{n}" for n in range(8)]
    with transaction(place.clock) as session:
        for code in small:
            directory.keep_service(session, Service(code, code, PATHWAY, "RTT01", "PL1"))
    for later, code in enumerate(small):  # each began in another week, so each releases in another
        answered(place, code, (80 - later, 100), (36, 50), n=4)
    found = looked(place)
    assert {one.node for one in found.findings} == {"RTT01"}
    with transaction(place.clock, reading=True) as session:
        drawn = courses(session, place.catalogue, [directory.service(session, "S1")], WEEK)
    assert (drawn[0].step_weeks, drawn[0].watched_with) == (6, "Test Hospital")
    assert found.watched == 1


def test_a_sum_is_not_watched_where_what_it_sums_is_released_too_seldom(place: Town) -> None:
    answered(place, "WORSE", (60, 100), (36, 50), n=2)
    answered(place, "STEADY", (96, 100), n=2)
    found = looked(place)
    assert (found.watched, found.findings) == (0, ())
    with transaction(place.clock, reading=True) as session:
        alone = courses(session, place.catalogue, [directory.service(session, "STEADY")], WEEK)[0]
    assert (alone.watched, alone.watched_with) == (False, "")


def test_a_sum_less_one_service_is_never_a_few_answers_of_the_other(place: Town) -> None:
    """Who knows the figures of the site and of one service learns of the other ten answers at least."""
    answered(place, "STEADY", (40, 85))
    answered(place, "WORSE", (39, 85), n=3)  # three a week
    released(place.clock, place.catalogue, WEEK)
    with transaction(place.clock, reading=True) as session:
        every = nodes(session)
        series = {one.node.code: one for one in series_of(session, place.catalogue, every, WEEK)}
    told = {code: {atom.span: atom.denominator for atom in one.atoms} for code, one in series.items()}
    for span, steady in told["STEADY"].items():
        within = {
            one: n
            for one, n in told["RTT01"].items()
            if n and span.first <= one.first and one.last <= span.last
        }
        if steady and sum(one.weeks for one in within) == span.weeks:
            assert sum(within.values()) - steady >= 10


def test_an_organisation_with_the_services_of_a_smaller_one_has_no_figure(place: Town) -> None:
    with transaction(place.clock) as session:
        directory.keep_organisations(session, [Organisation("RTT02", "Other Hospital", "site", "RTT")])
        directory.keep_service(session, Service("OTHER", "Other", PATHWAY, "RTT02", "PL1"))
    with transaction(place.clock, reading=True) as session:
        every = nodes(session)
    assert {(one.code, one.level) for one in every} == {
        *(("OTHER", "service"), ("STEADY", "service"), ("WORSE", "service")),
        *(("RTT01", "site"), ("RTT", "provider")),
    }
    worse = next(one for one in every if one.code == "WORSE")
    assert [one.code for one in above(worse, every)] == ["RTT01", "RTT"]


def test_a_reader_of_many_is_told_of_what_no_smaller_node_tells(place: Town) -> None:
    answered(place, "WORSE", (32, 85), (8, 65))
    answered(place, "STEADY", (40, 85))
    looked(place)
    with transaction(place.clock, reading=True) as session:
        told = reading(session, place.catalogue, WEEK).what
    assert [one.node for one in told.findings] == ["WORSE"]
    assert (told.watched, told.wider, len(told.before)) == (3, [], 0)


def test_spans_that_end_together_are_one_step_of_a_sum(place: Town) -> None:
    answered(place, "STEADY", (40, 85))
    released(place.clock, place.catalogue, WEEK)
    with transaction(place.clock, reading=True) as session:
        series = series_of(session, place.catalogue, nodes(session), WEEK)
    assert series[0].atoms[-1].span == Span.of(WEEK)


def test_what_is_found_does_not_hang_on_an_empty_service_or_the_order_of_loading(place: Town) -> None:
    answered(place, "WORSE", (32, 85), (8, 65))
    before = looked(place)
    with transaction(place.clock) as session:
        directory.keep_service(session, Service("AEMPTY", "A new one", PATHWAY, "RTT01", "PL1"))
    assert only(looked(place)) == only(before)
