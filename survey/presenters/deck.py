"""An empty 16:9 deck in the house's look: one master, one layout with title, footer and page number."""

from __future__ import annotations

import re
from copy import deepcopy
from io import BytesIO
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches, Pt

from survey.presenters import sheet

_THEME = {
    "dk2": sheet.DARK,
    "lt2": sheet.GROUND,
    "accent1": sheet.BLUE,
    "accent2": sheet.CONCERN,
    "accent3": sheet.IMPROVEMENT,
    "accent4": sheet.COMMON,
    "accent5": sheet.GREY,
    "accent6": sheet.LINE,
}


def empty(*, title: str, author: str) -> Any:
    """A presentation without slides, its metadata and language set."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(sheet.WIDE), Inches(sheet.HIGH)
    deck.core_properties.title, deck.core_properties.author = title, author
    deck.core_properties.language = "en-GB"
    deck.core_properties.comments = ""
    _keep_one_layout(deck)
    _recolour(deck.slide_master)
    _lay_out(deck.slide_master)
    return deck


def page(deck: Any, *, title: str, size: int, footer: str) -> Any:
    """Add a slide with its title, footer and number in the layout's placeholders."""
    layout = deck.slide_layouts[0]
    slide = deck.slides.add_slide(layout)
    slide.shapes.title.text = title
    run = slide.shapes.title.text_frame.paragraphs[0].runs[0]
    run.font.size = Pt(size)
    run._r.get_or_add_rPr().set("lang", "en-GB")
    for held in layout.placeholders:
        kind = held.placeholder_format.type
        if kind in (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER):
            slide.shapes._spTree.append(deepcopy(held._element))
            if kind == PP_PLACEHOLDER.FOOTER:
                write(slide.shapes[-1].text_frame.paragraphs[0], footer, size=14, hue=sheet.GREY)
    return slide


def finish(slide: Any) -> None:
    """Put footer and number last, for a screen reader reads shapes in their order in the file."""
    tree = slide.shapes._spTree
    for shape in [one for one in slide.placeholders if one != slide.shapes.title]:
        tree.remove(shape._element)
        tree.append(shape._element)


def write(paragraph: Any, text: str, *, size: int, bold: bool = False, hue: str = sheet.INK) -> None:
    """One run of text, its language British English."""
    run = paragraph.add_run()
    run.text = text
    run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, colour(hue)
    run._r.get_or_add_rPr().set("lang", "en-GB")


def picture(slide: Any, png: bytes, place: tuple[float, float, float], *, alt: str) -> None:
    """A square picture at (left, top, side) in inches."""
    left, top, side = (Inches(value) for value in place)
    shape = slide.shapes.add_picture(BytesIO(png), left, top, side, side)
    shape.name = f"Icon: {alt}"
    shape._element.nvPicPr.cNvPr.set("descr", alt)


def decorative(shape: Any) -> None:
    """Let screen readers pass over it, in PowerPoint's own way."""
    shape._element.nvSpPr.cNvPr.append(
        parse_xml(
            f'<a:extLst {nsdecls("a")}><a:ext uri="{{C183D7F6-B498-43B3-948B-1728B52AA6E4}}">'
            '<adec:decorative xmlns:adec="http://schemas.microsoft.com/office/drawing/2017/decorative" '
            'val="1"/></a:ext></a:extLst>'
        )
    )


def colour(hex_: str) -> RGBColor:
    """An RGB colour of python-pptx."""
    found: RGBColor = RGBColor.from_string(hex_)  # type: ignore[no-untyped-call]
    return found


def _keep_one_layout(deck: Any) -> None:
    kept = next(layout for layout in deck.slide_layouts if layout.name == "Title Only")
    for layout in [one for one in deck.slide_layouts if one is not kept]:
        deck.slide_layouts.remove(layout)
    kept._element.cSld.set("name", "Heard page")
    for held in [one for one in kept.placeholders if one.placeholder_format.type == PP_PLACEHOLDER.DATE]:
        held._element.getparent().remove(held._element)


def _recolour(master: Any) -> None:
    theme = next(rel.target_part for rel in master.part.rels.values() if rel.reltype.endswith("/theme"))
    text = theme.blob.decode()
    for name, value in _THEME.items():
        text = re.sub(rf"(<a:{name}>)<a:srgbClr val=\"\w+\"/>", rf'\1<a:srgbClr val="{value}"/>', text)
    text = re.sub(r"(<a:(?:major|minor)Font>\s*<a:latin typeface=)\"[^\"]*\"", rf'\1"{sheet.FONT}"', text)
    theme._blob = text.encode()


def _lay_out(master: Any) -> None:
    places = {
        PP_PLACEHOLDER.TITLE: (sheet.MARGIN, sheet.TITLE_TOP, sheet.ROOM, sheet.TITLE_HIGH),
        PP_PLACEHOLDER.BODY: (sheet.MARGIN, sheet.TOP, sheet.ROOM, sheet.BOTTOM - sheet.TOP),
        PP_PLACEHOLDER.FOOTER: (sheet.MARGIN, sheet.FOOT, sheet.ROOM - 1, sheet.FOOT_HIGH),
        PP_PLACEHOLDER.SLIDE_NUMBER: (sheet.WIDE - sheet.MARGIN - 0.9, sheet.FOOT, 0.9, sheet.FOOT_HIGH),
    }
    for held in list(master.placeholders):
        kind = held.placeholder_format.type
        if kind not in places:
            held._element.getparent().remove(held._element)
            continue
        held.left, held.top, held.width, held.height = (Inches(value) for value in places[kind])
        flush(held.text_frame)
        if kind != PP_PLACEHOLDER.BODY:
            _style_placeholder(held, kind)
    title = master._element.find(f".//{qn('p:titleStyle')}/{qn('a:lvl1pPr')}")
    title.set("algn", "l")
    properties = title.find(qn("a:defRPr"))
    properties.set("sz", "2800")
    properties.set("b", "1")
    properties.find(f".//{qn('a:schemeClr')}").set("val", "tx2")


def _style_placeholder(held: Any, kind: Any) -> None:
    frame = held.text_frame
    if kind == PP_PLACEHOLDER.TITLE:
        # One line or two, the title stands on what it heads.
        frame.vertical_anchor = MSO_ANCHOR.BOTTOM
        return
    level = held._element.find(f".//{qn('a:lvl1pPr')}")
    level.set("algn", "l" if kind == PP_PLACEHOLDER.FOOTER else "r")
    properties = level.find(qn("a:defRPr"))
    properties.set("sz", "1400")
    for old in list(properties):
        properties.remove(old)
    fill = properties.makeelement(qn("a:solidFill"), {})
    fill.append(fill.makeelement(qn("a:srgbClr"), {"val": sheet.GREY}))
    properties.append(fill)
    frame.paragraphs[0].alignment = PP_ALIGN.LEFT if kind == PP_PLACEHOLDER.FOOTER else PP_ALIGN.RIGHT


def flush(frame: Any) -> None:
    """No margins and no automatic fit: the room was measured."""
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    for fit in frame._txBody.bodyPr:
        frame._txBody.bodyPr.remove(fit)
