"""Which theme is asked in which pathway: the table of the questionnaires' README."""

from __future__ import annotations

from collections.abc import Sequence

from survey.domain.questionnaire import Questionnaire


def themes(questionnaires: Sequence[Questionnaire]) -> str:
    """A Markdown table: questions, with the series of their indicators, by pathway; cells name versions."""
    pathways = sorted({questionnaire.pathway for questionnaire in questionnaires})
    cells = _cells(questionnaires)
    lines = [_row(["theme", *pathways]), _row(["---"] * (len(pathways) + 1))]
    for theme, versions in cells.items():
        lines.append(_row([theme, *(", ".join(versions.get(pathway, ["–"])) for pathway in pathways)]))
    return "\n".join(lines)


def _cells(questionnaires: Sequence[Questionnaire]) -> dict[str, dict[str, list[str]]]:
    cells: dict[str, dict[str, list[str]]] = {}
    for questionnaire in questionnaires:
        series = {indicator.question: indicator.series for indicator in questionnaire.indicators}
        for question in questionnaire.questions:
            theme = series.get(question.code, question.code)
            by_pathway = cells.setdefault(theme, {})
            by_pathway.setdefault(questionnaire.pathway, []).append(f"v{questionnaire.version}")
    return cells


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
