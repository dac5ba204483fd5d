"""Answers in words, joined as a language joins them: for those who are told after which one is asked what."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from survey.catalogue.words import Words
from survey.domain.questionnaire import Option, Question


def answers(question: Question, chosen: Sequence[Option], words: Words) -> str:
    """Any of these options of a question, in their order: ‘Yes’ or ‘In part’, a number from 0 to 4."""
    if question.kind != "scale":
        return _either(words, [words.say("answer", answer=one.label) for one in chosen])
    places = [question.options.index(one) for one in chosen]
    numbers = [point(one)[0] for one in chosen]
    in_a_row = len(places) > 2 and places[-1] - places[0] == len(places) - 1
    return words.say("points", first=numbers[0], last=numbers[-1]) if in_a_row else _either(words, numbers)


def joined(words: Words, name: str, parts: Sequence[str]) -> str:
    """Parts one after the other, as a language joins two of them; '' for none."""
    return reduce(lambda one, other: words.say(name, one=one, other=other), parts) if parts else ""


def point(option: Option) -> tuple[str, str]:
    """A point of a scale: its number, and the words that stand at it; '' for none."""
    number, _, said = option.label.partition(" – ")
    return number, said


def _either(words: Words, answers: Sequence[str]) -> str:
    first = joined(words, "listed", answers[:-1])
    return words.say("either", one=first, other=answers[-1]) if first else answers[-1]
