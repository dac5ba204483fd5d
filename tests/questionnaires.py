"""Questionnaires of all kinds of question and with conditions, drawn for laws, and written as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING, fields, replace
from itertools import accumulate
from typing import Any

import yaml
from hypothesis import strategies as st

from survey.catalogue.canonical import digest
from survey.catalogue.fft import FFT_OPTIONS, FFT_POSITIVE, FFT_TEXT
from survey.domain.questionnaire import (
    GROUPS,
    Condition,
    Group,
    Indicator,
    Option,
    Question,
    Questionnaire,
    Rule,
)

Draw = Any  # what hypothesis hands to a composite strategy
# Some that YAML, CSV or HTML take for something else, and some of other scripts.
_WORDS = (
    *(
        "kind",
        "Kind",
        "how",
        "we",
        "were?",
        "no",
        "yes",
        "null",
        "7",
        "0.5",
        "1e3",
        "2026-11-30",
        "~",
        "=",
        "-",
    ),
    *(
        ":",
        "#",
        "it's",
        '"so"',
        "[a]",
        "{b}",
        "&c",
        "*d",
        "!e",
        "|",
        ">",
        "%f",
        "@g",
        "`h`",
        "a,b;c",
        "<b>",
        "\\",
    ),
    *("é", "ł", "ñandú", "ß", "مہربان", "ਦਿਆਲੂ", "好", "👍", "–", "’", "%(x)s", "{{y}}", "=1+1", "@SUM"),
)
_MOST = 6  # questions beside the first
FFT = Question(
    *("fft", "single", FFT_TEXT, "So that services can be followed."),
    options=tuple(Option(code, label, group) for code, label, group in FFT_OPTIONS),  # type: ignore[arg-type]
)


@st.composite
def questionnaires(draw: Draw, *, language: str = "en") -> Questionnaire:
    """A sound draft: each question can be asked of somebody, and none that has a condition of everybody.

    The last option of a question is asked for by no condition, and conditions that must hold together are on
    questions that everybody is asked, so that it need not be looked whether they can.
    """
    questions = [FFT if draw(st.booleans()) else draw(rated("q0"))]
    for number in range(1, draw(st.integers(0, _MOST)) + 1):
        question = draw(st.one_of(rated(f"q{number}"), _text(f"q{number}"), _about_you(f"q{number}")))
        if not question.about_you and draw(st.booleans()):
            question = replace(question, show_if=draw(_rules(questions)))
        questions.append(question)
    asked = [one for one in questions if _is_rated(one)]
    lead = _fft_positive() if asked[0] is FFT else draw(_indicator(asked[0], 0))
    others = draw(st.lists(st.sampled_from(asked), max_size=4))
    found = Questionnaire(
        *("clinic", draw(st.integers(1, 999)), draw(words(80)), "draft", ""),
        questions=tuple(questions),
        indicators=(lead, *(draw(_indicator(one, number)) for number, one in enumerate(others, start=1))),
        language=language,
    )
    return replace(found, digest=digest(found))


def as_yaml(questionnaire: Questionnaire) -> str:
    """The file that holds a questionnaire."""
    whole = {
        "pathway": questionnaire.pathway,
        "version": questionnaire.version,
        "language": questionnaire.language,
        "title": questionnaire.title,
        "questions": [_written(question) for question in questionnaire.questions],
        "indicators": [_present(indicator) for indicator in questionnaire.indicators],
    }
    return yaml.safe_dump(whole, allow_unicode=True, sort_keys=False)


def words(most: int) -> st.SearchStrategy[str]:
    """A text of some words, of at most `most` characters."""
    drawn = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=min(4, most // max(map(len, _WORDS))))
    return drawn.map(" ".join)


@st.composite
def rated(draw: Draw, code: str) -> Question:
    """A question about care, of any kind that has options."""
    kind = draw(st.sampled_from(["single", "multiple", "scale", "number"]))
    options = draw({"single": _single, "multiple": _multiple, "scale": _scale, "number": _bands}[kind]())
    return Question(
        *(code, kind, *draw(_said())),
        options=options,
        required=draw(st.booleans()),
        unit=draw(st.none() | words(20)) if kind == "number" else None,
    )


@st.composite
def _text(draw: Draw, code: str) -> Question:
    most = draw(st.integers(1, 1000 // _MOST))
    return Question(code, "text", *draw(_said()), required=draw(st.booleans()), max_length=most)


@st.composite
def _about_you(draw: Draw, code: str) -> Question:
    options = tuple(Option(f"o{number}", label) for number, label in enumerate(draw(_labels())))
    return Question(code, "single", *draw(_said()), options=options, about_you=True)


def _said() -> st.SearchStrategy[tuple[str, str, str | None]]:
    # Text, why and hint.
    return st.tuples(words(150), words(250), st.none() | words(400))


def _labels() -> st.SearchStrategy[list[str]]:
    return st.lists(words(60), min_size=2, max_size=5, unique_by=str.casefold)


def _groups(count: int) -> st.SearchStrategy[list[Group]]:
    # The first two differ, or no share of the answers would be a figure.
    others = st.lists(st.sampled_from(GROUPS), min_size=count - 2, max_size=count - 2)
    return st.tuples(st.permutations(GROUPS), others).map(lambda drawn: [*drawn[0][:2], *drawn[1]])


@st.composite
def _single(draw: Draw) -> tuple[Option, ...]:
    labels = draw(_labels())
    scored = draw(st.booleans())
    return tuple(
        Option(f"o{number}", label, group, draw(_thousandths(-5000, 5000)) if scored else None)
        for number, (label, group) in enumerate(zip(labels, draw(_groups(len(labels))), strict=True))
    )


@st.composite
def _multiple(draw: Draw) -> tuple[Option, ...]:
    labels = draw(_labels())
    together = draw(st.integers(0, len(labels) - 1))  # one that is never alone
    return tuple(
        Option(f"o{number}", label, group, alone=number != together and draw(st.booleans()))
        for number, (label, group) in enumerate(zip(labels, draw(_groups(len(labels))), strict=True))
    )


@st.composite
def _scale(draw: Draw) -> tuple[Option, ...]:
    first = draw(st.integers(0, 1))
    last = draw(st.integers(first + 2, 10))
    ends = {first: draw(words(40)), last: draw(words(40))}
    order = draw(st.permutations(GROUPS))
    cuts = sorted(draw(st.lists(st.integers(first + 1, last), min_size=1, max_size=2, unique=True)))
    return tuple(
        Option(
            f"p{point}",
            f"{point} – {ends[point]}" if point in ends else str(point),
            order[sum(cut <= point for cut in cuts)],
            float(point),
        )
        for point in range(first, last + 1)
    )


@st.composite
def _bands(draw: Draw) -> tuple[Option, ...]:
    labels = draw(_labels())
    count = len(labels)
    widths = draw(st.lists(st.integers(1, 1500), min_size=count, max_size=count))
    edges = list(accumulate(widths, initial=draw(st.integers(0, 2000))))
    return tuple(
        Option(f"o{number}", label, group, least=edges[number], most=edges[number + 1] - 1)
        for number, (label, group) in enumerate(zip(labels, draw(_groups(count)), strict=True))
    )


@st.composite
def _rules(draw: Draw, earlier: Sequence[Question]) -> Rule:
    asked = [one for one in earlier if _is_rated(one)]
    always = [one for one in asked if not one.show_if]
    one = st.sampled_from(asked).flatmap(_condition).map(lambda condition: (condition,))
    several = st.lists(st.sampled_from(always), min_size=1, max_size=3, unique_by=lambda one: one.code)
    every = several.flatmap(lambda found: st.tuples(*map(_condition, found)))
    return tuple(draw(st.lists(st.one_of(one, every), min_size=1, max_size=3, unique_by=frozenset)))


def _condition(question: Question) -> st.SearchStrategy[Condition]:
    codes = [option.code for option in question.options[:-1]]
    chosen = st.frozensets(st.sampled_from(codes), min_size=1)
    return chosen.map(lambda options: Condition(question.code, options))


@st.composite
def _indicator(draw: Draw, question: Question, number: int) -> Indicator:
    groups = sorted({option.group for option in question.options if option.group})
    mean = all(option.score is not None for option in question.options) and draw(st.booleans())
    counted = draw(st.permutations(groups))[: draw(st.integers(1 if mean else 2, len(groups)))]
    good = [] if mean else counted[: draw(st.integers(1, len(counted) - 1))]
    scores = [option.score or 0.0 for option in question.options if option.group in counted]
    ends = (min(scores), max(scores)) if mean else (0, 1)
    return Indicator(
        *(f"i{number}", draw(words(80)), question.code, f"s{number}/{draw(st.integers(1, 9))}"),
        numerator=_codes(question, good),
        denominator=_codes(question, counted),
        better=draw(st.sampled_from(["higher", "lower"])),
        target=draw(st.none() | _thousandths(round(ends[0] * 1000), round(ends[1] * 1000))),
        measure="mean" if mean else "proportion",
        comparable=draw(st.none() | words(250)),
    )


def _fft_positive() -> Indicator:
    return Indicator(
        *("fft_positive", "Experience was good", "fft", "fft/1"),
        numerator=FFT_POSITIVE,
        denominator=frozenset(option.code for option in FFT.options),
    )


def _codes(question: Question, groups: Sequence[Group]) -> frozenset[str]:
    return frozenset(option.code for option in question.options if option.group in groups)


def _thousandths(least: int, most: int) -> st.SearchStrategy[float]:
    return st.integers(least, most).map(lambda thousandths: thousandths / 1000)


def _is_rated(question: Question) -> bool:
    return bool(question.options) and not question.about_you


def _written(question: Question) -> dict[str, Any]:
    found = _present(question)
    options = found.pop("options", ())
    if question.kind == "scale":
        found |= _points(question.options)
    elif question.kind == "number":
        found["bands"] = [
            {{"least": "from", "most": "to"}.get(name, name): value for name, value in _present(one).items()}
            for one in options
        ]
    elif options:
        found["options"] = [_present(one) for one in options]
    if question.show_if:
        clauses = [[_asked(one) for one in every] for every in question.show_if]
        parts = [every[0] if len(every) == 1 else every for every in clauses]
        found["show_if"] = parts[0] if len(parts) == 1 else {"any": parts}
    return found


def _points(options: Sequence[Option]) -> dict[str, Any]:
    low, high = (options[end].label.partition(" – ")[2] for end in (0, -1))
    points = {option: int(option.code[1:]) for option in options}
    groups: dict[str, list[int]] = {}
    for option, point in points.items():
        groups.setdefault(str(option.group), [point, point])[1] = point
    first, *_, last = points.values()
    return {"points": {"from": first, "to": last, "low": low, "high": high}, "groups": groups}


def _asked(condition: Condition) -> dict[str, Any]:
    return {"question": condition.question, "is": sorted(condition.options)}


def _present(part: Question | Option | Indicator) -> dict[str, Any]:
    """The fields of a part that are not what they are when left out."""
    return {
        one.name: sorted(value) if isinstance(value, frozenset) else value
        for one in fields(part)
        if (value := getattr(part, one.name)) != one.default or one.default is MISSING
        if value != frozenset()
    }
