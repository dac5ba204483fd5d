"""The clock: when each verb runs, in London's time; how a run is shared among clocks is services.once."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from threading import Event

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.config import Settings
from survey.domain.calendar import LONDON, Week, this_week
from survey.domain.errors import HeardError
from survey.domain.rota import Weekly, owed
from survey.services import assess, backup, daily, once, prepare, release, report, retain, tally

AGAIN = 5  # minutes; what failed, was missed or was left by a killed clock is tried again

ROTA = (
    Weekly("tally", time(3)),
    Weekly("backup", time(3, 30), after="tally"),  # nothing waits for it but the keys of what was counted
    Weekly("release", time(4), after="tally"),
    Weekly("assess", time(5), after="release"),
    Weekly("report", time(7), after="assess"),
    Weekly("retain", time(8), after="report"),
)


def _tally(clock: Clock, week: Week) -> str:
    done = tally.tally(
        clock.engine,
        keys_dir=clock.settings.keys_dir,
        copy_dir=clock.settings.keys_copy_dir,
        catalogue=clock.catalogue(),
        through=week,
    )
    merged = f", {done.merged} of them merged with other services'" if done.merged else ""
    comments = f", {done.comments_waiting} comments wait for ten" if done.comments_waiting else ""
    aside = "".join(f"; set aside: {reason}" for reason in done.set_aside)
    return f"{done.responses} responses counted{merged}, {done.waiting} carried until ten{comments}{aside}"


def _backup(clock: Clock, week: Week) -> str:
    waiting = backup.waiting(clock.engine)
    if not waiting and not backup.can_dump(clock.engine):
        return "none made here; no key waits for one"  # somebody vouches for their own
    if not waiting and week < this_week() + -1:
        return "no key waits; the newest week's holds this one"
    return str(backup.back_up(clock.engine, clock.settings))


def _release(clock: Clock, week: Week) -> str:
    done = release.release(clock.engine, clock.catalogue(), week)
    return "; not released: ".join([str(done), *done.problems])


def _assess(clock: Clock, week: Week) -> str:
    return f"{len(assess.assess(clock.engine, clock.catalogue(), week).findings)} findings"


def _report(clock: Clock, week: Week) -> str:
    return str(report.weekly(clock.engine, clock.catalogue(), week, sender=clock.settings.mail_from))


def _retain(clock: Clock, _week: Week) -> str:
    return str(retain.retain(clock.engine, clock.settings, catalogue=clock.catalogue()))


def _prepare(clock: Clock) -> str:
    made = prepare.prepare(
        clock.engine,
        keys_dir=clock.settings.keys_dir,
        copy_dir=clock.settings.keys_copy_dir,
        catalogue=clock.catalogue(),
        week=this_week(),
    )
    return f"{made} boxes made" if made else ""


def _daily(clock: Clock) -> str:
    return daily.daily(clock.engine, clock.settings)


def _deliver(clock: Clock) -> str:
    done = report.send(clock.engine, smtp_url=clock.settings.smtp_url)
    if not (done.sent or done.refused or done.stopped):
        return ""
    refused = f", {len(done.refused)} refused for good" if done.refused else ""
    stopped = f"; stopped: {done.stopped}" if done.stopped else ""
    return f"{done.sent} e-mails sent, {done.waiting} wait{refused}{stopped}"


WEEKLY: Mapping[str, Callable[[Clock, Week], str]] = {
    "tally": _tally,
    "backup": _backup,
    "release": _release,
    "assess": _assess,
    "report": _report,
    "retain": _retain,
}
OFTEN: Mapping[str, Callable[[Clock], str]] = {"prepare": _prepare, "daily": _daily, "deliver": _deliver}


@dataclass(frozen=True, slots=True)
class Clock:
    """What the verbs are given. Questionnaires are read anew for each run: versions come and go."""

    engine: Engine
    settings: Settings
    catalogue: Callable[[], Catalogue]
    say: Callable[[str], None]
    hand: once.Hand
    stop: Event = field(default_factory=Event)
    weekly: Mapping[str, Callable[[Clock, Week], str]] = field(default_factory=lambda: WEEKLY)
    often: Mapping[str, Callable[[Clock], str]] = field(default_factory=lambda: OFTEN)


def run(clock: Clock) -> None:
    """Keep time until told to stop; then finish the run at hand and begin no other."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a round longer than five minutes is no news
    scheduler = table(clock)
    scheduler.start()
    clock.stop.wait()
    scheduler.shutdown()


def table(clock: Clock) -> BackgroundScheduler:
    """APScheduler's table, in memory: clocks meet in the slots, for a shared job store ran jobs twice."""
    made = BackgroundScheduler(
        timezone=LONDON,
        executors={"default": ThreadPoolExecutor(1), "post": ThreadPoolExecutor(1)},  # rounds queue
        # A machine that slept through a moment does what it missed when it wakes, once.
        job_defaults={"coalesce": True, "misfire_grace_time": None},
    )
    now, again = datetime.now(LONDON), IntervalTrigger(minutes=AGAIN, timezone=LONDON)
    sunday = CronTrigger(day_of_week="sun", hour=12, timezone=LONDON)
    made.add_job(run_often, sunday, [clock, "prepare"], id="prepare", next_run_time=now)
    for job in ROTA:
        monday = CronTrigger(day_of_week="mon", hour=job.at.hour, minute=job.at.minute, timezone=LONDON)
        made.add_job(run_owed, monday, [clock], id=job.name)
    made.add_job(run_owed, again, [clock], id="again", next_run_time=now)
    made.add_job(run_often, again, [clock, "daily"], id="daily", next_run_time=now)
    made.add_job(run_often, again, [clock, "deliver"], id="deliver", executor="post", next_run_time=now)
    return made


def run_now(clock: Clock) -> None:
    """Do all that is owed at this moment, and return."""
    run_often(clock, "prepare")
    run_owed(clock)
    run_often(clock, "daily")
    run_often(clock, "deliver")


def run_owed(clock: Clock) -> None:
    """Make the weekly runs that are owed, in order, each tried once; what fails keeps no other week back.

    Where another clock is at a run the round is left to it: no week overtakes another on two hosts.
    """
    _attempt(clock, "the clock", lambda: _round(clock))


def run_often(clock: Clock, job: str) -> None:
    """Do a job that has no week, unless another clock is at it."""
    _attempt(clock, job, lambda: once.run_alone(clock.hand, job, lambda: clock.often[job](clock)))


def _round(clock: Clock) -> str:
    tried: set[tuple[Weekly, Week]] = set()
    while not clock.stop.is_set():
        known = once.weeks_begun(clock.engine, [job.name for job in ROTA])
        left = [run for run in owed(ROTA, known, datetime.now(UTC)) if run not in tried]
        if not left or not _run_week(clock, *left[0]):
            break
        tried.add(left[0])
    return ""


def _run_week(clock: Clock, job: Weekly, week: Week) -> bool:
    work = clock.weekly[job.name]
    return _attempt(
        clock,
        f"{job.name} {week}",
        lambda: once.run_once(clock.hand, job.name, week, lambda: work(clock, week)),
    )


def _attempt(clock: Clock, what: str, do: Callable[[], str | None]) -> bool:
    """Say how it went; False where another clock is at it. The clock outlives what its verbs raise."""
    try:
        outcome = do()
    except HeardError as error:
        outcome = f"not done, will be tried again: {error}"
    except Exception as error:  # noqa: BLE001
        # Where, but not the error's own words: they may quote what a patient wrote.
        where = "".join(traceback.format_tb(error.__traceback__))
        outcome = f"not done, will be tried again: {type(error).__name__}\n{where}"
    if outcome:
        clock.say(f"{datetime.now(LONDON):%Y-%m-%d %H:%M} {what}: {outcome}")
    return outcome is not None
