"""The weekly e-mail in figures and sentences: what changed, then every service, then how it was made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from survey.domain.calendar import Week
from survey.domain.findings import Apart, Course, Finding, Gap
from survey.domain.released import Released
from survey.domain.scale import Shift
from survey.domain.uncounted import Uncounted
from survey.presenters import (
    chart,
    comparison_words,
    finding_words,
    naming,
    uncounted_words,
    watch_words,
    words,
)
from survey.presenters.figures import counted, day
from survey.presenters.letter import Letter, Picture, letter
from survey.presenters.picture import png
from survey.presenters.weekly_changes import (
    CHART_SIZE,
    Change,
    Courses,
    Told,
    by_need,
    by_node,
    change,
    notes,
)
from survey.presenters.weekly_rows import Row, rows

CHARTS = 8  # nodes whose change gets a chart; more would be skimmed, and Gmail clips at 102 KB
LISTED = 40  # further changes in one line each
ROWS = 60  # services in the table
COMPARED = 12  # services that stand apart, and as many groups of patients


@dataclass(frozen=True, slots=True)
class Edition:
    """One week of one node: every course of its services and what assess found.

    `findings` are those that this reader is told of, of services and of organisations; `before` are those
    that the reader was told of a week ago.
    """

    node: str
    name: str
    week: Week
    courses: Sequence[Course]
    findings: Sequence[Finding]
    before: Sequence[Finding] = ()
    wider: Sequence[Course] = ()  # courses of the organisations that findings are about
    apart: Sequence[Apart] = ()
    gaps: Sequence[Gap] = ()
    watched: int = 0  # series looked at for this reader
    silent: Sequence[str] = ()  # services nothing of which is told
    uncounted: Sequence[Uncounted] = ()  # what the figures leave out of each service
    shifts: Mapping[str, Shift] = field(default_factory=dict)  # by the id of a finding


@dataclass(frozen=True, slots=True)
class Compared:
    """A short section of comparisons: a sentence each, and how to read them."""

    heading: str
    lines: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class View:
    """All that the templates show, formatted."""

    title: str
    name: str
    week: str
    headline: str
    changes: tuple[Change, ...]
    others: tuple[str, ...]
    whole: Picture | None  # the lead chart of the only service, where none stands above
    whole_notes: tuple[str, ...]
    column: str
    rows: tuple[Row, ...]
    left_out: int
    compared: tuple[Compared, ...]
    withheld: tuple[str, ...]
    small_print: tuple[str, ...]


def email(told: Released[Edition]) -> Letter:
    """The weekly e-mail of an edition; the same edition gives the same letter."""
    edition = told.what
    return letter("weekly", subject=subject(edition), view=view(edition))


def subject(edition: Edition) -> str:
    """The finding itself; with several, how many services changed. One line, whatever a name holds."""
    found, courses = _found(edition)
    if len(found) == 1:
        says = finding_words.headed(found[0], courses[naming.key(found[0])])
    else:
        says = f"{edition.name}: {_headline(edition).rstrip('.')}, {day(edition.week.monday)}"
    return " ".join(says.split())


def view(edition: Edition) -> View:
    """What the e-mail says, before it is laid out."""
    found, courses = _found(edition)
    told, services = Told(edition.week, edition.before, edition.shifts), _services(edition)
    changed = list(by_node(found).values())
    listed = rows(services, found, edition.week)
    lead = edition.courses[0] if len(services) == 1 and not found else None
    whole = lead if lead is not None and lead.latest is not None else None
    return View(
        title=f"{edition.name}: what patients said",
        name=edition.name,
        week=f"Week of {day(edition.week.monday)}",
        headline=_headline(edition),
        changes=tuple(
            change(each, courses, told, number=number)
            for number, each in enumerate(changed[:CHARTS], start=1)
        ),
        others=_others(changed[CHARTS:], courses),
        whole=_whole(whole) if whole else None,
        whole_notes=notes(whole) if whole else (),
        column="Question" if len(services) == 1 else "Service",
        rows=tuple(listed[:ROWS]),
        left_out=len(listed[ROWS:]),
        compared=_compared(edition, courses),
        withheld=uncounted_words.withheld(edition.courses, edition.silent, edition.uncounted),
        small_print=_small_print(edition),
    )


def _others(changed: Sequence[Sequence[Finding]], courses: Courses) -> tuple[str, ...]:
    """Changes that get no chart, a line each; the last says how many there was no room for."""
    said = [finding_words.headed(one, courses[naming.key(one)]) for each in changed for one in each]
    return tuple(_cut(said, LISTED, noun="more change"))


def _whole(lead: Course) -> Picture:
    """A team that reads of its own service alone sees its course in a quiet week too, with its marks."""
    said = f"Chart. {words.title(None, lead)}."
    return Picture("course", png(chart.draw(lead, size=CHART_SIZE)), said, *CHART_SIZE)


def _found(edition: Edition) -> tuple[list[Finding], Courses]:
    """Findings by need of attention, with the courses they are about."""
    courses = {naming.key(course): course for course in (*edition.wider, *edition.courses)}
    return by_need(edition.findings, courses, Told(edition.week, edition.before)), courses


def _services(edition: Edition) -> dict[naming.Whose, list[Course]]:
    """The courses of each service, the lead indicator first."""
    services: dict[naming.Whose, list[Course]] = defaultdict(list)
    for course in edition.courses:
        services[naming.whose(course)].append(course)
    return services


def _headline(edition: Edition) -> str:
    services = _services(edition)
    judged = sum(any(words.is_judged(course) for course in courses) for courses in services.values())
    told = sum(any(course.latest for course in courses) for courses in services.values())
    found, _ = _found(edition)
    own = [one for one in found if naming.whose(one) in services]
    wider = [one for one in found if naming.whose(one) not in services]
    return words.headline(own, services=told + len(edition.silent), judged=judged, wider=wider)


def _compared(edition: Edition, courses: Courses) -> tuple[Compared, ...]:
    """Services beside others of their kind and groups of patients beside the rest, where there are any."""
    services = comparison_words.services(comparison_words.matched(edition.apart, courses))
    groups = comparison_words.groups(comparison_words.asked(edition.gaps, courses.values()))
    sections = (
        (comparison_words.BESIDE_OTHERS, *services, "more service"),
        (comparison_words.BETWEEN_GROUPS, *groups, "more group"),
    )
    return tuple(
        Compared(heading, tuple(_cut(lines, COMPARED, noun=noun)), " ".join(notes))
        for heading, lines, notes, noun in sections
        if lines
    )


def _cut(said: Sequence[str], most: int, *, noun: str) -> list[str]:
    """At most so many, and how many were left out."""
    left = len(said) - most
    return [*said[:most], f"And {counted(left, noun)}."] if left > 0 else list(said)


def _small_print(edition: Edition) -> tuple[str, ...]:
    lead = next(iter(edition.courses), None)
    question = f" In the table: the latest level of ‘{lead.indicator_name}’." if lead else ""
    said = (
        "Each percentage is the share of favourable answers among all answers to a question, in the latest "
        f"week with enough answers (or run of weeks, where answers are few).{question} "
        f"{words.BEFORE_ROUNDING}",
        f"{watch_words.SIGNAL} {watch_words.GUARANTEE} {watch_words.NOT_COVERED}",
        watch_words.of_many(edition.watched),
        watch_words.COLOURS,
        "Answers are anonymous; nobody can be called back.",
        words.NO_LEAGUE_TABLE,
    )
    return tuple(one for one in said if one)
