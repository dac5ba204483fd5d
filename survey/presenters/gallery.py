"""Gallery: the charts of every course as files of their own, by names that stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from survey.domain.findings import Course, Finding
from survey.domain.released import Released
from survey.presenters import chart, naming, words


@dataclass(frozen=True, slots=True)
class Hung:
    """One chart: the name of its file, the SVG, what it says; `lead`: of a service's first question."""

    name: str
    svg: str
    alt: str
    lead: bool


def hang(told: Released[Sequence[Course]], findings: Iterable[Finding]) -> list[Hung]:
    """Draw every course in the order given: P′, and the XmR look of 'Making Data Count' beside it."""
    courses = told.what
    said = {naming.key(one): one for one in findings}
    leads = {naming.whose(course): course.indicator for course in reversed(courses)}
    return [
        hung
        for course in courses
        for hung in _both(
            course,
            said.get(naming.key(course)),
            lead=leads[naming.whose(course)] == course.indicator,
        )
    ]


def _both(course: Course, finding: Finding | None, *, lead: bool) -> Iterator[Hung]:
    name, alt = f"{_stem(course)}-{course.indicator}", words.title(finding, course)
    yield Hung(f"{name}.svg", chart.draw(course, finding=finding), alt, lead)
    yield Hung(f"{name}-xmr.svg", chart.draw(course, finding=finding, limits="xmr"), alt, lead=False)


def _stem(course: Course) -> str:
    # An organisation is a node in each of its ICBs and pathways.
    return course.node if course.level == "service" else "-".join(naming.whose(course))
