"""The tables of a deck: native, with header rows, and icons laid over the room that their cells leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches, Pt

from survey.presenters import deck, icons, service_table, sheet
from survey.presenters import grid as grids
from survey.presenters.grid import Grid
from survey.presenters.service_table import Table

_PLAIN = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # PowerPoint's 'No style, no grid'


def grid(slide: Any, found: Grid, *, top: float) -> None:
    """Variation × assurance, with counts and names in the cells."""
    heights = [grids.HEAD, *(band.height for band in found.bands)]
    widths = [grids.LABEL, *(column.width for column in found.columns)]
    frame, table = _table(slide, widths, heights, top=top)
    table.first_col = True
    _describe(frame, "Variation by assurance", "Services by variation (rows) and assurance (columns)")
    _cell(table.cell(0, 0), ["Variation and assurance"], bold=True)
    for at, column in enumerate(found.columns, 1):
        cell = table.cell(0, at)
        _cell(
            cell,
            [column.label],
            bold=True,
            top=grids.ICON + 0.02 if grids.icon_of_column(column.key) else 0.0,
        )
        cell.vertical_anchor = MSO_ANCHOR.BOTTOM
    for row, band in enumerate(found.bands, 1):
        _cell(table.cell(row, 0), [band.label], bold=True, left=grids.ICON + 0.2)
        for at, cell in enumerate(band.cells, 1):
            _counted(table.cell(row, at), cell)
    _grid_icons(slide, found, widths, top=top)


def _counted(cell: Any, found: grids.Cell) -> None:
    hue = sheet.INK if found.count else sheet.GREY
    _cell(cell, [str(found.count), *found.names])
    cell.vertical_anchor = MSO_ANCHOR.TOP
    font = cell.text_frame.paragraphs[0].runs[0].font
    font.size, font.bold, font.color.rgb = Pt(grids.COUNT_SIZE), bool(found.count), deck.colour(hue)
    if found.count:
        _fill(cell, sheet.GROUND)


def _grid_icons(slide: Any, found: Grid, widths: Sequence[float], *, top: float) -> None:
    left = sheet.MARGIN + widths[0]
    for column in found.columns:
        if (name := grids.icon_of_column(column.key)) is not None:
            _icon(slide, name, (left + grids.PAD - 0.04, top + 0.08, grids.ICON), alt=column.label)
        left += column.width
    down = top + grids.HEAD
    for band in found.bands:
        place = (sheet.MARGIN + 0.04, down + (band.height - grids.ICON) / 2, grids.ICON)
        _icon(slide, grids.icon_of_row(band.key), place, alt=band.label)
        down += band.height


def services(slide: Any, found: Table, *, top: float) -> None:
    """The table of services, an icon before each word of variation and assurance."""
    heights = [found.head, *(row.height for row in found.rows)]
    frame, table = _table(slide, [width for _, width in found.columns], heights, top=top)
    _describe(frame, "Services", "The latest result of each service, its answers and its variation")
    names = [name for name, _ in found.columns]
    for at, name in enumerate(names):
        _cell(table.cell(0, at), [name], bold=True, right=name in service_table.FIGURES, hue=sheet.DARK)
    for row, one in enumerate(found.rows, 1):
        for at, (name, lines) in enumerate(zip(names, one.cells, strict=True)):
            indent = service_table.ICON + 0.06 if name in service_table.ICONS else 0.0
            cell = table.cell(row, at)
            _cell(cell, lines, left=indent, right=name in service_table.FIGURES)
            cell.text_frame.paragraphs[0].runs[0].font.bold = name == "Service"
    _row_icons(slide, found, top=top)


def _row_icons(slide: Any, found: Table, *, top: float) -> None:
    first = len(found.columns) - len(found.rows[0].icons)
    down = top + found.head
    for row in found.rows:
        for at, name in enumerate(row.icons, first):
            left = sheet.MARGIN + sum(width for _, width in found.columns[:at]) + service_table.PAD - 0.03
            if name:
                place = (left, down + (row.height - service_table.ICON) / 2, service_table.ICON)
                _icon(slide, name, place, alt=row.cells[at][0])
        down += row.height


def _table(slide: Any, widths: Sequence[float], heights: Sequence[float], *, top: float) -> tuple[Any, Any]:
    place = (Inches(value) for value in (sheet.MARGIN, top, sum(widths), sum(heights)))
    frame = slide.shapes.add_table(len(heights), len(widths), *place)
    table = frame.table
    table.first_row, table.horz_banding = True, False
    table._tbl.tblPr.find(qn("a:tableStyleId")).text = _PLAIN
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Inches(width)
    for row, height in zip(table.rows, heights, strict=True):
        row.height = Inches(height)
    return frame, table


def _cell(
    cell: Any,
    lines: Sequence[str],
    *,
    bold: bool = False,
    left: float = 0.0,
    top: float = 0.0,
    right: bool = False,
    hue: str = sheet.INK,
) -> None:
    cell.margin_left, cell.margin_right = Inches(grids.PAD - 0.02 + left), Inches(grids.PAD - 0.02)
    cell.margin_top, cell.margin_bottom = Inches(0.04 + top), Inches(0.04)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    frame = cell.text_frame
    for at, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
        deck.write(paragraph, line, size=service_table.SIZE, bold=bold, hue=hue)
    _rule(cell)


def _rule(cell: Any) -> None:
    """A thin line under the cell; schema order wants borders before fills."""
    line = parse_xml(
        f"<a:lnB {nsdecls('a')} w='9525'><a:solidFill><a:srgbClr val='{sheet.LINE}'/></a:solidFill></a:lnB>"
    )
    cell._tc.get_or_add_tcPr().insert(0, line)


def _fill(cell: Any, hue: str) -> None:
    cell.fill.solid()
    cell.fill.fore_color.rgb = deck.colour(hue)


def _describe(frame: Any, name: str, alt: str) -> None:
    frame.name = name
    frame._element.nvGraphicFramePr.cNvPr.set("descr", alt)


def _icon(slide: Any, name: str, place: tuple[float, float, float], *, alt: str) -> None:
    deck.picture(slide, icons.picture(name, 96), place, alt=alt)
