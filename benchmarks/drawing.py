"""Charts a minute: as SVG beside a parser reading them, as PNG beside the renderer alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from xml.parsers import expat

import resvg_py

from benchmarks.figures import Figure
from benchmarks.rounds import Rounds
from benchmarks.sizes import Sizes
from survey.domain.findings import Course
from survey.domain.progress import Advance
from survey.presenters import chart
from survey.presenters.measure import fonts
from survey.presenters.picture import png


def drawing(drawn: Sequence[Course], sizes: Sizes, advance: Advance) -> list[Figure]:
    """The rates of drawing and of rendering, on one core."""
    some = drawn[: sizes.charts]
    finished = [chart.draw(course) for course in some]
    as_svg, as_png = (Rounds(len(some), time.process_time) for _ in range(2))
    for _ in range(sizes.reports):
        as_svg.run(lambda: [chart.draw(course) for course in some], lambda: [_read(svg) for svg in finished])
        as_png.run(lambda: [png(svg) for svg in finished], lambda: [_resvg(svg) for svg in finished])
        advance(1)
    return [
        as_svg.rate("reports", "charts as SVG", "expat reading them", per="minute"),
        as_png.rate("reports", "SVG to PNG", "resvg alone", per="minute"),
    ]


def _read(svg: str) -> object:
    return expat.ParserCreate().Parse(svg, True)


def _resvg(svg: str) -> object:
    files = [str(file) for file in fonts().glob("*.ttf")]
    return resvg_py.svg_to_bytes(
        svg_string=svg, zoom=2, skip_system_fonts=True, font_files=files, sans_serif_family="Liberation Sans"
    )
