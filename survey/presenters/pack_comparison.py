"""The page of a board pack that sets services beside others of their kind, and groups of patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from survey.domain.findings import Apart, Course, Gap
from survey.presenters import comparison_words, fitting, naming, sheet, words
from survey.presenters.figures import counted
from survey.presenters.pack_pages import Columns
from survey.presenters.pack_words import Section

HEIGHT = sheet.BOTTOM - sheet.TOP
READ, ASK = "How to read this", "What the board could ask"
ASK_SERVICES = Section(ASK, (comparison_words.ASK_SERVICES,))
ASK_GROUPS = Section(ASK, (comparison_words.ASK_GROUPS,))


def comparison(
    courses: Mapping[naming.Key, Course], apart: Sequence[Apart], gaps: Sequence[Gap]
) -> Columns | None:
    """The page; None where no service stands apart and no group of patients fares unlike the rest.

    Both kinds share it, a column each; one alone has its explanation beside it.
    """
    beside = comparison_words.matched(apart, courses)
    groups = comparison_words.asked(gaps, courses.values())
    if not (beside or groups):
        return None
    services, people = comparison_words.services(beside), comparison_words.groups(groups)
    if beside and groups:
        left = _column(comparison_words.BESIDE_OTHERS, *services, noun="service")
        right = _column(comparison_words.BETWEEN_GROUPS, *people, noun="group")
    elif beside:
        left = _column(comparison_words.BESIDE_OTHERS, services[0], (), noun="service")
        right = Section(READ, (*services[1], words.NO_LEAGUE_TABLE)), ASK_SERVICES
    else:
        left = _column(comparison_words.BETWEEN_GROUPS, people[0], (), noun="group")
        right = Section(READ, tuple(people[1])), ASK_GROUPS
    left, left_size = fitting.sections(left, width=sheet.HALF, height=HEIGHT)
    right, right_size = fitting.sections(right, width=sheet.HALF, height=HEIGHT)
    title, size = fitting.title(lambda _: comparison_words.titled(beside, groups))
    return Columns(title, size, left, right, min(left_size, right_size))


def _column(heading: str, lines: Sequence[str], notes: Sequence[str], *, noun: str) -> tuple[Section, ...]:
    """As many of the lines as the column holds, how many more there are, and the notes."""
    read = (Section(READ, tuple(notes)),) if notes else ()
    for kept in range(len(lines), 0, -1):
        rest = [f"And {counted(len(lines) - kept, f'more {noun}')}."] if kept < len(lines) else []
        sections = (Section(heading, (*lines[:kept], *rest)), *read)
        if kept == 1 or fitting.sections_height(sections, sheet.HALF, size=14) <= HEIGHT:
            break
    return sections
