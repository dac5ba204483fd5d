"""What the watch over courses can and cannot do, in sentences: its guarantee, its patience, the seasons."""

from __future__ import annotations

from math import isfinite

from survey.domain.findings import Season, Sensitivity
from survey.presenters.figures import SPACE, between, counted, moved, percent, points

GUARANTEE = (
    "With a steady level and independent answers, at most one false deterioration alert per pathway and "
    "question comes in ten years on average, however often one looks."
)
NOT_COVERED = (
    "That does not cover seasons, slow drift, or one person answering often. After a year, compare with the "
    "same season."
)
SIGNAL = (
    "A change is told when a test made for looking every week says that a level is no longer what it was "
    "before. The test starts with the 13th result."
)
COLOURS = (
    "Coloured points on charts are unusual by the rules of NHS England’s ‘Making Data Count’. Such a point "
    "is worth a look; it is not yet a change of level, and some come by chance."
)
_A_MONTH = 52 / 12  # weeks
_YEARS = {12: "a year", 18: "a year and a half", 24: "two years"}


def of_many(watched: int) -> str:
    """What a reader of many courses must expect; '' for one, of which the guarantee says it all.

    So strong must the evidence be that is told to a reader of many: analysis.signals.threshold.
    """
    if watched < 2:
        return ""
    many = "less than" if watched < 10 else "about"
    return (
        f"Of the {watched:,} courses watched for this e-mail, {many} one false deterioration alert a year is "
        "to be expected in all."
    )


def season(one: Season) -> str:
    """The newest quarter beside the same weeks a year before."""
    weeks = counted(one.span.weeks, "week")
    levels = f"{percent(one.value)} now, {percent(one.was)} then"
    change = f"{moved(one.value - one.was)}; likely {between(one.low, one.high)}"
    said = f"Compared with the same {weeks} a year before: {levels} ({change})"
    return f"{said}, which is no clear difference." if one.low <= 0 <= one.high else f"{said}."


def sensitivity(one: Sensitivity) -> str:
    """How long a change for the worse takes to show."""
    answers = "under 1" if one.answers_a_week < 1 else f"about {round(one.answers_a_week):,}"
    noun = "answer" if round(one.answers_a_week) <= 1 else "answers"
    change = f"a {one.direction} of {points(one.change)}"
    return f"With {answers}{SPACE}{noun} a week, {change} takes {_how_long(one.weeks)} to show."


def _how_long(weeks: float | None) -> str:
    if weeks is None or not isfinite(weeks):
        return "longer than two years"
    if weeks < 9:
        return "about a week" if round(weeks) <= 1 else f"about {round(weeks)}{SPACE}weeks"
    months = round(weeks / _A_MONTH)
    near = next((said for months_, said in _YEARS.items() if abs(months - months_) <= 1), "")
    return f"about {near}" if near else f"about {months}{SPACE}months"
