"""One chart of one course as SVG: the finding above, the range of chance behind, nothing overlapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2s
from html import escape
from itertools import groupby
from typing import Literal

from survey.domain.findings import Course, Finding, Mark, Step
from survey.presenters import axis, finding_words, layers, naming, words
from survey.presenters.axis import Plot
from survey.presenters.chart_words import SUBTITLE, description, subtitle, title_lines
from survey.presenters.figures import counted, month, percent, sentence_case
from survey.presenters.flags import SIZE, Flag, apart, fitted, pixels, placed
from survey.presenters.svg import FONT, GREY, INK, LINE, WHITE, element, line
from survey.presenters.svg import words as text

Limits = Literal["p", "xmr"]
MARGIN, LEFT = 8, 60
ROW = 17  # a row of flags
BARS = 22  # of the answers under the axis
NOTE, DATES = 18, 17  # rows under the plot
# Points are coloured by 'Making Data Count'; a concern or an improvement is said of a level, by its flag.
UNUSUAL = {"concern": "unusual, worse", "improvement": "unusual, better", "neutral": "unusual"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one drawing is made of."""

    course: Course
    steps: tuple[Step, ...]
    finding: Finding | None
    width: float
    height: float
    name: str  # of its parts, so that many charts can stand on one page


def draw(
    course: Course,
    *,
    size: tuple[float, float] = (640, 280),
    finding: Finding | None = None,
    limits: Limits = "p",
    heading: bool = True,
) -> str:
    """The chart of `course` as a whole SVG document, with P′ limits or the XmR limits of the MDC look.

    Without `heading` for a page that says the finding itself.
    """
    steps = course.steps if limits == "p" else course.xmr
    whose = "|".join(naming.key(course))
    key = blake2s(f"{whose}|{limits}|{size}".encode(), digest_size=5).hexdigest()
    sheet = Sheet(course, steps, finding, *size, f"c{key}")
    headed, top = _heading(sheet) if heading else ("", 4.0)
    body = _body(sheet, top) if any(step.value is not None for step in steps) else _nothing(sheet, top)
    return element(
        "svg",
        f"{_described(sheet)}<defs>{layers.hatch(sheet.name + 'h')}</defs>"
        + element("rect", width=sheet.width, height=sheet.height, fill=WHITE)
        + headed
        + body,
        xmlns="http://www.w3.org/2000/svg",
        width=sheet.width,
        height=sheet.height,
        viewBox=f"0 0 {sheet.width:g} {sheet.height:g}",
        role="img",
        aria_labelledby=f"{sheet.name}t {sheet.name}d",
        font_family=FONT,
    )


def _described(sheet: Sheet) -> str:
    title = escape(words.title(sheet.finding, sheet.course), quote=False)
    details = escape(description(sheet.course, sheet.finding), quote=False)
    return element("title", title, id=f"{sheet.name}t") + element("desc", details, id=f"{sheet.name}d")


def _heading(sheet: Sheet) -> tuple[str, float]:
    """Title and subtitle, and the height at which they end."""
    room = sheet.width - 2 * MARGIN
    lines, size = title_lines(sheet.course, words.saying(sheet.finding, sheet.course), room)
    drawn = [
        text(one, MARGIN, 22 + 20 * place, font_size=size, font_weight="bold", fill=INK)
        for place, one in enumerate(lines)
    ]
    below = 22 + 20 * (len(lines) - 1) + 19
    below_it = subtitle(sheet.course, room)
    return "".join(drawn) + text(below_it, MARGIN, below, font_size=SUBTITLE, fill=GREY), below + 8


def _nothing(sheet: Sheet, top: float) -> str:
    middle = (top + sheet.height) / 2
    says = sentence_case(words.UNTOLD)
    wide = sheet.width - 4 * MARGIN
    return text(
        fitted(says, wide, size=13), sheet.width / 2, middle, font_size=13, fill=GREY, text_anchor="middle"
    )


def _body(sheet: Sheet, top: float) -> str:
    flags = placed(_flags(sheet), low=LEFT, high=sheet.width - MARGIN)
    rows = max((flag.row for flag in flags), default=-1) + 1
    plot, tick = _plot(sheet, top + rows * ROW + 4)
    under = plot.bottom + 5 + BARS
    return "".join(
        (
            layers.withheld(plot, sheet.steps, hatch=sheet.name + "h"),
            layers.band(plot, sheet.steps),
            layers.since(plot, sheet.finding) if sheet.finding else "",
            _levels(plot, tick),
            _target(plot, sheet.course),
            _flagged(plot, flags),
            layers.average(plot, sheet.steps),
            layers.joined(plot, sheet.steps),
            layers.dots(plot, sheet.steps),
            _right_labels(sheet, plot),
            layers.answers(plot, sheet.steps, top=plot.bottom + 5, bottom=under),
            _answers_labels(sheet, plot, under),
            _dates(plot, under),
            _notes(sheet, plot, flags),
        )
    )


def _plot(sheet: Sheet, top: float) -> tuple[Plot, int]:
    first, last = sheet.steps[0].span.first, sheet.steps[-1].span.last
    low, high, tick = axis.extent(_shares(sheet))
    bottom = sheet.height - NOTE - DATES - BARS - 5 - 4
    right = sheet.width - _right_margin(sheet)
    plot = Plot(LEFT, top, right, bottom, first, last - first + 1, low, high)
    return plot, tick


def _shares(sheet: Sheet) -> list[float]:
    each = [(step.value, step.centre, step.lower, step.upper) for step in sheet.steps]
    return [one for four in [*each, (sheet.course.target,)] for one in four if one is not None]


def _levels(plot: Plot, tick: int) -> str:
    drawn = []
    for level in axis.levels(plot, tick):
        y = plot.y(level / 100)
        drawn.append(line(plot.left, y, plot.right, y, stroke=LINE, stroke_width=0.6, stroke_opacity="0.7"))
        label = percent(level / 100)
        drawn.append(text(label, plot.left - 6, y + 4, font_size=SIZE, fill=GREY, text_anchor="end"))
    return "".join(drawn)


def _target(plot: Plot, course: Course) -> str:
    if course.target is None:
        return ""
    y = plot.y(course.target)
    return line(plot.left, y, plot.right, y, stroke=INK, stroke_width=1, stroke_dasharray="5 4")


def _named(sheet: Sheet) -> list[tuple[float, str, bool]]:
    """Latest, average and target: share, label, whether bold."""
    latest = next(step for step in reversed(sheet.steps) if step.value is not None)
    wanted = [(latest.value, "latest", True), (latest.centre, "average", False)]
    wanted.append((sheet.course.target, "target", False))
    return [(share, f"{percent(share)} {name}", bold) for share, name, bold in wanted if share is not None]


def _right_margin(sheet: Sheet) -> float:
    labels = [(_most(sheet), False), *((label, bold) for _, label, bold in _named(sheet))]
    return 7 + MARGIN + max(pixels(label, size=SIZE, bold=bold) for label, bold in labels)


def _right_labels(sheet: Sheet, plot: Plot) -> str:
    """Values at the right edge, moved apart where they are close."""
    shown = _named(sheet)
    heights = apart(
        [plot.y(share) for share, _, _ in shown], least=15, low=plot.top + 4, high=plot.bottom - 2
    )
    return "".join(
        text(
            label,
            plot.right + 7,
            height + 4,
            font_size=SIZE,
            font_weight="bold" if bold else "normal",
            fill=INK if bold else GREY,
        )
        for (_, label, bold), height in zip(shown, heights, strict=True)
    )


def _flags(sheet: Sheet) -> list[Flag]:
    """The finding's flag first, then the marks, newest first; one flag a week."""
    plot, _ = _plot(sheet, 0)
    flags = []
    if sheet.finding is not None and sheet.finding.since >= plot.start:
        label = f"{finding_words.kind(sheet.finding)}{_when(sheet)}"
        flags.append(Flag(plot.at(sheet.finding.since), label, bold=True))
    inside = [mark for mark in sheet.course.marks if 0 <= mark.week - plot.start < plot.weeks]
    newest = sorted(inside, key=lambda mark: mark.week, reverse=True)
    for week, together in groupby(newest, key=lambda mark: mark.week):
        flags.append(Flag(plot.at(week), _together(list(together))))
    return flags


def _when(sheet: Sheet) -> str:
    """' since 3 Nov 2025'; without 'since' where nothing came after."""
    assert sheet.finding is not None  # noqa: S101  # a flag of a finding
    start = sheet.finding.since
    lasts = sum(step.value is not None and step.span.last >= start for step in sheet.steps) > 1
    return f"{' since' if lasts else ','} {start.monday.day} {month(start.monday)}"


def _together(marks: Sequence[Mark]) -> str:
    return marks[0].label if len(marks) == 1 else f"{marks[0].label} and {len(marks) - 1} more"


def _flagged(plot: Plot, flags: Sequence[Flag]) -> str:
    """Vertical lines, each up to its label; dashed for marks, so that they are not taken for the finding."""
    drawn = []
    for flag in flags:
        top = plot.top - ROW * (flag.row + 1) + 2 if flag.row >= 0 else plot.top
        dashes = "none" if flag.bold else "3 2"
        drawn.append(
            line(flag.x, top, flag.x, plot.bottom, stroke=INK, stroke_width=1, stroke_dasharray=dashes)
        )
        if flag.row >= 0:
            weight = "bold" if flag.bold else "normal"
            drawn.append(
                text(
                    flag.text,
                    flag.left + 4 if flag.left >= flag.x else flag.left,
                    top + 10,
                    font_size=SIZE,
                    font_weight=weight,
                    fill=INK,
                )
            )
    return "".join(drawn)


def _answers_labels(sheet: Sheet, plot: Plot, under: float) -> str:
    name = text("answers", LEFT - 6, under, font_size=SIZE, fill=GREY, text_anchor="end")
    return name + text(_most(sheet), plot.right + 7, under, font_size=SIZE, fill=GREY)


def _most(sheet: Sheet) -> str:
    return f"up to {max(step.n for step in sheet.steps):,}"


def _dates(plot: Plot, under: float) -> str:
    wide = pixels("Nov 2026", size=SIZE)
    found = axis.dates(plot, room=wide + 18) or [(plot.left, plot.start.monday)]
    drawn = []
    for x, first in found:
        at = min(max(x, plot.left + wide / 2 - 8), plot.right + wide / 2)
        drawn.append(line(x, under, x, under + 4, stroke=LINE, stroke_width=1))
        drawn.append(
            text(month(first), at, under + DATES - 1, font_size=SIZE, fill=GREY, text_anchor="middle")
        )
    return "".join(drawn)


def _notes(sheet: Sheet, plot: Plot, flags: Sequence[Flag]) -> str:
    """One line under the chart: what the shapes and hatches on it mean, where the axis begins."""
    x, y = float(MARGIN), sheet.height - 6.0
    drawn = []
    for shape, says in _explained(sheet, plot, flags):
        sample = 14 if shape else 0
        wide = sample + pixels(says, size=SIZE)
        if x + wide > sheet.width - MARGIN:
            break
        drawn.append(_sample(sheet, shape, x, y) + text(says, x + sample, y, font_size=SIZE, fill=GREY))
        x += wide + 14
    return "".join(drawn)


def _explained(sheet: Sheet, plot: Plot, flags: Sequence[Flag]) -> list[tuple[str, str]]:
    ways = {layers.direction(step.point_type) for step in sheet.steps if step.value is not None}
    found = [(way, UNUSUAL[way]) for way in layers.FILL if way in ways]
    if any(step.lower is not None for step in sheet.steps):
        found.append(("band", "usual range"))
    if any(step.value is None for step in sheet.steps):
        found.append(("hatch", "too few, or withheld to protect another figure"))
    if plot.low > 0:
        found.append(("", f"Axis begins at {percent(plot.low / 100)}, not 0"))
    unnamed = sum(flag.row < 0 for flag in flags)
    if unnamed:
        found.append(("", f"{counted(unnamed, 'mark')} without room for a name"))
    return found


def _sample(sheet: Sheet, shape: str, x: float, y: float) -> str:
    if not shape:
        return ""
    if shape in layers.FILL:
        return layers.marker(shape, x + 5, y - 4, size=4)
    fill = f"url(#{sheet.name}h)" if shape == "hatch" else "#E1E7EB"
    return element("rect", x=x, y=y - 9, width=10, height=10, fill=fill, stroke=LINE, stroke_width=0.5)
