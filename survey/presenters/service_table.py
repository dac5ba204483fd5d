"""The table of all services: what its cells say, how wide and high they are, which rows share a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from survey.domain.findings import Course
from survey.presenters import measure, sheet, words
from survey.presenters.figures import month
from survey.presenters.pack_words import ASSURANCE, VARIATION

SIZE = 14  # points
PAD = 0.1  # inches left and right of a cell's text
ROW_PAD = 0.04  # above and below it
ICON = 0.3  # inches, before the word
_LINE = SIZE * measure.LEADING / 72
_WIDE = {"Service": 0.0, "Provider": 2.5, "Latest": 1.1, "Answers": 1.15, "Newest weeks": 2.35}
_WIDE_TARGETS = {"Service": 0.0, "Provider": 2.6, "Latest": 1.6, "Answers": 1.2}
_NARROW = {"Service": 0.0, "Latest": 1.55, "Answers": 1.1}
_ICONS = {"Variation": 2.0, "Target": 1.75}
_NARROW_ICONS = {"Variation": 1.85, "Target": 1.65}
FIGURES = frozenset({"Latest", "Answers"})  # columns of figures, set to the right
ICONS = frozenset(_ICONS)
NOTHING = "–"  # of a service that tells nothing, for whatever reason


@dataclass(frozen=True, slots=True)
class Row:
    """One service: a cell a column, each of one or more lines; icons by name; its height in inches."""

    cells: tuple[tuple[str, ...], ...]
    icons: tuple[str, ...]  # a name a column of icons, '' for none
    height: float


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that share a page, under columns of these widths in inches."""

    columns: tuple[tuple[str, float], ...]
    rows: tuple[Row, ...]
    head: float = 2 * ROW_PAD + _LINE

    @property
    def width(self) -> float:
        return sum(width for _, width in self.columns)

    @property
    def height(self) -> float:
        return self.head + sum(row.height for row in self.rows)


def narrow(leads: Sequence[Course], names: Mapping[str, str], providers: Mapping[str, str]) -> Table:
    """The table for beside the notes: the provider under the service, the weeks under the result."""
    columns = _columns(leads, _NARROW, _NARROW_ICONS, room=sheet.MAIN)
    rows = []
    for course in leads:
        where = providers.get(course.organisation, course.organisation)
        cells = ((names[course.node], where), _result(course, short=True), _answers(course, short=True))
        rows.append(_row(cells, course, columns))
    return Table(columns, tuple(rows))


def wide(
    leads: Sequence[Course], names: Mapping[str, str], providers: Mapping[str, str], *, room: float
) -> tuple[Table, ...]:
    """Tables of the page's width, each of at most `room` inches, of about equally many rows."""
    targets = any(course.target is not None for course in leads)
    columns = _columns(leads, _WIDE_TARGETS if targets else _WIDE, _ICONS, room=sheet.ROOM)
    rows = []
    for course in leads:
        whose = (names[course.node],), (providers.get(course.organisation, course.organisation),)
        result, answers = _result(course, short=targets), _answers(course, short=targets)
        figures = (result, answers) if targets else (result[:1], answers, result[1:])
        rows.append(_row((*whose, *figures), course, columns))
    return tuple(Table(columns, _airy(page, room)) for page in _pages(rows, room))


def _columns(
    leads: Sequence[Course], fixed: Mapping[str, float], icons: Mapping[str, float], *, room: float
) -> tuple[tuple[str, float], ...]:
    targets = any(course.target is not None for course in leads)
    columns = {**fixed, **{name: width for name, width in icons.items() if targets or name != "Target"}}
    columns["Service"] = room - sum(columns.values())
    return tuple(columns.items())


def _row(cells: tuple[tuple[str, ...], ...], course: Course, columns: Sequence[tuple[str, float]]) -> Row:
    icons = [f"variation_{course.variation}" if course.variation else ""]
    whole = [*cells, (VARIATION[course.variation or ""] if course.latest else NOTHING,)]
    if len(columns) > len(whole):
        whole.append((assurance_word(course),))
        icons.append(f"assurance_{course.assurance.removeprefix('consistent_')}" if course.assurance else "")
    lines = max(
        sum(
            len(measure.wrapped(text, _text_room(name, width), size=SIZE, bold=name == "Service"))
            for text in cell
        )
        for cell, (name, width) in zip(whole, columns, strict=True)
    )
    return Row(tuple(whole), tuple(icons), max(2 * ROW_PAD + lines * _LINE, ICON + 0.08))


def assurance_word(course: Course) -> str:
    """'Pass', 'Fail' …; why there is none where there is none."""
    if course.target is None:
        return "No target"
    return ASSURANCE[course.assurance] if course.assurance else VARIATION[""]


def _text_room(name: str, width: float) -> float:
    return width - 2 * PAD - (ICON + 0.06 if name in ICONS else 0)


def _result(course: Course, *, short: bool = False) -> tuple[str, ...]:
    latest = course.latest
    if latest is None or latest.value is None:
        return (NOTHING, "")
    last = latest.span.last.monday + timedelta(days=6)
    length = "" if short else "week " if latest.span.weeks == 1 else f"{latest.span.weeks} weeks "
    return (words.share(latest), f"{length}to {last.day} {month(last)}")


def _answers(course: Course, *, short: bool = False) -> tuple[str, ...]:
    latest = course.latest
    if latest is None:
        return (NOTHING,)
    length = "in a week" if latest.span.weeks == 1 else f"in {latest.span.weeks} weeks"
    return (f"{latest.n:,}", length) if short else (f"{latest.n:,}",)


def _pages(rows: Sequence[Row], room: float) -> list[list[Row]]:
    """As few pages as hold them, filled about evenly."""
    head = 2 * ROW_PAD + _LINE
    total = sum(row.height for row in rows)
    for count in range(max(ceil(total / (room - head)), 1), len(rows) + 2):
        pages = _dealt(rows, count)
        if all(head + sum(row.height for row in page) <= room for page in pages):
            return pages
    return [[row] for row in rows]


def _dealt(rows: Sequence[Row], count: int) -> list[list[Row]]:
    each = ceil(len(rows) / count)
    return [list(rows[at : at + each]) for at in range(0, len(rows), each)]


def _airy(rows: Sequence[Row], room: float) -> tuple[Row, ...]:
    """The rows a little higher where the page has room left: at most by nine tenths."""
    head = 2 * ROW_PAD + _LINE
    stretch = min((room - head) / max(sum(row.height for row in rows), 0.1), 1.9)
    return tuple(Row(row.cells, row.icons, row.height * max(stretch, 1.0)) for row in rows)
