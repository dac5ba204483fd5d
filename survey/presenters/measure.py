"""How much room text takes, measured with the shipped font: what fits is decided before a page is made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from PIL import ImageFont

from survey.domain.errors import Misconfigured
from survey.resources import folder

LEADING = 1.2  # height of a line over its size, as PowerPoint sets Arial
SPARE = 0.97  # of a line's width: PowerPoint, LibreOffice and Typst round differently


def fonts() -> Path:
    """The folder of shipped fonts: the widths of Arial, so that slides in Arial and PDF break alike."""
    return folder("templates") / "fonts"


def width(text: str, *, size: float, bold: bool = False) -> float:
    """Inches that `text` takes on one line at `size` points."""
    return _face(bold).getlength(text) * size / 1000 / 72


def wrapped(text: str, room: float, *, size: float, bold: bool = False) -> list[str]:
    """The lines that `text` breaks into within `room` inches; a word wider than a line is broken too."""
    lines = [""]
    for word in re.split(r"[ \n]+", text):  # not at a no-break space
        for piece in _pieces(word, room * SPARE, size=size, bold=bold):
            longer = f"{lines[-1]} {piece}".strip()
            if width(longer, size=size, bold=bold) <= room * SPARE:
                lines[-1] = longer
            else:
                lines.append(piece)
    return [line for line in lines if line]


def height(paragraphs: Sequence[str], room: float, *, size: float, bold: bool = False) -> float:
    """Inches that paragraphs take within `room` inches, without space between them."""
    return sum(len(wrapped(one, room, size=size, bold=bold)) for one in paragraphs) * size * LEADING / 72


def shortened(text: str, room: float, *, size: float, bold: bool = False) -> str:
    """`text`, cut with … where it is wider than `room` inches."""
    if width(text, size=size, bold=bold) <= room * SPARE:
        return text
    kept = text
    while kept and width(kept + "…", size=size, bold=bold) > room * SPARE:
        kept = kept[:-1].rstrip(" ,–-(")
    return kept + "…"


def _pieces(word: str, room: float, *, size: float, bold: bool) -> list[str]:
    pieces = [word]
    while width(pieces[-1], size=size, bold=bold) > room and len(pieces[-1]) > 1:
        long = pieces.pop()
        fits = (n for n in range(len(long) - 1, 1, -1) if width(long[:n], size=size, bold=bold) <= room)
        cut = next(fits, 1)
        pieces += [long[:cut], long[cut:]]
    return pieces


@cache
def _face(bold: bool) -> ImageFont.FreeTypeFont:
    found = sorted(fonts().glob("Liberation*-Bold.ttf" if bold else "Liberation*-Regular.ttf"))
    if not found:
        raise Misconfigured(f"the shipped font is missing from {fonts()}; install heard-survey again")
    return ImageFont.truetype(str(found[0]), 1000)
