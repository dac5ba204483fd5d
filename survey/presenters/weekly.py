"""The weekly e-mail in figures and sentences: what changed, then every service, then how it was made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from survey.domain.calendar import Week
from survey.domain.findings import Course, Finding
from survey.domain.uncounted import Uncounted
from survey.presenters import chart, icons, uncounted_words, words
from survey.presenters.figures import day, percent, sentence_case
from survey.presenters.letter import Letter, Picture, letter
from survey.presenters.picture import png
from survey.presenters.sparkline import sparkline

CHARTS = 8  # services whose change gets a chart; more would be skimmed, and Gmail clips at 102 KB
LISTED = 40  # further changes in one line each
ROWS = 60  # services in the table
CHART_SIZE = (480, 270)  # drawn narrower than its column: a phone shrinks it, and its words must stay legible
ICON = 36  # pixels
RULES = (
    "A change is named by the rules of NHS England’s ‘Making Data Count’: a week outside the usual range, "
    "seven in a row on one side of the average or rising or falling, or two of three close to the edge of "
    "the range. Nothing is judged on fewer than 13 weeks. With many charts, some of these signals come by "
    "chance: look at the size and the interval."
)


@dataclass(frozen=True, slots=True)
class Edition:
    """One week of one node: every course of its services and what assess found."""

    node: str
    name: str
    week: Week
    courses: Sequence[Course]
    findings: Sequence[Finding]
    before: Sequence[Finding] = ()  # last week's findings: what is not among them is new
    silent: Sequence[str] = ()  # services without a single course: nobody's answers have been counted yet
    uncounted: Sequence[Uncounted] = ()  # what the figures leave out of each service


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in one service: the finding that needs most attention, then the others in a line each."""

    service: str
    kind: str
    new: bool
    says: str
    evidence: str
    also: tuple[str, ...]
    advice: str
    icon: Picture
    chart: Picture


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a service, or a question where there is one service only."""

    name: str
    note: str
    level: str
    answers: str
    icon: Picture
    spark: Picture


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
    column: str
    rows: tuple[Row, ...]
    left_out: int
    withheld: tuple[str, ...]
    small_print: tuple[str, ...]


def email(edition: Edition) -> Letter:
    """The weekly e-mail of `edition`; the same edition gives the same letter."""
    return letter("weekly", subject=subject(edition), view=view(edition))


def subject(edition: Edition) -> str:
    """The finding itself; with several, how many services changed. One line, whatever a name holds."""
    found, courses = _found(edition)
    if len(found) == 1:
        says = words.headed(found[0], courses[_key(found[0])])
    else:
        says = f"{edition.name}: {_headline(edition).rstrip('.')}, {day(edition.week.monday)}"
    return " ".join(says.split())


def view(edition: Edition) -> View:
    """What the e-mail says, before it is laid out."""
    found, courses = _found(edition)
    known = _known(edition)
    changed = list(_by_service(found).values())
    rows = _rows(edition, found)
    return View(
        title=f"{edition.name}: what patients said",
        name=edition.name,
        week=f"Week of {day(edition.week.monday)}",
        headline=_headline(edition),
        changes=tuple(
            _change(each, courses, known=known, number=number)
            for number, each in enumerate(changed[:CHARTS], start=1)
        ),
        others=tuple(words.headed(one, courses[_key(one)]) for each in changed[CHARTS:] for one in each)[
            :LISTED
        ],
        whole=_whole(edition, found),
        column="Question" if len(_services(edition)) == 1 else "Service",
        rows=tuple(rows[:ROWS]),
        left_out=len(rows[ROWS:]),
        withheld=uncounted_words.withheld(edition.courses, edition.silent, edition.uncounted),
        small_print=_small_print(edition),
    )


def _whole(edition: Edition, found: Sequence[Finding]) -> Picture | None:
    """A team that reads of its own service alone sees its course in a quiet week too, with its marks."""
    if found or len(_services(edition)) != 1:
        return None
    lead = edition.courses[0]
    said = f"Chart. {words.title(None, lead)}."
    return Picture("course", png(chart.draw(lead, size=CHART_SIZE)), said, *CHART_SIZE)


def _found(edition: Edition) -> tuple[list[Finding], dict[tuple[str, str], Course]]:
    """Findings by need of attention, with the courses they are about."""
    courses = {(course.service, course.indicator): course for course in edition.courses}
    known = _known(edition)
    found = [one for one in edition.findings if _key(one) in courses]
    return sorted(found, key=lambda one: (*_need(one, known), courses[_key(one)].service_name)), courses


def _known(edition: Edition) -> Collection[tuple[str, str, str]]:
    return {(*_key(one), one.direction) for one in edition.before}


def _by_service(found: Sequence[Finding]) -> dict[str, list[Finding]]:
    """The findings of each service, in the order given."""
    by_service: dict[str, list[Finding]] = defaultdict(list)
    for finding in found:
        by_service[finding.service].append(finding)
    return by_service


def _need(finding: Finding, known: Collection[tuple[str, str, str]]) -> tuple[int, bool, float]:
    """Concerns first, new before old, large before small."""
    moved = abs(finding.after - finding.before) if finding.before is not None else 0.0
    return words.urgency(finding), not _is_new(finding, known), -moved


def _key(finding: Finding) -> tuple[str, str]:
    return finding.service, finding.indicator


def _services(edition: Edition) -> dict[str, list[Course]]:
    """The courses of each service, the lead indicator first."""
    services: dict[str, list[Course]] = defaultdict(list)
    for course in edition.courses:
        services[course.service].append(course)
    return services


def _headline(edition: Edition) -> str:
    services = _services(edition)
    judged = sum(any(course.variation for course in courses) for courses in services.values())
    found, _ = _found(edition)
    return words.headline(found, services=len(services) + len(edition.silent), judged=judged)


def _change(
    found: Sequence[Finding],
    courses: Mapping[tuple[str, str], Course],
    *,
    known: Collection[tuple[str, str, str]],
    number: int,
) -> Change:
    """One service's findings, the first with its chart."""
    first, course = found[0], courses[_key(found[0])]
    drawn = chart.draw(course, size=CHART_SIZE, finding=first)
    return Change(
        service=course.service_name,
        kind=words.kind(first),
        new=_is_new(first, known),
        says=words.statement(first, course),
        evidence=words.evidence(first, course),
        also=tuple(_also(one, courses[_key(one)], known) for one in found[1:]),
        advice=words.advice(first, course),
        icon=_icon(icons.name_of_finding(first), words.kind(first)),
        chart=Picture(f"chart{number}", png(drawn), _alt(first, course), *CHART_SIZE),
    )


def _also(finding: Finding, course: Course, known: Collection[tuple[str, str, str]]) -> str:
    new = ", new this week" if _is_new(finding, known) else ""
    said = words.statement(finding, course)
    return f"{words.kind(finding)}{new}: {said[0].lower()}{said[1:]}"


def _is_new(finding: Finding, known: Collection[tuple[str, str, str]]) -> bool:
    return (*_key(finding), finding.direction) not in known


def _alt(finding: Finding, course: Course) -> str:
    return f"Chart. {words.headed(finding, course)}. Latest: {words.level(course)}."


def _icon(name: str, says: str) -> Picture:
    return Picture(name, icons.picture(name, ICON), says, ICON, ICON)


def _rows(edition: Edition, found: Sequence[Finding]) -> list[Row]:
    """Services by need of attention; the questions of the only service where there is one."""
    services = list(_services(edition).values())
    by_service = _by_service(found)
    if len(services) == 1:
        single = [
            (course, [one for one in found if one.indicator == course.indicator]) for course in services[0]
        ]
        return [
            _row(
                course, one, number, name=course.indicator_name, note=words.quiet_since(course, edition.week)
            )
            for number, (course, one) in enumerate(single)
        ]
    pairs = [(courses[0], by_service.get(courses[0].service, []), courses) for courses in services]
    pairs.sort(key=lambda pair: (*_attention(pair[0], pair[1]), pair[0].service_name))
    return [
        _row(
            lead,
            changes,
            number,
            name=lead.service_name,
            note=_note(changes, lead, courses) or words.quiet_since(lead, edition.week),
        )
        for number, (lead, changes, courses) in enumerate(pairs)
    ]


def _attention(lead: Course, changes: Sequence[Finding]) -> tuple[int, bool, bool]:
    """Concerns, other changes, improvements, missed targets, steady, too few to judge."""
    first = min((words.urgency(one) for one in changes), default=3)
    return first, lead.assurance != "consistent_fail", lead.variation is None


def _note(changes: Sequence[Finding], lead: Course, courses: Sequence[Course]) -> str:
    """Which questions changed, and how."""
    if not changes:
        return words.assurance(lead)
    if len(changes) > 1:
        return sentence_case(words.kinds(changes))
    names = {course.indicator: course.indicator_name for course in courses}
    return f"{names[changes[0].indicator]}: {words.kind(changes[0]).lower()}"


def _row(course: Course, changes: Sequence[Finding], number: int, *, name: str, note: str) -> Row:
    latest = course.latest
    icon = icons.name_of_finding(changes[0]) if changes else icons.name_of_course(course)
    says = words.kind(changes[0]) if changes else words.variation(course)
    return Row(
        name=name,
        note=note or (words.variation(course) if course.variation is None else ""),
        level=percent(latest.value) if latest and latest.value is not None else "–",
        answers=f"{latest.n:,}" if latest else "–",
        icon=_icon(icon, says),
        spark=Picture(f"spark{number}", png(sparkline(course)), words.title(None, course), 140, 32),
    )


def _small_print(edition: Edition) -> tuple[str, ...]:
    lead = next(iter(edition.courses), None)
    question = f" In the table: the latest level of ‘{lead.indicator_name}’." if lead else ""
    return (
        "Each percentage is the share of favourable answers among all answers to a question, in the latest "
        f"week with enough answers (or run of weeks, where answers are few).{question} "
        f"{words.BEFORE_ROUNDING}",
        RULES,
        "Answers are anonymous; nobody can be called back.",
        words.NO_LEAGUE_TABLE,
    )
