"""The icons of variation and assurance that boards know from NHS England's 'Making Data Count'."""

from __future__ import annotations

from functools import cache

from survey.domain.findings import Course, Finding
from survey.presenters import finding_words, words
from survey.presenters.picture import png
from survey.resources import folder

SIDE = 378  # pixels, of the shipped drawings


def variation(course: Course) -> str:
    """The SVG of a course's variation; an empty ring while there is too little to judge by."""
    return svg(f"variation_{course.variation}" if course.variation else "assurance_empty")


def assurance(course: Course) -> str:
    """The SVG of a course's assurance; an empty ring without a target."""
    short = {"consistent_pass": "pass", "consistent_fail": "fail", "inconsistent": "inconsistent"}
    return svg(f"assurance_{short[course.assurance]}" if course.assurance else "assurance_empty")


def name_of_finding(finding: Finding) -> str:
    """'variation_concern_low': which icon a finding has, by where its level went and not its newest point."""
    return f"variation_{finding.direction}_{'high' if finding_words.rises(finding) else 'low'}"


def name_of_level(course: Course) -> str:
    """The icon of a course without a finding: its level has not changed, or it cannot be judged by itself."""
    return "variation_common_cause" if words.is_judged(course) else "assurance_empty"


@cache
def svg(name: str) -> str:
    """A shipped icon."""
    return (folder("templates") / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@cache
def picture(name: str, side: int) -> bytes:
    """A shipped icon as PNG, `side` pixels at two pixels to the point."""
    return png(svg(name), scale=2 * side / SIDE)
