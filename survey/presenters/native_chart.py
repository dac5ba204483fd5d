"""A course as a PowerPoint chart that can be edited: its figures are in the slide's own worksheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor
from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
    XL_TICK_MARK,
)
from pptx.enum.dml import MSO_LINE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches, Pt

from survey.domain.findings import Course, Step
from survey.presenters import measure, sheet
from survey.presenters.deck import colour
from survey.presenters.figures import SPACE

VALUE, MEAN, UPPER, LOWER = "Result", "Mean", "Upper limit", "Lower limit"
TARGET, IMPROVEMENT, CONCERN, NEUTRAL, MARKS = "Target", "Improvement", "Concern", "Change", "Marks"
PERCENT = f'0"{SPACE}"%'  # as figures.percent writes it
SIZE = 14  # points, as all text of a slide
PLOT = (
    0.085,
    0.09,
    0.755,
    0.8,
)  # x, y, width, height of the plot in the chart; labels end lines at its right
MONTHS_APART = (1, 2, 3, 4, 6, 12, 24)
MOST_DATES = 6  # labels of 'Nov 2026' that stand side by side without turning
MARK_WIDE = 1.45  # inches of a mark's name: LibreOffice breaks a label wider than a fifth of the chart
CLOSE = 0.08  # of the axis: labels nearer than this would touch

Points = tuple[float | None, ...]


def columns(course: Course) -> dict[str, Points]:
    """The series of the chart by name, one figure a step; None leaves a gap."""
    steps = course.steps
    found: dict[str, Points] = {
        VALUE: tuple(step.value for step in steps),
        MEAN: tuple(step.centre for step in steps),
        UPPER: tuple(step.upper for step in steps),
        LOWER: tuple(step.lower for step in steps),
    }
    if course.target is not None:
        found[TARGET] = (course.target,) * len(steps)
    for name, ending in ((IMPROVEMENT, "improvement"), (CONCERN, "concern"), (NEUTRAL, ("high", "low"))):
        special = tuple(step.value if step.point_type.endswith(ending) else None for step in steps)
        if any(value is not None for value in special):
            found[name] = special
    if course.marks:
        high = axis(course)[1]
        found[MARKS] = tuple(high if _marks_in(course, step) else None for step in steps)
    return found


def axis(course: Course) -> tuple[float, float, float]:
    """Lowest and highest value of the axis and the distance of its lines: the range that matters."""
    known = [
        value for step in course.steps for value in (step.value, step.lower, step.upper) if value is not None
    ]
    known += [] if course.target is None else [course.target]
    low, high = max(min(known), 0.0), min(max(known), 1.0)
    unit = next((one for one in (0.02, 0.05, 0.1) if (high - low) / one <= 7), 0.2)
    bottom = max(floor((low - unit / 4) / unit) * unit, 0.0)
    top = min(ceil((high + unit / 4) / unit) * unit, 1.0)
    return round(bottom, 4), round(top, 4), unit


def add(slide: Any, course: Course, *, box: tuple[float, float, float, float], alt: str) -> Any:
    """Put the chart into `box` (left, top, width, height in inches); return its frame."""
    data = CategoryChartData(number_format=PERCENT)  # type: ignore[no-untyped-call]
    data.categories = [step.span.first.monday for step in course.steps]
    found = columns(course)
    for name, values in found.items():
        data.add_series(name, values)  # type: ignore[no-untyped-call]
    place = [Inches(side) for side in box]
    frame = slide.shapes.add_chart(XL_CHART_TYPE.LINE_MARKERS, *place, data)
    frame.name = f"Chart: {course.indicator_name}"
    frame._element.nvGraphicFramePr.cNvPr.set("descr", alt)
    _dress(frame.chart, course)
    return frame


def _dress(chart: Any, course: Course) -> None:
    chart.has_legend = chart.has_title = False
    chart.font.size, chart.font.name, chart.font.color.rgb = Pt(SIZE), sheet.FONT, colour(sheet.GREY)
    _place_plot(chart)
    _dress_values(chart.value_axis, axis(course))
    _dress_dates(chart, course.steps)
    for series in chart.plots[0].series:
        series.smooth = False
        _LOOKS[series.name](series)
    _label_ends(chart, course)
    _label_marks(chart, course)


def _place_plot(chart: Any) -> None:
    parts = "".join(
        f'<c:{name} val="{value}"/>' for name, value in zip(("x", "y", "w", "h"), PLOT, strict=True)
    )
    layout = parse_xml(
        f"<c:layout {nsdecls('c')}><c:manualLayout><c:layoutTarget val='inner'/>"
        f"<c:xMode val='edge'/><c:yMode val='edge'/>{parts}</c:manualLayout></c:layout>"
    )
    area = chart._chartSpace.chart.plotArea
    for old in area.findall(qn("c:layout")):
        area.remove(old)
    area.insert(0, layout)


def _dress_values(values: Any, scale: tuple[float, float, float]) -> None:
    values.minimum_scale, values.maximum_scale, values.major_unit = scale
    values.tick_labels.number_format, values.tick_labels.number_format_is_linked = PERCENT, False
    values.major_gridlines.format.line.color.rgb = colour(sheet.GROUND)
    values.format.line.fill.background()
    values.major_tick_mark = XL_TICK_MARK.NONE


def _dress_dates(chart: Any, steps: Sequence[Step]) -> None:
    dates = chart.category_axis
    dates.tick_labels.number_format, dates.tick_labels.number_format_is_linked = "mmm yyyy", False
    dates.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    dates.format.line.color.rgb = colour(sheet.LINE)
    dates.major_tick_mark = XL_TICK_MARK.OUTSIDE
    element = dates._element
    for name in ("c:baseTimeUnit", "c:majorUnit", "c:majorTimeUnit"):
        for old in element.findall(qn(name)):
            element.remove(old)
    for name, value in (("baseTimeUnit", "days"), ("majorUnit", _months(steps)), ("majorTimeUnit", "months")):
        element.append(parse_xml(f'<c:{name} {nsdecls("c")} val="{value}"/>'))


def _months(steps: Sequence[Step]) -> int:
    months = (steps[-1].span.first - steps[0].span.first) * 7 / 30.4
    return next((one for one in MONTHS_APART if months / one <= MOST_DATES - 0.5), MONTHS_APART[-1])


def _line(hue: str, points: float, *, dash: Any = None) -> Callable[[Any], None]:
    def dress(series: Any) -> None:
        series.format.line.color.rgb, series.format.line.width = colour(hue), Pt(points)
        if dash is not None:
            series.format.line.dash_style = dash
        series.marker.style = XL_MARKER_STYLE.NONE

    return dress


def _result(series: Any) -> None:
    series.format.line.color.rgb, series.format.line.width = colour(sheet.COMMON), Pt(1.25)
    _mark(series, XL_MARKER_STYLE.CIRCLE, 5, sheet.COMMON)


def _special(shape: Any, hue: str) -> Callable[[Any], None]:
    def dress(series: Any) -> None:
        series.format.line.fill.background()
        _mark(series, shape, 8, hue)
        # A dark rim: orange on white has a contrast of 2.5, and a print in grey has no orange.
        series.marker.format.line.color.rgb = colour(sheet.INK)

    return dress


def _mark(series: Any, shape: Any, size: int, hue: str) -> None:
    series.marker.style, series.marker.size = shape, size
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.rgb = colour(hue)
    series.marker.format.line.color.rgb = colour(hue)


def _drop_line(series: Any) -> None:
    # An error bar down to the axis is the one vertical line that a native line chart has.
    series.format.line.fill.background()
    series.marker.style = XL_MARKER_STYLE.NONE
    bar = parse_xml(
        f"<c:errBars {nsdecls('c', 'a')}><c:errDir val='y'/><c:errBarType val='minus'/>"
        "<c:errValType val='percentage'/><c:noEndCap val='1'/><c:val val='100'/><c:spPr>"
        f"<a:ln w='12700'><a:solidFill><a:srgbClr val='{sheet.GREY}'/></a:solidFill>"
        "<a:prstDash val='sysDash'/></a:ln></c:spPr></c:errBars>"
    )
    series._element.find(qn("c:cat")).addprevious(bar)


_LOOKS: dict[str, Callable[[Any], None]] = {
    VALUE: _result,
    MEAN: _line(sheet.INK, 1.25),
    UPPER: _line(sheet.GREY, 1, dash=MSO_LINE.DASH),
    LOWER: _line(sheet.GREY, 1, dash=MSO_LINE.DASH),
    TARGET: _line(sheet.DARK, 1.5, dash=MSO_LINE.ROUND_DOT),
    IMPROVEMENT: _special(XL_MARKER_STYLE.SQUARE, sheet.IMPROVEMENT),
    CONCERN: _special(XL_MARKER_STYLE.DIAMOND, sheet.CONCERN),
    NEUTRAL: _special(XL_MARKER_STYLE.TRIANGLE, sheet.NEUTRAL),
    MARKS: _drop_line,
}


def _label_ends(chart: Any, course: Course) -> None:
    """Name the lines at their right ends, the mean first; a label that would touch another is left out."""
    found = columns(course)
    low, high, _ = axis(course)
    taken: list[float] = []
    series = {one.name: one for one in chart.plots[0].series}
    for name in (MEAN, TARGET, VALUE, LOWER, UPPER):
        at = _last(found.get(name, ()))
        if at is None:
            continue
        value = found[name][at] or 0.0
        if low <= value <= high and all(abs(value - other) > CLOSE * (high - low) for other in taken):
            taken.append(value)
            _end_label(series[name], at, named=name in (MEAN, TARGET), bold=name == VALUE)


def _last(values: Points) -> int | None:
    return next((at for at in reversed(range(len(values))) if values[at] is not None), None)


def _end_label(series: Any, at: int, *, named: bool, bold: bool) -> None:
    # Name and value come from the worksheet, so that an edited figure changes its label.
    label = series.points[at].data_label._get_or_add_dLbl()
    for name, value in (
        ("showVal", 1),
        ("showSerName", int(named)),
        ("showLegendKey", 0),
        ("showCatName", 0),
    ):
        label.find(qn(f"c:{name}")).set("val", str(value))
    label.append(parse_xml(f"<c:separator {nsdecls('c')}> </c:separator>"))
    series.points[at].data_label.position = XL_LABEL_POSITION.RIGHT
    if bold:
        font = series.points[at].data_label.font
        font.bold, font.size, font.color.rgb = True, Pt(SIZE), colour(sheet.INK)


def _label_marks(chart: Any, course: Course) -> None:
    """Name the marks above the plot, newest first; one that would lie on another's name stays unnamed."""
    found = [at for at, step in enumerate(course.steps) if _marks_in(course, step)]
    series = next((one for one in chart.plots[0].series if one.name == MARKS), None)
    ends = (0.0, sheet.MAIN)
    taken: list[tuple[float, float]] = []
    for at in reversed(found):
        words = measure.shortened("; ".join(_marks_in(course, course.steps[at])), MARK_WIDE, size=SIZE)
        middle = sheet.MAIN * (PLOT[0] + PLOT[2] * at / max(len(course.steps) - 1, 1))
        half = measure.width(words, size=SIZE) / 2 + 0.1
        clear = all(middle + half < left or right < middle - half for left, right in taken)
        if series is not None and clear and ends[0] <= middle - half and middle + half <= ends[1]:
            taken.append((middle - half, middle + half))
            label = series.points[at].data_label
            label.text_frame.text = words
            label.position = XL_LABEL_POSITION.ABOVE


def _marks_in(course: Course, step: Step) -> list[str]:
    return [mark.label for mark in course.marks if mark.week in step.span]
