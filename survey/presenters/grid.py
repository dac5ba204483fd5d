"""The grid of 'Making Data Count': which services vary how, and who can be relied on to meet a target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from survey.domain.findings import Course
from survey.presenters.measure import LEADING, SPARE, shortened, wrapped
from survey.presenters.measure import width as text_width

SIZE, COUNT_SIZE = 14, 20  # points: names, and the count over them
HEAD, ROW_LEAST, LABEL = 0.95, 0.72, 2.2  # inches: header row, an empty row, the column of row names
NAMED_LEAST = 0.9  # a row with services: their count and a line of names
SHORTEST = 0.5  # inches of a name that still tell something
COLUMN_LEAST = 1.5  # inches: a column without a service; its heading still fits
ICON = 0.56  # inches
PAD = 0.12  # inches on each side of a cell's text
_LINE = SIZE * LEADING / 72
_COUNT = COUNT_SIZE * LEADING / 72

ROWS = (
    ("improvement", "Improvement"),
    ("common", "Common cause"),
    ("neutral", "Change"),
    ("concern", "Concern"),
)
COLUMNS = (
    ("consistent_pass", "Pass target"),
    ("inconsistent", "Hit and miss"),
    ("consistent_fail", "Fail target"),
    ("none", "No target"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """How many services, and their names in paragraphs that fit the cell."""

    count: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """One row: its kind of variation, its height in inches and its cells from left to right."""

    key: str
    label: str
    height: float
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its kind of assurance and its width in inches."""

    key: str
    label: str
    width: float


@dataclass(frozen=True, slots=True)
class Grid:
    """The grid as it is drawn: everything measured, so that slides and PDF agree."""

    columns: tuple[Column, ...]
    bands: tuple[Band, ...]

    @property
    def width(self) -> float:
        return LABEL + sum(column.width for column in self.columns)

    @property
    def height(self) -> float:
        return HEAD + sum(band.height for band in self.bands)


def icon_of_row(key: str) -> str:
    """The icon of a kind of variation, as drawn for indicators that are better high."""
    return {
        "improvement": "variation_improvement_high",
        "common": "variation_common_cause",
        "neutral": "variation_neutral_high",
        "concern": "variation_concern_low",
    }[key]


def icon_of_column(key: str) -> str | None:
    """The icon of a kind of assurance; none without a target."""
    return None if key == "none" else f"assurance_{key.removeprefix('consistent_')}"


def row_of(course: Course) -> str | None:
    """The row a course belongs in; None while it is too early to judge."""
    if course.variation is None:
        return None
    return course.variation.partition("_")[0]


def grid(courses: Sequence[Course], names: Mapping[str, str], *, room: tuple[float, float]) -> Grid:
    """Place the courses in cells and share out `room` (width, height in inches) by what is in them."""
    placed: dict[tuple[str, str], list[str]] = {}
    for course in courses:
        if (row := row_of(course)) is not None:
            placed.setdefault((row, course.assurance or "none"), []).append(names[course.node])
    rows = [row for row in ROWS if row[0] != "neutral" or any(key == "neutral" for key, _ in placed)]
    widths = _widths(placed, room[0] - LABEL)
    heights = _heights([row for row, _ in rows], placed, widths, room=room[1] - HEAD)
    return Grid(
        tuple(Column(key, label, widths[key]) for key, label in COLUMNS),
        tuple(
            Band(row, label, heights[row], tuple(
                _cell(placed.get((row, key), []), widths[key], heights[row]) for key, _ in COLUMNS
            ))
            for row, label in rows
        ),
    )  # fmt: skip


def fitted(names: Sequence[str], *, width: float, lines: int) -> tuple[str, ...]:
    """Names one to a line where they fit, else run together, else as many as fit 'and 7 more'."""
    if sum(len(wrapped(name, width, size=SIZE)) for name in names) <= lines:
        return tuple(names)
    short = [shortened(name, 2 * width, size=SIZE) for name in names]
    for kept in range(len(short), 0, -1):
        rest = f"; and {len(short) - kept} more" if kept < len(short) else ""
        text = "; ".join(short[:kept]) + rest
        if len(wrapped(text, width, size=SIZE)) <= lines:
            return (text,)
    return _one(names, width * lines) if names and lines else ()


def _one(names: Sequence[str], room: float) -> tuple[str, ...]:
    """The beginning of the first name and how many more, within `room` inches of lines."""
    rest = f"; and {len(names) - 1} more" if len(names) > 1 else ""
    left = SPARE * SPARE * room - text_width(rest, size=SIZE)
    return (shortened(names[0], left, size=SIZE) + rest,) if left > SHORTEST else ()


def _cell(names: Sequence[str], width: float, height: float) -> Cell:
    lines = int((height - 2 * PAD - _COUNT) / _LINE)
    return Cell(len(names), fitted(names, width=width - 2 * PAD, lines=lines))


def _widths(placed: Mapping[tuple[str, str], Sequence[str]], room: float) -> dict[str, float]:
    used = {column for _, column in placed}
    empty = [key for key, _ in COLUMNS if key not in used]
    if not used:
        return {key: room / len(COLUMNS) for key, _ in COLUMNS}
    most = {key: max(len(names) for (_, at), names in placed.items() if at == key) for key in used}
    weights = {key: 2 + min(n, 10) for key, n in most.items()}
    share = (room - COLUMN_LEAST * len(empty)) / sum(weights.values())
    return {key: share * weights[key] if key in used else COLUMN_LEAST for key, _ in COLUMNS}


def _heights(
    rows: Sequence[str],
    placed: Mapping[tuple[str, str], Sequence[str]],
    widths: Mapping[str, float],
    *,
    room: float,
) -> dict[str, float]:
    named = {row for row, _ in placed}
    least = {row: NAMED_LEAST if row in named else ROW_LEAST for row in rows}
    wanted = dict(least)
    for (row, column), names in placed.items():
        lines = len(wrapped("; ".join(names), widths[column] - 2 * PAD, size=SIZE)) + (len(names) < 5)
        wanted[row] = max(wanted[row], 2 * PAD + _COUNT + lines * _LINE)
    over = sum(wanted.values()) - sum(least.values())
    spare = room - sum(least.values())
    if over <= spare:
        return {row: height + (spare - over) / len(rows) for row, height in wanted.items()}
    return {row: least[row] + (height - least[row]) * spare / over for row, height in wanted.items()}
