"""What is asked in which pathway, told from both ends: the two tables of the questionnaires' README."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from survey.domain.questionnaire import Question, Questionnaire

MOST = 0.7  # of all pathways: from here on the few that lack a theme are named instead


def themes(questionnaires: Sequence[Questionnaire]) -> str:
    """Two Markdown tables: the themes of each questionnaire, then the pathways of each theme of several.

    A theme is the series of a question's indicator, or the question where it has none. With a column for each
    pathway nobody could read it.
    """
    return "\n".join([*_by_questionnaire(questionnaires), "", *_by_theme(questionnaires)])


def _by_questionnaire(questionnaires: Iterable[Questionnaire]) -> list[str]:
    lines = [_row(["questionnaire", "of the care", "of the person"]), _row(["---"] * 3)]
    for one in questionnaires:
        draft = " (draft)" if one.state == "draft" else ""
        care, person = (
            ", ".join(_theme(one, question) for question in one.questions if question.about_you is of_person)
            for of_person in (False, True)
        )
        lines.append(_row([f"{one.key}{draft}", care, person or "–"]))
    return lines


def _by_theme(questionnaires: Sequence[Questionnaire]) -> list[str]:
    versions: dict[str, list[int]] = {}
    asked: dict[str, dict[str, list[int]]] = {}
    for one in questionnaires:
        versions.setdefault(one.pathway, []).append(one.version)
        for question in one.questions:
            pathways = asked.setdefault(_theme(one, question), {})
            pathways.setdefault(one.pathway, []).append(one.version)
    lines = [_row(["theme", "pathways", "which"]), _row(["---", "---:", "---"])]
    shared = [item for item in asked.items() if len(item[1]) > 1]
    for theme, where in sorted(shared, key=lambda item: (-len(item[1]), item[0])):
        lines.append(_row([theme, str(len(where)), _where(where, versions)]))
    return lines


def _where(asked: Mapping[str, list[int]], versions: Mapping[str, list[int]]) -> str:
    """The pathways, or those that are missing; with its versions where not all of a pathway's ask it."""
    whole = {pathway for pathway, found in asked.items() if found == versions[pathway]}
    named = [f"{pathway} {_listed(found)}" for pathway, found in asked.items() if pathway not in whole]
    if len(asked) < MOST * len(versions):
        return ", ".join(sorted([*whole, *named]))
    missing = ", ".join(sorted(versions.keys() - asked.keys()))
    return "all" + (f" but {missing}" if missing else "") + (f"; only {', '.join(named)}" if named else "")


def _listed(versions: Iterable[int]) -> str:
    return ", ".join(f"v{version}" for version in versions)


def _theme(questionnaire: Questionnaire, question: Question) -> str:
    return questionnaire.series_of(question.code) or question.code


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
