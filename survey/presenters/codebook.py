"""What each value in the data means: a codebook, one row for each answer and each indicator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from survey.domain.questionnaire import Condition, Indicator, Option, Question, Questionnaire

Cell = str | float
HEADINGS = (
    *("part", "question", "kind", "text", "hint", "why", "asked of", "required", "stored", "unit", "longest"),
    *("value", "label", "alone", "group", "score", "band"),
    *("indicator", "series", "measure", "better", "target", "of these", "among these"),
)
_PARTS = {False: "about care", True: "about the person"}
_STORED = {
    "single": "the code of one answer",
    "multiple": "the codes of all that were chosen, in this order, with a space between; "
    "a person counts once, in the worst group of these",
    "scale": "the code of one point: p and its number",
    "number": "the code of the band; the number itself is not kept",
    "text": "what was written, apart from all other answers",
}
_SAID = ("kind", "hint", "why", "asked of", "required", "stored", "unit", "longest")
_ANSWERED = ("value", "label", "alone", "group", "score", "band")
_APART = "; kept apart from all other answers, each question by itself"


def rows(questionnaire: Questionnaire) -> Iterator[dict[str, Cell]]:
    """By heading; a question of own words has one row, any other one for each answer; then the indicators."""
    by_code = {one.code: one for one in questionnaire.questions}
    for question in questionnaire.questions:
        said = _of_question(question, by_code) | _followed(questionnaire, question.code)
        for option in question.options:
            yield said | _of_option(option)
        if not question.options:
            yield said
    for indicator in questionnaire.indicators:
        yield _of_indicator(indicator, by_code[indicator.question])


def table(questionnaire: Questionnaire) -> list[Sequence[Cell]]:
    """The same as a table under its headings, for a CSV file."""
    return [HEADINGS, *([row.get(heading, "") for heading in HEADINGS] for row in rows(questionnaire))]


def markdown(questionnaire: Questionnaire) -> str:
    """The same to be read: care first, then the person, then what is followed."""
    by_code = {one.code: one for one in questionnaire.questions}
    lines = [
        f"# Codebook of {questionnaire.key}",
        "",
        f"{_text(questionnaire.title)}. State: {questionnaire.state}. Language: {questionnaire.language}.",
        f"SHA-256 of its content: `{questionnaire.digest}`.",
        "",
        "An answer that is missing was skipped, or the question was not asked.",
    ]
    for about_you, part in _PARTS.items():
        asked = [one for one in questionnaire.questions if one.about_you is about_you]
        lines += ["", f"## {part.capitalize()}"] if asked else []
        if asked and about_you:
            lines += ["", "No answer about the person can be joined to another answer of theirs."]
        for question in asked:
            lines += _section(question, by_code)
    lines += ["", "## What is followed", ""]
    heads = ("code", "name", "question", "series", "measure", "of these", "among these", "better", "target")
    lines += _table(heads, [_row_of(one, by_code[one.question]) for one in questionnaire.indicators])
    return "\n".join(lines) + "\n"


def _of_question(question: Question, by_code: Mapping[str, Question]) -> dict[str, Cell]:
    return {
        "part": _PARTS[question.about_you],
        "question": question.code,
        "kind": question.kind,
        "text": question.text,
        "hint": question.hint or "",
        "why": question.why,
        "asked of": asked_of(question, by_code),
        "required": "yes" if question.required else "no",
        "stored": _STORED[question.kind] + (_APART if question.about_you else ""),
        "unit": question.unit or "",
        "longest": question.max_length or "",
    }


def asked_of(question: Question, by_code: Mapping[str, Question]) -> str:
    """Of whom it is asked, in words: whoever answered 'How long …?' with 'Long' or 'Very long'."""
    if not question.show_if:
        return "everybody"
    every = [
        "; and ".join(_condition(one, by_code[one.question]) for one in conditions)
        for conditions in question.show_if
    ]
    return f"whoever answered {' – or – '.join(every)}"


def _condition(condition: Condition, question: Question) -> str:
    labels = [f"'{one.label}'" for one in question.options if one.code in condition.options]
    return f"{question.code} ('{question.text}') with {' or '.join(labels)}"


def _of_option(option: Option) -> dict[str, Cell]:
    return {
        "value": option.code,
        "label": option.label,
        "alone": "yes" if option.alone else "",
        "group": option.group or "",
        "score": _number(option.score),
        "band": "" if option.least is None else f"{option.least} to {option.most}",
    }


def _followed(questionnaire: Questionnaire, code: str) -> dict[str, Cell]:
    found = [one for one in questionnaire.indicators if one.question == code]
    return {
        "indicator": ", ".join(one.code for one in found),
        "series": ", ".join(dict.fromkeys(one.series for one in found)),
    }


def _of_indicator(indicator: Indicator, question: Question) -> dict[str, Cell]:
    return {
        "part": "indicator",
        "question": indicator.question,
        "text": indicator.name,
        "indicator": indicator.code,
        "series": indicator.series,
        "measure": indicator.measure,
        "better": indicator.better,
        "target": _number(indicator.target),
        "of these": _labels(indicator.numerator, question)
        if indicator.numerator
        else "the mean of their scores",
        "among these": _labels(indicator.denominator, question),
    }


def _labels(codes: frozenset[str], question: Question) -> str:
    if codes == {option.code for option in question.options}:
        return "all answers"
    return "; ".join(option.label for option in question.options if option.code in codes)


def _section(question: Question, by_code: Mapping[str, Question]) -> list[str]:
    said = _of_question(question, by_code)
    lines = ["", f"### {question.code}", "", _text(question.text), ""]
    lines += [f"- {name.capitalize()}: {_text(said[name])}" for name in _SAID if said[name] != ""]
    options = [_of_option(one) for one in question.options]
    shown = [name for name in _ANSWERED if any(one[name] != "" for one in options)]
    return lines + (["", *_table(shown, options)] if options else [])


def _row_of(indicator: Indicator, question: Question) -> dict[str, Cell]:
    return _of_indicator(indicator, question) | {"code": indicator.code, "name": indicator.name}


def _table(heads: Sequence[str], found: Iterable[Mapping[str, Cell]]) -> list[str]:
    return [
        f"| {' | '.join(heads)} |",
        f"|{' --- |' * len(heads)}",
        *(f"| {' | '.join(_text(row[head]) for head in heads)} |" for row in found),
    ]


def _number(value: float | None) -> Cell:
    # A number in the CSV file, not a text: -1 would be taken for a formula, and marked as harmless.
    return "" if value is None else int(value) if value == int(value) else value


def _text(words: Cell) -> str:
    # What authors wrote stays what it is: no table is broken and no markup made.
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|~" else sign for sign in str(words))
