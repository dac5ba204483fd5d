"""SVG to PNG, the same on every server: the shipped font, no other."""

from __future__ import annotations

from io import BytesIO

import resvg_py
from PIL import Image

from survey.presenters.measure import fonts


def png(svg: str, scale: float = 2) -> bytes:
    """`svg` drawn on white; `scale` 2 for screens with two pixels to the point.

    resvg draws no text, without a word, where it finds no font: hence only the shipped one, by name.
    """
    drawn = resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=scale,
        background="#ffffff",
        skip_system_fonts=True,
        font_files=sorted(str(file) for file in fonts().glob("Liberation*.ttf")),
        font_family="Liberation Sans",
        sans_serif_family="Liberation Sans",
    )
    return _fewer_colours(bytes(drawn))


def _fewer_colours(picture: bytes) -> bytes:
    """A quarter of the bytes with no difference to the eye: a drawing has a dozen colours and their edges."""
    small = BytesIO()
    Image.open(BytesIO(picture)).convert("RGB").quantize(
        255, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
    ).save(small, "PNG", optimize=True)
    return small.getvalue()
