"""The PPTX, opened again: what PowerPoint would find in it."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import combinations
from typing import Any

import pytest
from lxml import etree
from openpyxl import load_workbook
from pptx import Presentation
from pptx.util import Inches, Pt

from survey.presenters import measure, sheet
from survey.presenters.native_chart import CONCERN, IMPROVEMENT, LOWER, MARKS, MEAN, UPPER, VALUE, axis
from survey.presenters.pack_pages import Pack
from survey.presenters.slides import slides
from tests import packs

Made = tuple[Pack, Any]
LEAST = Pt(14)


@pytest.fixture(scope="module", params=list(packs.BOARDS))
def made(request: pytest.FixtureRequest) -> Made:
    pack = packs.BOARDS[request.param]().pack
    return pack, Presentation(BytesIO(slides(pack)))


@pytest.fixture(scope="module")
def six() -> Made:
    pack = packs.six().pack
    return pack, Presentation(BytesIO(slides(pack)))


def frames(slide: Any) -> Iterator[tuple[Any, Any]]:
    """Every shape or cell with text, and its text frame."""
    for shape in slide.shapes:
        if shape.has_text_frame and shape.text_frame.text:
            yield shape, shape.text_frame
        if shape.has_table:
            yield from ((cell, cell.text_frame) for row in shape.table.rows for cell in row.cells)


def tall(frame: Any, wide: float) -> float:
    """Inches that the text of a frame takes at `wide` inches."""
    total = 0.0
    for paragraph in frame.paragraphs:
        for run in paragraph.runs:
            size, bold = run.font.size.pt, bool(run.font.bold)
            total += measure.height([run.text], wide, size=size, bold=bold)
        total += (paragraph.space_before or 0) / Inches(1)
    return total


def charts(deck: Any) -> list[Any]:
    return [shape for slide in deck.slides for shape in slide.shapes if shape.has_chart]


def series(chart: Any) -> dict[str, tuple[float | None, ...]]:
    return {one.name: tuple(one.values) for one in chart.plots[0].series}


def test_the_deck_is_16_to_9_and_says_its_title_and_language(made: Made) -> None:
    pack, deck = made
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, abs=0.001)
    assert deck.core_properties.title == pack.title
    assert deck.core_properties.language == "en-GB"
    assert [layout.name for layout in deck.slide_layouts] == ["Heard page"]


def test_each_page_has_its_title_in_the_title_placeholder_and_no_two_are_alike_but_by_name(six: Made) -> None:
    pack, deck = six
    titles = [slide.shapes.title.text for slide in deck.slides]
    words = [[page] if page else [] for page in (pack.comparison, pack.method)]
    pages = [pack.front, pack.grid, *pack.exhibits, *words[0], *pack.listings, *words[1]]
    assert titles == [page.title for page in pages]
    assert len(set(titles)) == len(titles)


def test_there_are_as_many_slides_as_pages(made: Made) -> None:
    pack, deck = made
    assert len(deck.slides) == pack.pages


def test_the_charts_hold_the_figures_of_their_courses(made: Made) -> None:
    pack, deck = made
    assert len(charts(deck)) == len(pack.exhibits)
    for page, shape in zip(pack.exhibits, charts(deck), strict=True):
        steps, found = page.course.steps, series(shape.chart)
        assert found[VALUE] == tuple(step.value for step in steps)
        assert found[MEAN] == tuple(step.centre for step in steps)
        assert found[UPPER] == tuple(step.upper for step in steps)
        assert found[LOWER] == tuple(step.lower for step in steps)
        for name, kind in ((CONCERN, "special_cause_concern"), (IMPROVEMENT, "special_cause_improvement")):
            special = tuple(step.value if step.point_type == kind else None for step in steps)
            assert found.get(name, (None,) * len(steps)) == special


def test_a_chart_can_be_edited_for_its_worksheet_is_in_the_file(six: Made) -> None:
    pack, deck = six
    book = load_workbook(BytesIO(charts(deck)[0].chart.part.chart_workbook.xlsx_part.blob))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0][1:5] == (VALUE, MEAN, UPPER, LOWER)
    assert [row[1] for row in rows[1:]] == [step.value for step in pack.exhibits[0].course.steps]
    assert rows[1][0].date() == pack.exhibits[0].course.steps[0].span.first.monday


def test_special_causes_are_markers_without_a_line_and_differ_in_shape(six: Made) -> None:
    plot = charts(six[1])[-1].chart.plots[0]
    special = [one for one in plot.series if one.name in (CONCERN, IMPROVEMENT)]
    assert len(special) == 2
    assert len({one.marker.style for one in special}) == 2
    assert all(one.format.line.fill.type is not None for one in special)
    assert all(one._element.find(".//{*}spPr/{*}ln/{*}noFill") is not None for one in special)


def test_the_axis_shows_the_range_that_matters_in_whole_per_cent_and_dates_are_thinned(six: Made) -> None:
    for page, shape in zip(six[0].exhibits, charts(six[1]), strict=True):
        values, dates = shape.chart.value_axis, shape.chart.category_axis
        low, high, unit = axis(page.course)
        assert (values.minimum_scale, values.maximum_scale, values.major_unit) == (low, high, unit)
        assert all(low <= step.value <= high for step in page.course.steps if step.value is not None)
        months = int(dates._element.find("{*}majorUnit").get("val"))
        assert len(page.course.steps) * page.course.step_weeks * 7 / 30.4 / months <= 6
        assert dates.tick_labels.number_format == "mmm yyyy"


def test_a_mark_is_a_vertical_line_with_its_name_and_its_day_under_the_chart(six: Made) -> None:
    page = next(at for at, page in enumerate(six[0].exhibits) if page.course.marks)
    plot = charts(six[1])[page].chart.plots[0]
    marks = next(one for one in plot.series if one.name == MARKS)
    assert sum(value is not None for value in marks.values) == 3  # two marks, and where the level changed
    assert "Since 27\u00a0Apr" in etree.tostring(marks._element, encoding="unicode")
    assert marks._element.find("{*}errBars") is not None
    assert "Strike" in etree.tostring(marks._element, encoding="unicode")
    text = " ".join(frame.text for _, frame in frames(six[1].slides[2 + page]))
    assert "Marked: Strike, 8\u00a0September 2025; New contract, 20\u00a0April 2026." in text


def test_every_picture_chart_and_table_says_what_it_shows(made: Made) -> None:
    for slide in made[1].slides:
        for shape in slide.shapes:
            if shape.shape_type is not None and shape.is_placeholder:
                continue
            if shape.has_chart or shape.has_table or hasattr(shape, "image"):
                assert shape._element.xpath(".//p:cNvPr")[0].get("descr"), shape.name


def test_what_is_only_background_is_marked_as_decoration(six: Made) -> None:
    behind = [shape for slide in six[1].slides for shape in slide.shapes if shape.name == "Background"]
    assert behind
    assert all("decorative" in etree.tostring(shape._element, encoding="unicode") for shape in behind)


def test_no_text_is_smaller_than_14_points(made: Made) -> None:
    for slide in made[1].slides:
        for shape, frame in frames(slide):
            for run in (run for paragraph in frame.paragraphs for run in paragraph.runs):
                assert run.font.size >= LEAST, (getattr(shape, "name", "cell"), run.text)
    for shape in charts(made[1]):
        assert shape.chart.font.size >= LEAST


def test_no_text_runs_over_its_shape_or_off_the_sheet(made: Made) -> None:
    _, deck = made
    for number, slide in enumerate(deck.slides, 1):
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= deck.slide_width
            assert shape.top + shape.height <= deck.slide_height
            if shape.has_text_frame and shape.text_frame.text and not shape.is_placeholder:
                high = tall(shape.text_frame, shape.width / Inches(1))
                assert high <= shape.height / Inches(1) + 0.02, (number, shape.text_frame.text)
                assert shape.top / Inches(1) + high <= sheet.BOTTOM + 0.06, (number, shape.text_frame.text)


def test_no_cell_of_a_table_is_higher_than_its_row(made: Made) -> None:
    tables = [shape.table for slide in made[1].slides for shape in slide.shapes if shape.has_table]
    for table in tables:
        for row in table.rows:
            for cell, column in zip(row.cells, table.columns, strict=True):
                wide = (column.width - cell.margin_left - cell.margin_right) / Inches(1)
                around = (cell.margin_top + cell.margin_bottom) / Inches(1)
                assert tall(cell.text_frame, wide) + around <= row.height / Inches(1) + 0.02, cell.text


def test_no_text_lies_on_other_text(made: Made) -> None:
    for number, slide in enumerate(made[1].slides, 1):
        places = []
        for shape in slide.shapes:
            left, top, wide = (side / Inches(1) for side in (shape.left, shape.top, shape.width))
            high = shape.height / Inches(1)
            if shape.has_text_frame and shape.text_frame.text:
                high = high if shape.is_placeholder else tall(shape.text_frame, wide)
            elif not (shape.has_chart or shape.has_table):
                continue
            places.append((shape.name, left, top, left + wide, top + high))
        for one, other in combinations(places, 2):
            apart = (
                one[3] <= other[1] + 0.02
                or other[3] <= one[1] + 0.02
                or one[4] <= other[2] + 0.02
                or other[4] <= one[2] + 0.02
            )
            assert apart, (number, one, other)


def test_the_tables_have_header_rows_and_the_grid_a_header_column(six: Made) -> None:
    tables = [shape.table for slide in six[1].slides for shape in slide.shapes if shape.has_table]
    assert all(table.first_row for table in tables)
    assert tables[0].first_col
    assert [cell.text for cell in tables[0].rows[0].cells][1:] == [
        "Pass target",
        "Hit and miss",
        "Fail target",
        "No target",
    ]


def test_a_screen_reader_meets_the_title_first_and_footer_and_number_last(made: Made) -> None:
    for number, slide in enumerate(made[1].slides, 1):
        shapes = list(slide.shapes)
        assert shapes[0] == slide.shapes.title
        assert "Source: Heard" in shapes[-2].text_frame.text
        assert shapes[-1]._element.find(".//{*}fld").get("type") == "slidenum"
        assert number


def test_two_decks_of_one_pack_hold_the_same(six: Made) -> None:
    again = Presentation(BytesIO(slides(six[0])))
    for one, other in zip(six[1].slides, again.slides, strict=True):
        assert etree.tostring(one._element) == etree.tostring(other._element)
