"""Services beside others of their kind, and groups of patients beside the rest: once a quarter."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from survey.domain.calendar import Week
from survey.domain.findings import Assessment
from survey.domain.organisation import Service
from survey.services.assess import assess
from survey.services.compare import newest_quarter
from survey.services.reading import reading
from survey.services.subgroups import NOISE
from survey.storage import counts, directory
from survey.storage.database import transaction
from tests.town import PATHWAY, Town, catalogue_of

WEEK = Week.parse("2026-W40")  # the first of the third quarter of 2026/27
QUARTER = "2026/27-Q2"


@pytest.fixture
def place(one_database: Engine, keys_dir: Path) -> Town:
    return Town(one_database, keys_dir, catalogue_of(v1=date(2020, 12, 28))).build()


def serve(place: Town, levels: dict[str, float], *, weeks: int = 60, n: int = 40, seed: int = 1) -> None:
    """Services with so many answers a week up to WEEK, each at its level."""
    chance = np.random.default_rng(seed)
    rows = []
    for code, level in levels.items():
        with transaction(place.clock) as session:
            directory.keep_service(session, Service(code, code, PATHWAY, "RTT01", "PL1"))
        for ago in range(weeks):
            good = int(chance.binomial(n, level))
            where = {"service": code, "questionnaire": "bus/v1", "span": str(WEEK + -ago), "question": "fft"}
            rows += [
                {**where, "option": code_, "n": m} for code_, m in (("good", good), ("poor", n - good)) if m
            ]
    with transaction(place.engine) as session:
        counts.add_counts(session, rows)


def answer(place: Town, attribute: str, groups: dict[str, tuple[int, int]]) -> None:
    """About-you counts of the quarter: favourable and all answers of each group."""
    counted = {}
    for option, (good, n) in groups.items():
        for group, m in (("favourable", good), ("neither", 0), ("unfavourable", n - good)):
            counted[attribute, option, "fft", group] = m
    with transaction(place.clock) as session:
        counts.add_subgroups(session, quarter=QUARTER, icb="QTT", pathway=PATHWAY, counted=counted)


def looked(place: Town, week: Week = WEEK) -> Assessment:
    return assess(place.clock, place.catalogue, week)


def test_the_newest_quarter_is_one_whose_weeks_have_all_ended() -> None:
    assert newest_quarter(WEEK) == QUARTER
    assert newest_quarter(Week.parse("2026-W39")) == QUARTER == Week.parse("2026-W39").quarter
    assert newest_quarter(Week.parse("2026-W38")) == "2026/27-Q1"


def test_a_service_unlike_the_others_is_named_with_what_was_expected(place: Town) -> None:
    serve(place, {"LOW": 0.6, **{f"S{n}": 0.88 for n in range(9)}})
    (found,) = looked(place).apart
    assert (found.node, found.direction, found.services) == ("LOW", "concern", 10)
    assert found.value < found.low < found.usual < found.high
    assert found.span.weeks == 52
    assert str(found.span.last) == "2026-W39"
    assert 51 * 40 <= found.answers <= 55 * 40


def test_services_that_differ_anyway_are_not_apart(place: Town) -> None:
    """Chance alone would call nearly all of them outliers."""
    levels = np.random.default_rng(3).uniform(0.75, 0.95, 20)
    serve(place, {f"S{n}": float(level) for n, level in enumerate(levels)}, n=100)
    assert looked(place).apart == ()


def test_four_services_are_too_few_to_say_who_is_apart(place: Town) -> None:
    serve(place, {"LOW": 0.3, "A": 0.9, "B": 0.9, "C": 0.9})
    assert looked(place).apart == ()


def test_a_week_more_gives_chance_no_other_go(place: Town) -> None:
    serve(place, {"LOW": 0.6, **{f"S{n}": 0.88 for n in range(9)}})
    first, second = looked(place, WEEK + -1), looked(place)
    assert [(one.node, one.value, one.span) for one in first.apart] == [
        (one.node, one.value, one.span) for one in second.apart
    ]
    with transaction(place.clock, reading=True) as session:
        told = [reading(session, place.catalogue, week).what for week in (WEEK + -1, WEEK)]
    assert [one.compared_anew for one in told] == [True, False]
    assert [one.node for one in told[1].apart] == ["LOW"]


def test_a_group_that_fares_worse_is_told_with_an_interval_for_all_groups_at_once(place: Town) -> None:
    serve(place, {"A": 0.85})
    answer(place, "age", {"16-24": (540, 600), "65-74": (640, 720), "75+": (300, 450)})
    answer(place, "ethnic-group", {"white": (880, 1000), "asian": (270, 300)})
    (found,) = [one for one in looked(place).gaps if one.value < one.rest]
    assert (found.group, found.attribute, found.option) == ("age/75+", "Your age?", "75+")
    assert (round(found.value, 2), round(found.rest, 2)) == (0.67, 0.89)
    assert (found.quarter, found.answers) == (QUARTER, 450)
    assert found.low < found.value - found.rest < found.high < 0


def test_answers_on_a_tablet_that_differ_from_all_others_are_told(place: Town) -> None:
    serve(place, {"A": 0.85})
    answer(place, "channel", {"online": (640, 720), "telephone": (540, 600), "kiosk": (300, 450)})
    (found,) = [one for one in looked(place).gaps if one.value < one.rest]
    assert (found.group, found.option) == ("channel/kiosk", "On a tablet at the service")


def test_groups_that_differ_by_the_noise_alone_are_no_gap(place: Town) -> None:
    serve(place, {"A": 0.85})
    n = 220
    good = round(0.85 * n)
    answer(place, "age", {"16-24": (good, n), "65-74": (good - round(2 * NOISE), n), "75+": (good, n)})
    assert looked(place).gaps == ()


def test_who_prefers_not_to_say_is_no_group(place: Town) -> None:
    serve(place, {"A": 0.85})
    answer(place, "age", {"16-24": (540, 600), "75+": (540, 600), "prefer_not_to_say": (100, 400)})
    assert looked(place).gaps == ()
