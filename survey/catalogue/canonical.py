"""The canonical version of a questionnaire, blocks written out, and its hash: what publishing fixes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from survey.domain.questionnaire import Indicator, Option, Question, Questionnaire, Rule

FORMAT = 1  # a new one when the meaning of a field changes; a field left out is never written


def digest(questionnaire: Questionnaire) -> str:
    """SHA-256, hex, of the canonical version."""
    return hashlib.sha256(canonical(questionnaire)).hexdigest()


def canonical(questionnaire: Questionnaire) -> bytes:
    """UTF-8 JSON with sorted keys of all that patients read and figures rest on; not its state."""
    whole = {
        "format": FORMAT,
        "pathway": questionnaire.pathway,
        "version": questionnaire.version,
        "language": questionnaire.language,
        "title": questionnaire.title,
        "questions": [_question(question) for question in questionnaire.questions],
        "indicators": [_indicator(indicator) for indicator in questionnaire.indicators],
    }
    return json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _question(question: Question) -> dict[str, Any]:
    return _present(
        code=question.code,
        kind=question.kind,
        text=question.text,
        why=question.why,
        hint=question.hint,
        options=[_option(option) for option in question.options],
        required=question.required,
        about_you=question.about_you,
        max_length=question.max_length,
        unit=question.unit,
        show_if=_rule(question.show_if),
    )


def _option(option: Option) -> dict[str, Any]:
    return _present(
        code=option.code,
        label=option.label,
        group=option.group,
        score=None if option.score is None else str(option.score),
        alone=option.alone,
        least=option.least,
        most=option.most,
    )


def _rule(rule: Rule) -> list[list[list[Any]]]:
    # In which order conditions are written says nothing.
    return sorted(sorted([one.question, sorted(one.options)] for one in every) for every in rule)


def _indicator(indicator: Indicator) -> dict[str, Any]:
    return _present(
        code=indicator.code,
        name=indicator.name,
        question=indicator.question,
        series=indicator.series,
        numerator=sorted(indicator.numerator),
        denominator=sorted(indicator.denominator),
        better=indicator.better,
        measure=None if indicator.measure == "proportion" else indicator.measure,
        target=None if indicator.target is None else str(indicator.target),
        comparable=indicator.comparable,
    )


def _present(**fields: Any) -> dict[str, Any]:
    # Left-out fields are not written, so that a field added later leaves the old hashes as they are.
    # A 0 is no left-out field, though Python takes it for False.
    return {
        name: value for name, value in fields.items() if value is not False and value not in (None, [], "")
    }
