"""Of whom a question is asked, as people write it: waiting = long, very_long and pain = bad or safe = no."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from survey.domain.questionnaire import Condition, Question, Rule

_TOKEN = re.compile(r"\s*([=,]|[^\s=,]+)")
_LIKE = "write it like: waiting = long, very_long and pain = bad"


def as_text(rule: Rule, questions: Mapping[str, Question]) -> str:
    """A rule in its written form."""
    return " or ".join(" and ".join(_condition(one, questions) for one in every) for every in rule)


def as_fields(text: str) -> Any:
    """The same as `show_if` stands in a questionnaire's file; ValueError in words where it cannot be read.

    After `=` and `,` comes an answer, whatever it is called, so that even an answer `or` is read right.
    """
    left = list(reversed(_TOKEN.findall(text)))
    clauses = [[_taken(left)]]
    while left:
        joiner = left.pop()
        if joiner.casefold() == "and":
            clauses[-1].append(_taken(left))
        elif joiner.casefold() == "or":
            clauses.append([_taken(left)])
        else:
            raise ValueError(f"{joiner!r} stands where 'and', 'or' or a comma belongs: {_LIKE}")
    parts = [every[0] if len(every) == 1 else every for every in clauses]
    return parts[0] if len(parts) == 1 else {"any": parts}


def _condition(condition: Condition, questions: Mapping[str, Question]) -> str:
    order = [one.code for one in questions[condition.question].options if one.code in condition.options]
    return f"{condition.question} = {', '.join(order)}"


def _taken(left: list[str]) -> dict[str, Any]:
    question = _word(left, "a question")
    if not left or left.pop() != "=":
        raise ValueError(f"after {question!r} belongs = and an answer: {_LIKE}")
    answers = [_word(left, "an answer")]
    while left and left[-1] == ",":
        left.pop()
        answers.append(_word(left, "an answer"))
    return {"question": question, "is": answers}


def _word(left: list[str], what: str) -> str:
    if not left or left[-1] in {"=", ","}:
        raise ValueError(f"{what} is missing: {_LIKE}")
    return left.pop()
