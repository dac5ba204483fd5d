"""The sheet that a board pack is drawn on: its size, margins, type and colours; inches and points."""

from __future__ import annotations

WIDE, HIGH, MARGIN = 13.333, 7.5, 0.6  # 16:9
ROOM = WIDE - 2 * MARGIN
TITLE_TOP, TITLE_HIGH = 0.38, 1.0  # two lines at 28 pt
TOP, BOTTOM = 1.55, 6.75  # the body of a page
FOOT, FOOT_HIGH = 6.92, 0.36

FONT = "Arial"
DARK, BLUE, GREY, LINE, GROUND = "003087", "005EB8", "425563", "AEB7BD", "F0F4F5"
CONCERN, IMPROVEMENT, COMMON, INK = "ED8B00", "0072CE", "768692", "212B32"
NEUTRAL = "330072"

TITLE_SIZES = (28, 26, 24)
ASIDE = 3.95  # the right column
GUTTER = 0.35
MAIN = ROOM - ASIDE - GUTTER  # the left column: a chart, a list, a table
BETWEEN = 0.6  # two columns of words of one width
HALF = (ROOM - BETWEEN) / 2
SUBTITLE, SUBTITLE_HIGH = 14, 0.32
