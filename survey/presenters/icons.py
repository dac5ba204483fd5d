"""The icons of variation and assurance that boards know from NHS England's 'Making Data Count'."""

from __future__ import annotations

from functools import cache

from survey.domain.findings import Course, Finding
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


def of_finding(finding: Finding) -> str:
    """The SVG that goes beside a finding, by its rule's side and not by the newest point."""
    return svg(name_of_finding(finding))


def name_of_finding(finding: Finding) -> str:
    """'variation_concern_low': which icon a finding has."""
    up = finding.rule.endswith(("_above", "_up")) or (
        not finding.rule and finding.before is not None and finding.after > finding.before
    )
    return f"variation_{finding.direction}_{'high' if up else 'low'}"


def name_of_course(course: Course) -> str:
    """'variation_common_cause': which icon a course has."""
    return f"variation_{course.variation}" if course.variation else "assurance_empty"


@cache
def svg(name: str) -> str:
    """A shipped icon."""
    return (folder("templates") / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@cache
def picture(name: str, side: int) -> bytes:
    """A shipped icon as PNG, `side` pixels at two pixels to the point."""
    return png(svg(name), scale=2 * side / SIDE)
