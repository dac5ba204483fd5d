"""What courses, pathways and indicators are called in sentences, and by what their findings are matched."""

from __future__ import annotations

from survey.domain.findings import Apart, Course, Finding

Key = tuple[str, str, str, str]
Whose = tuple[str, str, str]


def key(one: Course | Finding | Apart) -> Key:
    """Which series it is of: node, ICB, pathway, indicator. A provider is a node in each of its ICBs."""
    return one.node, one.icb, one.pathway, one.indicator


def whose(one: Course | Finding | Apart) -> Whose:
    """Whose series it is, whatever the question: node, ICB, pathway."""
    return one.node, one.icb, one.pathway


def called(course: Course) -> str:
    """A service's name; an organisation's with what it sums up: 'Northside, all NHS 111 services'."""
    if course.level == "service":
        return course.node_name
    return f"{course.node_name}, all {pathway(course.pathway)} services"


def pathway(code: str) -> str:
    """'patient transport', 'NHS 111': a pathway within a sentence."""
    return " ".join("NHS" if word == "nhs" else word for word in code.split("-"))


def quoted(course: Course) -> str:
    """'‘staff were kind’', an indicator within a sentence; an abbreviation keeps its capitals."""
    name = course.indicator_name
    plain = name[:1].isupper() and not name[1:2].isupper()
    return f"‘{name[0].lower()}{name[1:]}’" if plain else f"‘{name}’"


def unit(course: Course) -> str:
    """What one step of a course is called."""
    return "week" if course.step_weeks == 1 and course.form == "staff" else "period"
