"""Gallery: the chart of every course as a file of its own, by a name that stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from survey.domain.findings import Course, Finding
from survey.presenters import chart, words


@dataclass(frozen=True, slots=True)
class Hung:
    """One chart: the name of its file, the SVG, what it says; `lead`: of a service's first question."""

    name: str
    svg: str
    alt: str
    lead: bool


def hang(courses: Sequence[Course], findings: Iterable[Finding]) -> list[Hung]:
    """Draw every course, in the order given."""
    said = {(one.service, one.indicator): one for one in findings}
    leads = {course.service: course.indicator for course in reversed(courses)}
    return [
        Hung(
            f"{course.service}-{course.indicator}.svg",
            chart.draw(course, finding=finding),
            words.title(finding, course),
            leads[course.service] == course.indicator,
        )
        for course in courses
        for finding in [said.get((course.service, course.indicator))]
    ]
