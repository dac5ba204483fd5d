"""Text made to fit its place: titles of two lines, columns of sections, lists that end in 'and 7 more'."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from survey.presenters import measure, sheet
from survey.presenters.pack_words import Section

TEXT_SIZES = (18, 16, 15, 14)
WIDEST_GAP = 0.4
HEADING_ROOM, SECTION_GAP, LINE_GAP = 0.05, 0.2, 0.08  # inches under a heading, a section, a paragraph


def title(write: Callable[[str], str], name: str = "") -> tuple[str, int]:
    """`write(name)` and the largest size at which it takes two lines; the name is cut where none does."""
    for size in sheet.TITLE_SIZES:
        if is_title(write(name), size):
            return write(name), size
    smallest = sheet.TITLE_SIZES[-1]
    room = min(sheet.ROOM, measure.width(name, size=smallest, bold=True))
    while room > 1:
        room -= 0.25
        said = write(measure.shortened(name, room, size=smallest, bold=True))
        if is_title(said, smallest):
            return said, smallest
    return measure.shortened(said, 1.9 * sheet.ROOM, size=smallest, bold=True), smallest


def sections(
    found: Sequence[Section], *, width: float, height: float, sizes: Sequence[int] = TEXT_SIZES
) -> tuple[tuple[Section, ...], int]:
    """The sections and the largest size at which they fit; last paragraphs go where none does."""
    kept = tuple(found)
    while True:
        for size in sizes:
            if sections_height(kept, width, size=size) <= height:
                return kept, size
        longest = max(kept, key=lambda one: len(one.lines))
        if len(longest.lines) < 2:
            return kept, sizes[-1]
        shorter = replace(longest, lines=longest.lines[:-1])
        kept = tuple(shorter if one is longest else one for one in kept)


def spread(found: Sequence[Section], *, width: float, height: float, size: float) -> float:
    """Inches between sections: a little more where the column has room left."""
    spare = height - sections_height(found, width, size=size)
    return min(SECTION_GAP + max(spare, 0.0) / max(len(found) - 1, 1), WIDEST_GAP)


def sections_height(found: Sequence[Section], width: float, *, size: float) -> float:
    """Inches that sections take one under another."""
    return sum(
        measure.height([one.heading], width, size=size, bold=True)
        + HEADING_ROOM
        + measure.height(one.lines, width, size=size)
        + LINE_GAP * (len(one.lines) - 1)
        for one in found
    ) + SECTION_GAP * (len(found) - 1)


def is_title(text: str, size: int) -> bool:
    """Whether `text` takes two lines at most at `size` points."""
    return len(measure.wrapped(text, sheet.ROOM, size=size, bold=True)) <= 2
