"""A board pack as PDF/UA: the same pages as the slides, set by Typst in the shipped font alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import typst

from survey.presenters import chart, fitting, front, measure, service_table, sheet
from survey.presenters import grid as grids
from survey.presenters.grid import Grid
from survey.presenters.pack_pages import Columns, Exhibit, Front, GridPage, Listing, Pack
from survey.presenters.pack_words import Section
from survey.presenters.service_table import Table
from survey.resources import folder

POINTS_A_PIXEL = 7 / 6  # of charts: their labels of 12 pixels are 14 points on paper
HEIGHT = sheet.BOTTOM - sheet.TOP
UNDER_SUBTITLE = HEIGHT - sheet.SUBTITLE_HIGH


def paper(pack: Pack) -> bytes:
    """The whole PDF; Typst itself refuses to make one that a screen reader could not read."""
    templates = folder("templates")
    return typst.compile(
        str(templates / "pack" / "pack.typ"),
        root=str(templates),
        font_paths=[str(measure.fonts())],
        ignore_system_fonts=True,
        sys_inputs={"pack": json.dumps(content(pack))},
        pdf_standards=["ua-1"],
    )


def content(pack: Pack) -> dict[str, Any]:
    """What the template sets: texts, sizes, inches; no figure is made there."""
    pages = [
        _front(pack.front),
        _grid(pack.grid),
        *(_exhibit(page) for page in pack.exhibits),
        *([] if pack.comparison is None else [_columns(pack.comparison)]),
        *(_listing(page) for page in pack.listings),
        *([] if pack.method is None else [_columns(pack.method)]),
    ]
    return {"title": pack.title, "footer": pack.footer, "sheet": _sheet(), "pages": pages}


def _sheet() -> dict[str, Any]:
    names = (name for name in vars(sheet) if name.isupper())
    return {name.lower(): getattr(sheet, name) for name in names}


def _front(page: Front) -> dict[str, Any]:
    width = sheet.ASIDE - 2 * front.PANEL_PAD
    return {
        **_headed("front", page),
        "subtitle": page.subtitle,
        "changes": [asdict(change) for change in page.changes],
        "size": page.changes_size,
        "gap": page.gap,
        "more": page.more,
        "figures": page.figures,
        "asked": _sections(page.asked, size=page.asked_size, width=width, height=0.0),
        "subtitle_size": front.SUBTITLE,
        "top": front.TOP,
        "detail_gap": front.DETAIL_GAP,
        "detail_smaller": front.DETAIL_SMALLER,
        "icon": front.ICON,
        "indent": front.INDENT,
        "pad": front.PANEL_PAD,
        "figure_high": front.FIGURE_HIGH,
    }


def _grid(page: GridPage) -> dict[str, Any]:
    return {**_headed("grid", page), "subtitle": page.subtitle, "note": page.note, "grid": _cells(page.grid)}


def _cells(grid: Grid) -> dict[str, Any]:
    return {
        "widths": [grids.LABEL, *(column.width for column in grid.columns)],
        "heights": [grids.HEAD, *(band.height for band in grid.bands)],
        "columns": [{"label": one.label, "icon": grids.icon_of_column(one.key)} for one in grid.columns],
        "bands": [
            {
                "label": band.label,
                "icon": grids.icon_of_row(band.key),
                "cells": [{"count": str(cell.count), "names": cell.names} for cell in band.cells],
            }
            for band in grid.bands
        ],
        "size": grids.SIZE,
        "count_size": grids.COUNT_SIZE,
        "icon": grids.ICON,
        "pad": grids.PAD,
    }


def _exhibit(page: Exhibit) -> dict[str, Any]:
    below = sheet.SUBTITLE_HIGH if page.marks else 0.0
    size = (72 * sheet.MAIN / POINTS_A_PIXEL, 72 * (UNDER_SUBTITLE - below) / POINTS_A_PIXEL)
    return {
        **_headed("exhibit", page),
        "subtitle": page.subtitle,
        "chart": chart.draw(page.course, size=size, finding=page.finding, heading=False),
        "alt": page.alt,
        "marks": page.marks,
        "sections": _sections(page.sections, size=page.sections_size, width=sheet.ASIDE, height=HEIGHT),
    }


def _listing(page: Listing) -> dict[str, Any]:
    pad = front.PANEL_PAD
    notes = _sections(page.notes, size=page.notes_size, width=sheet.ASIDE - 2 * pad, height=HEIGHT - 2 * pad)
    return {
        **_headed("listing", page),
        "subtitle": page.subtitle,
        "table": _rows(page.table),
        "notes": notes if page.notes else None,
        "under": _sections(page.under, size=14, width=sheet.MAIN, height=0.0) if page.under else None,
        "under_top": sheet.TOP + sheet.SUBTITLE_HIGH + 0.06 + page.table.height + 0.24,
        "pad": pad,
    }


def _rows(table: Table) -> dict[str, Any]:
    return {
        "columns": [
            {
                "name": name,
                "width": width,
                "right": name in service_table.FIGURES,
                "icons": name in service_table.ICONS,
            }
            for name, width in table.columns
        ],
        "head": table.head,
        "rows": [asdict(row) for row in table.rows],
        "size": service_table.SIZE,
        "icon": service_table.ICON,
        "pad": service_table.PAD,
    }


def _columns(page: Columns) -> dict[str, Any]:
    width = sheet.HALF
    left, right = (
        _sections(side, size=page.size, width=width, height=HEIGHT) for side in (page.left, page.right)
    )
    return {**_headed("columns", page), "left": left, "right": right, "width": width}


def _headed(kind: str, page: Front | GridPage | Exhibit | Listing | Columns) -> dict[str, Any]:
    return {"kind": kind, "title": page.title, "title_size": page.title_size}


def _sections(found: Sequence[Section], *, size: int, width: float, height: float) -> dict[str, Any]:
    return {
        "sections": [asdict(section) for section in found],
        "size": size,
        "between": fitting.spread(found, width=width, height=height, size=size),
        "under_heading": fitting.HEADING_ROOM,
        "line_gap": fitting.LINE_GAP,
    }
