"""The first page of a board pack: what changed, how the rest stands, and what the board is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from survey.domain.calendar import Week
from survey.domain.findings import Course, Finding
from survey.presenters import finding_words, fitting, icons, measure, naming, pack_words, sheet, words
from survey.presenters.figures import month
from survey.presenters.pack_pages import Change, Front
from survey.presenters.pack_words import Pairs, Section

SUBTITLE = 16  # points
ICON, INDENT = 0.46, 0.64  # inches: an icon, and where the text beside it begins
GAP, WIDEST_GAP = 0.16, 0.5  # inches between changes
TOP = sheet.TOP + 0.45  # under the subtitle
HIGH = sheet.BOTTOM - TOP
MORE_HIGH = 0.4  # the line that says what there was no room for
PANEL_PAD = 0.2  # inches around the text of the right panel
FIGURE_HIGH = 0.98  # a large figure with what it counts
SIZES = (18, 16, 14)
DETAILED_SIZES = (24, 22, 20, 18, 16)
DETAIL_SMALLER, DETAIL_GAP = 2, 0.06  # points, and inches over a second paragraph

Names = Mapping[str, str]


def front(
    pairs: Pairs, leads: Sequence[Course], names: Names, *, node: str, week: Week, compared: str = ""
) -> Front:
    """The page of the findings `pairs` and of the lead indicators of all services.

    `compared` is the title of the page of comparisons; '' where there is none.
    """
    own = [finding for finding, course in pairs if course.level == "service"]
    wider = [finding for finding, course in pairs if course.level != "service"]
    judged = sum(words.is_judged(course) for course in leads)
    said = words.headline(own, services=len(leads), judged=judged, wider=wider).rstrip(".")
    title, title_size = fitting.title(lambda _: said)
    changes, size, more = _changes(pairs, leads, names)
    figures = _figures(leads)
    room = HIGH - FIGURE_HIGH * len(figures) - 0.2
    asked, asked_size = _asked(pairs, leads, names, room=room, compared=compared)
    whose = f"Patient experience at {node}, results to {pack_words.until(week)}"
    return Front(
        title=title,
        title_size=title_size,
        subtitle=measure.shortened(whose, sheet.ROOM, size=SUBTITLE),
        changes=changes,
        changes_size=size,
        gap=_gap(changes, room=HIGH - (MORE_HIGH if more else 0)),
        more=more,
        figures=figures,
        asked=asked,
        asked_size=asked_size,
    )


def _asked(
    pairs: Pairs, leads: Sequence[Course], names: Names, *, room: float, compared: str
) -> tuple[tuple[Section, ...], int]:
    """The panel's text with as many names as it has room for."""
    width, height = sheet.ASIDE - 2 * PANEL_PAD, room - 2 * PANEL_PAD
    for most in (3, 2, 1, 0):
        section = pack_words.asked(pairs, leads, names, most=most, compared=compared)
        if fitting.sections_height([section], width, size=14) <= height:
            break
    return fitting.sections([section], width=width, height=height, sizes=(16, 15, 14))


def _changes(pairs: Pairs, leads: Sequence[Course], names: Names) -> tuple[tuple[Change, ...], int, str]:
    """All changes and how the rest stands, as many as fit: their size, and what is left out.

    Where there is room, each in larger type and with a second paragraph.
    """
    found = [_change(finding, course) for finding, course in pairs]
    changed = {naming.whose(finding) for finding, _ in pairs}
    steady = [one for one in leads if one.latest is not None and naming.whose(one) not in changed]
    whole = found + [_standing(course, names) for course in steady]
    for size in DETAILED_SIZES:
        if _most(full := [_measured(one, size) for one in whole], HIGH) == len(whole):
            return tuple(full), size, ""
    bare = [replace(one, detail="") for one in whole]
    size = next((one for one in SIZES if _fit(bare, one, HIGH)), SIZES[-1])
    every = [_measured(one, size) for one in bare]
    kept = _most(every, HIGH)
    if kept < len(every):
        kept = _most(every, HIGH - MORE_HIGH)
    return tuple(every[:kept]), size, _more(len(found) - kept, len(every) - max(kept, len(found)))


def _more(changes: int, steady: int) -> str:
    said = []
    if changes > 0:
        said.append(f"{changes} more {'change' if changes == 1 else 'changes'} on the pages that follow")
    if steady > 0:
        said.append(f"{steady} more {'service' if steady == 1 else 'services'} in the table at the end")
    return f"And {' and '.join(said)}." if said else ""


def _change(finding: Finding, course: Course) -> Change:
    said, word = finding_words.headed(finding, course), finding_words.kind(finding)
    detail = pack_words.detail(finding, course)
    return Change(icons.name_of_finding(finding), word, said, detail, bold=True, height=0)


def _standing(course: Course, names: Names) -> Change:
    said = f"{names[course.node]}: {words.standing(course)}"
    detail = pack_words.standing_detail(course)
    return Change(icons.name_of_level(course), words.state(course), said, detail, bold=False, height=0)


def _measured(change: Change, size: int) -> Change:
    tall = measure.height([change.text], sheet.MAIN - INDENT, size=size, bold=change.bold)
    if change.detail:
        tall += DETAIL_GAP + measure.height([change.detail], sheet.MAIN - INDENT, size=size - DETAIL_SMALLER)
    return replace(change, height=max(tall, ICON))


def _fit(changes: Sequence[Change], size: int, room: float) -> bool:
    return _most([_measured(one, size) for one in changes], room) == len(changes)


def _most(changes: Sequence[Change], room: float) -> int:
    kept, used = 0, -GAP
    for change in changes:
        used += change.height + GAP
        if used > room:
            break
        kept += 1
    return kept


def _gap(changes: Sequence[Change], *, room: float) -> float:
    spare = room - sum(change.height for change in changes)
    return min(max(spare / max(len(changes) - 1, 1), GAP), WIDEST_GAP)


def _figures(leads: Sequence[Course]) -> tuple[tuple[str, str], ...]:
    steps = [step for course in leads for step in course.steps if step.value is not None]
    services = "service" if len(leads) == 1 else "services"
    if not steps:
        return ((f"{len(leads):,}", services),)
    first = month(min(step.span.first for step in steps).monday)
    n = sum(course.n for course in leads)
    return (
        (f"{len(leads):,}", f"{services} in this pack"),
        (f"{n:,}", f"anonymous answers since {first}"),
    )
