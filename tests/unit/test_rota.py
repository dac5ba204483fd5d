"""Which weekly run is owed by when, and in which order: over missed weeks and changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from survey.clock import ROTA
from survey.domain.calendar import Week
from survey.domain.rota import owed

WEDNESDAY = datetime(2026, 11, 25, 12, tzinfo=UTC)  # in 2026-W48


def names(known: dict[tuple[str, str], bool], now: datetime) -> list[str]:
    read = {(job, Week.parse(week)): done for (job, week), done in known.items()}
    return [f"{job.name} {week}" for job, week in owed(ROTA, read, now)]


def test_a_new_installation_owes_its_last_week_alone():
    assert names({}, WEDNESDAY) == ["tally 2026-W47"]


def test_a_job_waits_until_the_one_before_it_has_done_the_same_week():
    assert names({("tally", "2026-W47"): False}, WEDNESDAY) == ["tally 2026-W47"]
    assert names({("tally", "2026-W47"): True}, WEDNESDAY) == ["backup 2026-W47", "release 2026-W47"]
    known = {(job, "2026-W47"): True for job in ("tally", "backup", "release")}
    assert names(known, WEDNESDAY) == ["assess 2026-W47"]


def test_a_backup_that_was_not_made_keeps_no_report_back():
    known = {(job, "2026-W47"): job != "backup" for job in ("tally", "backup", "release", "assess")}
    assert names(known, WEDNESDAY) == ["backup 2026-W47", "report 2026-W47"]


def test_a_done_week_owes_nothing():
    assert names({(job.name, "2026-W47"): True for job in ROTA}, WEDNESDAY) == []


def test_missed_weeks_are_owed_oldest_first():
    assert names({(job.name, "2026-W45"): True for job in ROTA}, WEDNESDAY) == [
        "tally 2026-W46",
        "tally 2026-W47",
    ]


def test_a_week_left_unfinished_is_owed_though_later_ones_are_done():
    known = {(job.name, "2026-W47"): True for job in ROTA} | {("tally", "2026-W46"): False}
    assert names(known, WEDNESDAY) == ["tally 2026-W46"]


def test_weeks_missed_for_longer_than_four_are_history():
    assert names({(job.name, "2026-W30"): True for job in ROTA}, WEDNESDAY) == [
        f"tally 2026-W{number}" for number in (44, 45, 46, 47)
    ]


@pytest.mark.parametrize(
    ("week", "at_three_in_london"),
    [
        ("2026-W43", datetime(2026, 10, 26, 3, tzinfo=UTC)),  # the clocks went back on Sunday
        ("2027-W12", datetime(2027, 3, 29, 2, tzinfo=UTC)),  # and forward
        ("2026-W53", datetime(2027, 1, 4, 3, tzinfo=UTC)),  # a year of 53 weeks
    ],
)
def test_a_run_falls_due_by_londons_clock(week: str, at_three_in_london: datetime):
    known = {(job.name, str(Week.parse(week) + -1)): True for job in ROTA}
    assert names(known, at_three_in_london.replace(minute=0)) == [f"tally {week}"]
    assert names(known, at_three_in_london.replace(hour=at_three_in_london.hour - 1, minute=59)) == []
