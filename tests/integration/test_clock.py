"""The clock on a real database: every week once and in order, whatever was missed, failed or met another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine

from survey import clock as keeping
from survey.clock import ROTA, Clock
from survey.config import Settings
from survey.domain.calendar import LONDON, Week
from survey.domain.errors import NotFound
from survey.services import backup, once
from survey.storage import slots
from survey.storage.database import engine as open_engine
from tests.together import together
from tests.town import Town, a_response

LAST = Week(2026, 47)
WEDNESDAY = datetime(2026, 11, 25, 12, tzinfo=UTC)  # in 2026-W48
NOON = WEDNESDAY.replace(tzinfo=None)  # as the tables have it
LEASE = timedelta(minutes=10)


class Diary:
    """Verbs that only write down that they were called."""

    def __init__(self) -> None:
        self.entries: list[str] = []
        self.said: list[str] = []

    def weekly(self, job: str) -> Callable[[Clock, Week], str]:
        return lambda _, week: self.entries.append(f"{job} {week}") or "well"

    def often(self, job: str) -> Callable[[Clock], str]:
        return lambda _: self.entries.append(job) or "well"

    def clock(self, engine: Engine, **other: Any) -> Clock:
        """A clock of these verbs."""
        return Clock(
            engine=engine,
            settings=Settings.from_environ({}),
            catalogue=lambda: pytest.fail("a diary reads no questionnaire"),
            say=self.said.append,
            hand=once.hand(engine),
            weekly={job.name: self.weekly(job.name) for job in ROTA} | other,
            often={job: self.often(job) for job in ("prepare", "daily", "deliver")},
        )


@pytest.fixture
def diary() -> Diary:
    return Diary()


def done(engine: Engine, week: Week) -> None:
    for job in ROTA:
        once.run_once(once.hand(engine), job.name, week, lambda: "before")


# -- rounds ---------------------------------------------------------------------------------------------


@time_machine.travel(WEDNESDAY)
def test_two_clocks_on_one_database_run_each_slot_once_and_in_order(database: Engine, diary: Diary):
    done(database, Week(2026, 45))
    clocks = [diary.clock(database) for _ in range(2)]
    together(2, lambda n: keeping.run_owed(clocks[n]))
    assert diary.entries == [f"{job.name} 2026-W{week}" for week in (46, 47) for job in ROTA]


@time_machine.travel(WEDNESDAY)
def test_what_was_missed_is_caught_up_in_order_and_once(sqlite: Engine, diary: Diary):
    done(sqlite, Week(2026, 44))
    keeping.run_owed(diary.clock(sqlite))
    assert diary.entries == [f"{job.name} 2026-W{week}" for week in (45, 46, 47) for job in ROTA]
    keeping.run_owed(diary.clock(sqlite))
    assert len(diary.entries) == 3 * len(ROTA)


@time_machine.travel(WEDNESDAY)
def test_a_failure_keeps_its_followers_back_and_no_other_week(sqlite: Engine, diary: Diary):
    def assess(clock: Clock, week: Week) -> str:
        if week == Week(2026, 46):
            raise NotFound("a questionnaire is gone")
        return diary.weekly("assess")(clock, week)

    done(sqlite, Week(2026, 45))
    keeping.run_owed(diary.clock(sqlite, assess=assess))
    assert diary.entries == [
        "tally 2026-W46",
        "backup 2026-W46",
        "release 2026-W46",
        *(f"{job.name} 2026-W47" for job in ROTA),
    ]
    assert "assess 2026-W46: not done, will be tried again: a questionnaire is gone" in "\n".join(diary.said)


@time_machine.travel(WEDNESDAY)
def test_an_unforeseen_error_is_told_by_its_kind_and_place_never_by_its_words(sqlite: Engine, diary: Diary):
    def tally(_clock: Clock, _week: Week) -> str:
        raise ValueError("the nurse on ward 7 was rude")

    keeping.run_owed(diary.clock(sqlite, tally=tally))
    told = "\n".join([*diary.said, *(run.outcome or "" for run in once.recent(sqlite, 5))])
    assert "ValueError" in told
    assert "test_clock.py" in told
    assert "nurse" not in told.replace('raise ValueError("the nurse on ward 7 was rude")', "")


def test_a_clock_outlives_a_database_that_does_not_answer(diary: Diary):
    down = open_engine("postgresql://nobody@127.0.0.1:9/none")
    keeping.run_now(diary.clock(down))
    assert len(diary.said) == 4
    assert all("does not answer" in line for line in diary.said)


# -- the table ------------------------------------------------------------------------------------------


def test_the_table_of_times_is_londons(sqlite: Engine, diary: Diary):
    jobs = {job.id: job.trigger for job in keeping.table(diary.clock(sqlite)).get_jobs()}
    before_summer_ends = datetime(2026, 10, 23, 12, tzinfo=LONDON)
    following = {
        name: jobs[name].get_next_fire_time(None, before_summer_ends).astimezone(UTC).isoformat()
        for name in ("prepare", *(job.name for job in ROTA))
    }
    assert following == {
        "prepare": "2026-10-25T12:00:00+00:00",
        "tally": "2026-10-26T03:00:00+00:00",
        "backup": "2026-10-26T03:30:00+00:00",
        "release": "2026-10-26T04:00:00+00:00",
        "assess": "2026-10-26T05:00:00+00:00",
        "report": "2026-10-26T07:00:00+00:00",
        "retain": "2026-10-26T08:00:00+00:00",
    }
    assert jobs["tally"].get_next_fire_time(None, datetime(2027, 3, 26, tzinfo=LONDON)).astimezone(
        UTC
    ) == datetime(2027, 3, 29, 2, tzinfo=UTC)


def test_the_table_and_the_rota_name_the_same_moments(sqlite: Engine, diary: Diary):
    jobs = {job.id: job.trigger for job in keeping.table(diary.clock(sqlite)).get_jobs()}
    for job in ROTA:
        due = job.due(LAST)
        assert jobs[job.name].get_next_fire_time(None, due - timedelta(seconds=1)) == due


def test_a_clock_begins_at_once_and_ends_with_the_run_at_hand(sqlite: Engine, diary: Diary):
    kept = diary.clock(sqlite)
    began, end = threading.Event(), threading.Event()

    def tally(clock: Clock, week: Week) -> str:
        began.set()
        end.wait(10)
        return diary.weekly("tally")(clock, week)

    kept = replace(kept, weekly={**kept.weekly, "tally": tally})
    running = threading.Thread(target=keeping.run, args=(kept,))
    running.start()
    assert began.wait(10)
    kept.stop.set()
    end.set()
    running.join(10)
    assert not running.is_alive()
    assert [entry.split()[0] for entry in sorted(diary.entries)] == ["daily", "deliver", "prepare", "tally"]
    assert {run.job: run.done for run in once.recent(sqlite, 9)}["tally"]


# -- the verbs ------------------------------------------------------------------------------------------


@time_machine.travel(datetime(2026, 11, 9, 8, tzinfo=UTC))  # Monday after the town's week
def test_the_clock_counts_assesses_and_prepares_for_true(town: Town, tmp_path: Path):
    for n in range(12):
        town.prepare()
        town.visit("BUS1", a_response(n))
    diary = Diary()
    kept = _true(diary, town, tmp_path)
    settings = kept.settings
    keeping.run_now(kept)
    ran: Mapping[str, slots.Slot] = {run.job: run for run in once.recent(town.engine, 9)}
    assert ran["tally"].outcome == "12 responses counted, 0 carried until ten"
    assert all(ran[job.name].done for job in ROTA)
    gone = town.number("box", "state = 'done'")
    assert gone > 0
    assert (
        ran["backup"].outcome
        == f"{backup.newest(settings.backup_dir).name}, 12 responses, verified; {gone} keys destroyed"
    )
    assert ran["retain"].outcome == "deleted: nothing"
    assert town.number("box", "state = 'counted'") == 0
    assert town.number("response") == 12
    assert town.number("box", "week = '2026-W50'") == 2  # four weeks ahead


@time_machine.travel(datetime(2026, 11, 9, 8, tzinfo=UTC))
def test_a_backup_that_fails_keeps_no_report_back_and_every_key(town: Town, tmp_path: Path):
    (tmp_path / "backups").write_text("no folder")
    town.fill("BUS1", 12)
    diary = Diary()
    kept = _true(diary, town, tmp_path)
    keeping.run_now(kept)
    keeping.run_owed(kept)
    ran = {run.job: run for run in once.recent(town.engine, 9)}
    assert {job for job, run in ran.items() if run.done} == {job.name for job in ROTA} - {"backup"}
    assert "set HEARD_BACKUP_DIR" in "\n".join(diary.said)
    assert town.number("box", "state = 'counted'") == backup.waiting(town.engine) > 0
    (tmp_path / "backups").unlink()
    with time_machine.travel(datetime(2026, 11, 9, 9, tzinfo=UTC)):
        keeping.run_owed(kept)
    assert backup.waiting(town.engine) == 0


@time_machine.travel(datetime(2026, 11, 9, 8, tzinfo=UTC))
@pytest.mark.postgres
def test_without_pg_dump_it_is_said_at_each_try_until_a_person_vouches(
    postgres: Engine, keys_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    town = Town(postgres, keys_dir).build("BUS1")
    town.fill("BUS1", 12)
    diary = Diary()
    kept = _true(diary, town, tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    for hour in (8, 9):
        with time_machine.travel(datetime(2026, 11, 9, hour, tzinfo=UTC)):
            keeping.run_owed(kept)
    said = [line for line in diary.said if "backup 2026-W45" in line]
    assert len(said) == 2
    assert all("--vouch" in line for line in said)
    assert backup.vouch(town.engine, kept.settings, who="jo") > 0
    with time_machine.travel(datetime(2026, 11, 9, 10, tzinfo=UTC)):
        keeping.run_owed(kept)
    assert {run.job: run.outcome for run in once.recent(postgres, 9)}["backup"] == (
        "none made here; no key waits for one"
    )


@time_machine.travel(WEDNESDAY)
def test_weeks_that_were_missed_are_in_the_newest_backup(sqlite_town: Town, tmp_path: Path):
    done(sqlite_town.engine, Week(2026, 44))
    diary = Diary()
    keeping.run_owed(_true(diary, sqlite_town, tmp_path))
    told = [run.outcome for run in once.recent(sqlite_town.engine, 30) if run.job == "backup"]
    assert sum("verified" in str(one) for one in told) == 1
    assert told.count("no key waits; the newest week's holds this one") == 2


def _true(diary: Diary, town: Town, home: Path) -> Clock:
    """A clock of the true verbs, for the town."""
    settings = Settings.from_environ(
        {"HEARD_KEYS_DIR": str(town.keys_dir), "HEARD_DATA_DIR": str(home / "data")}
    )
    return replace(
        diary.clock(town.engine),
        settings=settings,
        catalogue=lambda: town.catalogue,
        weekly=keeping.WEEKLY,
        often=keeping.OFTEN,
    )
