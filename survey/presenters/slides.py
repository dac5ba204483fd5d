"""A board pack as PowerPoint: native tables and charts that can be edited, read out in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from survey.domain.findings import Mark
from survey.presenters import (
    deck,
    fitting,
    front,
    icons,
    measure,
    native_chart,
    pack_words,
    sheet,
    slide_tables,
)
from survey.presenters.pack_pages import Change, Columns, Exhibit, Front, GridPage, Listing, Pack
from survey.presenters.pack_words import Section

Box = tuple[float, float, float, float]  # left, top, width, height in inches
RIGHT = sheet.MARGIN + sheet.MAIN + sheet.GUTTER  # where the right column begins
UNDER_SUBTITLE = sheet.TOP + sheet.SUBTITLE_HIGH


def slides(pack: Pack) -> bytes:
    """The whole deck, a PPTX file."""
    made = deck.empty(title=pack.title, author="Heard")
    _front(made, pack.front, pack.footer)
    _grid(made, pack.grid, pack.footer)
    for exhibit in pack.exhibits:
        _exhibit(made, exhibit, pack.footer)
    if pack.comparison is not None:
        _columns(made, pack.comparison, pack.footer)
    for listing in pack.listings:
        _listing(made, listing, pack.footer)
    if pack.method is not None:
        _columns(made, pack.method, pack.footer)
    written = BytesIO()
    made.save(written)
    return written.getvalue()


def _front(made: Any, page: Front, footer: str) -> None:
    slide = deck.page(made, title=page.title, size=page.title_size, footer=footer)
    _text(
        slide, page.subtitle, (sheet.MARGIN, sheet.TOP, sheet.ROOM, 0.34), size=front.SUBTITLE, hue=sheet.GREY
    )
    top = front.TOP
    for change in page.changes:
        deck.picture(slide, icons.picture(change.icon, 96), (sheet.MARGIN, top, front.ICON), alt=change.word)
        box = (sheet.MARGIN + front.INDENT, top, sheet.MAIN - front.INDENT, change.height)
        _change(slide, change, box, size=page.changes_size)
        top += change.height + page.gap
    if page.more:
        box = (sheet.MARGIN, sheet.BOTTOM - front.MORE_HIGH + 0.1, sheet.MAIN, 0.3)
        _text(slide, page.more, box, size=14, hue=sheet.GREY)
    _panel(slide, (RIGHT, front.TOP, sheet.ASIDE, front.HIGH))
    inner = (RIGHT + front.PANEL_PAD, front.TOP + front.PANEL_PAD, sheet.ASIDE - 2 * front.PANEL_PAD)
    asked = fitting.sections_height(page.asked, inner[2], size=page.asked_size)
    _sections(slide, page.asked, (*inner, asked), size=page.asked_size)
    _figures(slide, page.figures, inner)
    deck.finish(slide)


def _change(slide: Any, change: Change, box: Box, *, size: int) -> None:
    frame = _frame(slide, box)
    frame.vertical_anchor = MSO_ANCHOR.TOP if change.detail else MSO_ANCHOR.MIDDLE
    deck.write(frame.paragraphs[0], change.text, size=size, bold=change.bold)
    if change.detail:
        second = frame.add_paragraph()
        second.space_before = Pt(72 * front.DETAIL_GAP)
        deck.write(second, change.detail, size=size - front.DETAIL_SMALLER, hue=sheet.GREY)


def _figures(slide: Any, figures: Sequence[tuple[str, str]], inner: tuple[float, float, float]) -> None:
    top = sheet.BOTTOM - front.PANEL_PAD - front.FIGURE_HIGH * len(figures) + 0.08
    for large, counts in figures:
        frame = _frame(slide, (inner[0], top, inner[2], front.FIGURE_HIGH - 0.08))
        deck.write(frame.paragraphs[0], large, size=28, bold=True, hue=sheet.DARK)
        deck.write(frame.add_paragraph(), counts, size=14, hue=sheet.INK)
        top += front.FIGURE_HIGH


def _grid(made: Any, page: GridPage, footer: str) -> None:
    slide = deck.page(made, title=page.title, size=page.title_size, footer=footer)
    _subtitle(slide, page.subtitle)
    slide_tables.grid(slide, page.grid, top=UNDER_SUBTITLE + 0.06)
    if page.note:
        box = (sheet.MARGIN, sheet.BOTTOM - 0.27, sheet.ROOM, 0.3)
        _text(slide, page.note, box, size=14, hue=sheet.GREY)
    deck.finish(slide)


def _exhibit(made: Any, page: Exhibit, footer: str) -> None:
    slide = deck.page(made, title=page.title, size=page.title_size, footer=footer)
    _subtitle(slide, page.subtitle, width=sheet.MAIN)
    under = [text for text in (page.key, page.marks) if text]
    below = measure.height(under, sheet.MAIN, size=sheet.SUBTITLE) + 0.06
    high = sheet.BOTTOM - UNDER_SUBTITLE - below
    since = Mark(page.finding.since, pack_words.since(page.finding))
    course = replace(page.course, marks=(since, *page.course.marks))
    native_chart.add(slide, course, box=(sheet.MARGIN, UNDER_SUBTITLE, sheet.MAIN, high), alt=page.alt)
    frame = _frame(slide, (sheet.MARGIN, sheet.BOTTOM - below + 0.04, sheet.MAIN, below - 0.04))
    for at, text in enumerate(under):
        paragraph = frame.add_paragraph() if at else frame.paragraphs[0]
        deck.write(paragraph, text, size=sheet.SUBTITLE, hue=sheet.GREY)
    _sections(
        slide,
        page.sections,
        (RIGHT, sheet.TOP, sheet.ASIDE, sheet.BOTTOM - sheet.TOP),
        size=page.sections_size,
    )
    deck.finish(slide)


def _listing(made: Any, page: Listing, footer: str) -> None:
    slide = deck.page(made, title=page.title, size=page.title_size, footer=footer)
    _subtitle(slide, page.subtitle, width=sheet.MAIN if page.notes else sheet.ROOM)
    slide_tables.services(slide, page.table, top=UNDER_SUBTITLE + 0.06)
    if page.under:
        top = UNDER_SUBTITLE + 0.06 + page.table.height + 0.24
        _sections(slide, page.under, (sheet.MARGIN, top, sheet.MAIN, sheet.BOTTOM - top), size=14)
    if page.notes:
        _panel(slide, (RIGHT, sheet.TOP, sheet.ASIDE, sheet.BOTTOM - sheet.TOP))
        pad = front.PANEL_PAD
        box = (RIGHT + pad, sheet.TOP + pad, sheet.ASIDE - 2 * pad, sheet.BOTTOM - sheet.TOP - 2 * pad)
        _sections(slide, page.notes, box, size=page.notes_size)
    deck.finish(slide)


def _columns(made: Any, page: Columns, footer: str) -> None:
    slide = deck.page(made, title=page.title, size=page.title_size, footer=footer)
    width, high = sheet.HALF, sheet.BOTTOM - sheet.TOP
    _sections(slide, page.left, (sheet.MARGIN, sheet.TOP, width, high), size=page.size)
    _sections(
        slide, page.right, (sheet.MARGIN + width + sheet.BETWEEN, sheet.TOP, width, high), size=page.size
    )
    deck.finish(slide)


def _subtitle(slide: Any, text: str, *, width: float = sheet.ROOM) -> None:
    _text(slide, text, (sheet.MARGIN, sheet.TOP, width, 0.3), size=sheet.SUBTITLE, hue=sheet.GREY)


def _text(slide: Any, text: str, box: Box, *, size: int, hue: str = sheet.INK) -> None:
    deck.write(_frame(slide, box).paragraphs[0], text, size=size, hue=hue)


def _sections(slide: Any, found: Sequence[Section], box: Box, *, size: int) -> None:
    """Headings and paragraphs in one frame; what room is left goes between the sections."""
    frame = _frame(slide, box)
    paragraph = frame.paragraphs[0]
    gap = fitting.spread(found, width=box[2], height=box[3], size=size)
    for at, section in enumerate(found):
        paragraph.space_before = Pt(72 * gap if at else 0)
        deck.write(paragraph, section.heading, size=size, bold=True, hue=sheet.DARK)
        for place, line in enumerate(section.lines):
            paragraph = frame.add_paragraph()
            paragraph.space_before = Pt(72 * (fitting.LINE_GAP if place else fitting.HEADING_ROOM))
            deck.write(paragraph, line, size=size, hue=sheet.INK)
        if section is not found[-1]:
            paragraph = frame.add_paragraph()


def _frame(slide: Any, box: Box) -> Any:
    shape = slide.shapes.add_textbox(*(Inches(value) for value in box))
    frame = shape.text_frame
    frame.word_wrap = True
    deck.flush(frame)
    shape.name = "Text"
    return frame


def _panel(slide: Any, box: Box) -> None:
    shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *(Inches(value) for value in box))
    shape.fill.solid()
    shape.fill.fore_color.rgb = deck.colour(sheet.GROUND)
    shape.line.fill.background()
    shape._element.remove(shape._element.find(qn("p:style")))  # which brings a shadow
    shape.name = "Background"
    deck.decorative(shape)
