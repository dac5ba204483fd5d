"""A board pack made of courses and findings: its order, its sentences, and what fits on each page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from survey.domain.calendar import Week
from survey.domain.findings import Apart, Course, Finding, Gap
from survey.domain.released import Released
from survey.domain.uncounted import Uncounted
from survey.presenters import (
    chart_words,
    finding_words,
    fitting,
    measure,
    naming,
    native_chart,
    pack_words,
    service_table,
    sheet,
    words,
)
from survey.presenters.figures import counted
from survey.presenters.front import PANEL_PAD, front
from survey.presenters.grid import grid
from survey.presenters.pack_comparison import comparison
from survey.presenters.pack_pages import Columns, Exhibit, GridPage, Listing, Pack
from survey.presenters.pack_words import Pairs, Section

NOTES_GAP = 0.3  # inches between a short table and the notes under it
HEIGHT = sheet.BOTTOM - sheet.TOP
UNDER_SUBTITLE = HEIGHT - sheet.SUBTITLE_HIGH - 0.12  # a table keeps off the footer
# The room that a chart's own words would have, which are set in other units.
SUBTITLE_ROOM = 72 * sheet.MAIN * measure.SPARE * chart_words.SUBTITLE / sheet.SUBTITLE
LAST = 9  # services too early to judge, in the order of the table
NOTE_HIGH = 0.4  # inches under the grid
NAME_WIDE = 6.0  # inches of 14 points: over 60 letters of a service's name, before what tells it apart

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a pack is made of: courses by service, the lead indicator of each first, and what is about them.

    `node` is the name of the board's own organisation, `providers` the names of organisations by code,
    `wider` the courses of organisations that findings are about, `apart` and `gaps` what services and groups
    of patients show beside others, `silent` the names of services nothing of which is told, `uncounted`
    what the figures leave out.
    """

    courses: Sequence[Course]
    findings: Sequence[Finding]
    node: str
    week: Week
    providers: Names
    wider: Sequence[Course] = ()
    apart: Sequence[Apart] = ()
    gaps: Sequence[Gap] = ()
    silent: Sequence[str] = ()
    uncounted: Sequence[Uncounted] = ()


def pack(told: Released[Contents]) -> Pack:
    """The pack of a node's services."""
    found = told.what
    names = _names(found.courses, found.providers)
    leads = list({course.node: course for course in reversed(found.courses)}.values())[::-1]
    renamed = [replace(course, node_name=names[course.node]) for course in found.courses]
    known = {naming.key(course): course for course in (*found.wider, *renamed)}
    pairs = _in_order(found.findings, known)
    notes = pack_words.method(
        found.courses, names, found.uncounted, silent=found.silent, public=told.form == "public"
    )
    listings, method = _tables(leads, pairs, notes, names, providers=found.providers)
    beside = comparison(known, found.apart, found.gaps)
    compared = beside.title if beside else ""
    return Pack(
        title=f"Patient experience: {found.node}, results to {pack_words.until(found.week)}",
        node=found.node,
        footer=_footer(found.node, found.week, leads),
        front=front(pairs, leads, names, node=found.node, week=found.week, compared=compared),
        grid=_grid(leads, names, found.silent),
        exhibits=tuple(_exhibit(finding, course) for finding, course in pairs),
        comparison=beside,
        listings=listings,
        method=method,
    )


def _in_order(findings: Sequence[Finding], courses: Mapping[naming.Key, Course]) -> Pairs:
    """Findings with their courses: concerns first; of those, by name and as the questions are asked."""
    place = {key: at for at, key in enumerate(courses)}
    pairs = [(one, courses[naming.key(one)]) for one in findings if naming.key(one) in courses]
    return sorted(
        pairs,
        key=lambda pair: (
            finding_words.urgency(pair[0]),
            naming.called(pair[1]),
            place[naming.key(pair[0])],
        ),
    )


def _names(courses: Sequence[Course], providers: Names) -> dict[str, str]:
    """Names of services by code; two of one name are told apart by their providers, else by their codes."""
    found = {course.node: measure.shortened(course.node_name, NAME_WIDE, size=14) for course in courses}
    owners = {course.node: providers.get(course.organisation, course.organisation) for course in courses}
    alike = Counter(found.values())
    same_owner = Counter((name, owners[code]) for code, name in found.items())
    return {
        code: name
        if alike[name] == 1
        else f"{name} ({owners[code] if same_owner[name, owners[code]] == 1 else code})"
        for code, name in found.items()
    }


def _footer(node: str, week: Week, leads: Sequence[Course]) -> str:
    answers = counted(sum(course.n for course in leads), "anonymous answer")
    rest = f" · Results to {pack_words.until(week)} · Source: Heard, {answers}"
    room = sheet.ROOM - 1.2 - measure.width(rest, size=14)
    return measure.shortened(node, room, size=14) + rest


def _grid(leads: Sequence[Course], names: Names, silent: Sequence[str]) -> GridPage:
    note = pack_words.left_out(leads, names, silent)
    title, size = fitting.title(lambda _: pack_words.grid_title(leads))
    room = UNDER_SUBTITLE - (NOTE_HIGH if note else 0)
    return GridPage(
        title=title,
        title_size=size,
        subtitle=_subtitle(pack_words.grid_subtitle(leads)),
        grid=grid(leads, names, room=(sheet.ROOM, room)),
        note=measure.shortened(note, sheet.ROOM, size=14),
    )


def _exhibit(finding: Finding, course: Course) -> Exhibit:
    title, size = _exhibit_title(finding, course)
    said, said_size = fitting.sections(pack_words.exhibit(finding, course), width=sheet.ASIDE, height=HEIGHT)
    return Exhibit(
        title=title,
        title_size=size,
        subtitle=chart_words.subtitle(course, SUBTITLE_ROOM),
        course=course,
        finding=finding,
        alt=f"Line chart. {chart_words.description(course, finding)}",
        key=pack_words.key_of_chart(course, lowest=native_chart.axis(course)[0]),
        marks=_subtitle(pack_words.marked(course), room=sheet.MAIN),
        sections=said,
        sections_size=said_size,
    )


def _exhibit_title(finding: Finding, course: Course) -> tuple[str, int]:
    """The whole finding; where that is too long, without the indicator, which the subtitle names."""
    whole = finding_words.headed(finding, course)
    if fitting.is_title(whole, sheet.TITLE_SIZES[-1]):
        return fitting.title(lambda _: whole)
    return fitting.title(
        lambda name: words.title(finding, replace(course, node_name=name)), name=course.node_name
    )


def _tables(
    leads: Sequence[Course], pairs: Pairs, notes: tuple[Section, ...], names: Names, *, providers: Names
) -> tuple[tuple[Listing, ...], Columns | None]:
    """The table with its notes on one page where both fit, else on pages of its own with the notes after."""
    changed = {naming.whose(finding): finding_words.urgency(finding) for finding, _ in reversed(pairs)}
    ordered = sorted(
        leads,
        key=lambda course: (
            changed.get(naming.whose(course), LAST - (course.variation is not None)),
            names[course.node],
        ),
    )
    title, size = fitting.title(lambda _: pack_words.table_title(leads))
    computed, withheld, comparing = notes
    key = pack_words.key(leads)
    beside = (key, withheld, comparing)
    table = service_table.narrow(ordered, names, providers)
    if table.height + NOTES_GAP + _high(computed, wide=sheet.MAIN) <= UNDER_SUBTITLE:
        wide, high = sheet.ASIDE - 2 * PANEL_PAD, HEIGHT - 2 * PANEL_PAD
        fitted, notes_size = fitting.sections(beside, width=wide, height=high, sizes=(16, 15, 14))
        if fitted == beside:
            subtitle = _subtitle(pack_words.table_subtitle(leads, wide=False), room=sheet.MAIN)
            return (Listing(title, size, subtitle, table, fitted, notes_size, (computed,)),), None
    tables = service_table.wide(ordered, names, providers, room=UNDER_SUBTITLE)
    subtitle = _subtitle(pack_words.table_subtitle(leads, wide=True))
    numbered = [
        f"{title} ({at} of {len(tables)})" if len(tables) > 1 else title for at in range(1, len(tables) + 1)
    ]
    listings = tuple(Listing(one, size, subtitle, table) for one, table in zip(numbered, tables, strict=True))
    return listings, _method((computed,), (key, withheld, comparing))


def _high(section: Section, *, wide: float) -> float:
    return fitting.sections_height([section], wide, size=14)


def _method(left: tuple[Section, ...], right: tuple[Section, ...]) -> Columns:
    left, left_size = fitting.sections(left, width=sheet.HALF, height=HEIGHT)
    right, right_size = fitting.sections(right, width=sheet.HALF, height=HEIGHT)
    title, size = fitting.title(lambda _: "How these figures were made, and what they cannot say")
    return Columns(title, size, left, right, min(left_size, right_size))


def _subtitle(text: str, room: float = sheet.ROOM) -> str:
    return measure.shortened(text, room, size=sheet.SUBTITLE)
