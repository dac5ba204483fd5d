"""Figures as a table for analysts: one row a figure, its codebook, and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from survey.domain.export import Export, Line
from survey.domain.questionnaire import GROUPS
from survey.domain.released import Form, Released
from survey.presenters.words import NO_LEAGUE_TABLE, WITHHELD

Cell = str | int | float
FEW, ALL_BUT_FEW = "[few]", "[all but few]"
LEGEND = {
    FEW: "two answers or fewer",
    ALL_BUT_FEW: "all answers but two or fewer",
}
_EXACT, _ROUNDED = "as counted", "to the nearest five"
_MEANINGS: Mapping[str, str] = {
    "pathway": "Pathway of care: the name of its questionnaire",
    "node": "ODS or service code of whom the figure is of",
    "name": "Name of whom the figure is of",
    "level": "What it is: service, ward, site, provider, place or icb",
    "icb": "ODS code of the integrated care board",
    "question": "Code of the question",
    "question_text": "The question, in the newest wording of its series",
    "series": "Figures of one series were asked alike and may be compared over time",
    "first_week": "First ISO week of the figure",
    "last_week": "Last ISO week of the figure",
    "from": "Monday of the first week",
    "to": "Sunday of the last week",
    "answers": "Answers to the question in these weeks, {counts}",
    "favourable": "Answers in the favourable group, {counts}",
    "neither": "Answers in neither group, {counts}",
    "unfavourable": "Answers in the unfavourable group, {counts}",
    "favourable_percent": "Share of the favourable group among all answers, in per cent, one decimal",
    "unfavourable_percent": "Share of the unfavourable group among all answers, in per cent, one decimal",
}
COLUMNS = tuple(_MEANINGS)


def notes(form: Form) -> tuple[str, ...]:
    """How to read the figures: weeks, gaps, groups, counts, and what they are not for."""
    rounded = (
        "Counts are rounded to the nearest five. Of a group of two answers or fewer, or of all but two or "
        f"fewer, no number is told: such cells say {FEW} or {ALL_BUT_FEW}."
    )
    exact = "Counts are exact and for staff: do not publish them, nor what is worked out from them."
    return (
        "Weeks are ISO weeks, Monday to Sunday. A figure covers all its weeks together; figures of one node, "
        "question and series do not overlap.",
        f"Of weeks that are missing nothing is told: {WITHHELD}, or nobody answered.",
        "Answers that say 'do not know' or that the question does not apply are in the group 'neither' or "
        "are not counted, as the questionnaire's codebook says.",
        rounded if form == "public" else exact,
        NO_LEAGUE_TABLE,
    )


def rows(told: Released[Export]) -> Iterator[dict[str, Cell]]:
    """One by column a figure; a cell that is told in words holds them."""
    for line in told.what.lines:
        yield _row(line)


def table(told: Released[Export]) -> list[Sequence[Cell]]:
    """The same under its headings, for a CSV file."""
    return [COLUMNS, *([row[column] for column in COLUMNS] for row in rows(told))]


def codebook(form: Form) -> list[Sequence[Cell]]:
    """What each column holds, and what stands there instead of a number."""
    counts = _ROUNDED if form == "public" else _EXACT
    columns = [(name, meaning.format(counts=counts)) for name, meaning in _MEANINGS.items()]
    return [("column", "meaning"), *columns, *(LEGEND.items() if form == "public" else ())]


def as_json(told: Released[Export]) -> bytes:
    """The same with what it is of, how to read it and its columns; UTF-8."""
    export = told.what
    whole = {
        "of": {"node": export.node, "name": export.name, "up_to": str(export.week), "form": told.form},
        "ledger_entry": told.upto,
        "notes": notes(told.form),
        "columns": dict(list(map(tuple, codebook(told.form)[1:]))),  # type: ignore[arg-type]
        "figures": list(rows(told)),
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def _row(line: Line) -> dict[str, Cell]:
    figure = line.figure
    counts = dict(zip(GROUPS, map(int, figure.counts), strict=True))
    words = dict.fromkeys(figure.few, FEW) | dict.fromkeys(figure.all_but_few, ALL_BUT_FEW)
    shares = {  # of n: each count of the public form is rounded by itself, and n but once
        f"{group}_percent": words.get(group) or (round(100 * counts[group] / figure.n, 1) if figure.n else "")
        for group in ("favourable", "unfavourable")
    }
    return {
        "pathway": figure.pathway,
        "node": figure.node,
        "name": line.node_name,
        "level": line.level,
        "icb": figure.icb,
        "question": line.question,
        "question_text": line.question_text,
        "series": figure.series,
        "first_week": str(figure.span.first),
        "last_week": str(figure.span.last),
        "from": figure.span.first.monday.isoformat(),
        "to": (figure.span.last.monday + timedelta(days=6)).isoformat(),
        "answers": int(figure.n),
        **{group: words.get(group, count) for group, count in counts.items()},
        **shares,
    }
