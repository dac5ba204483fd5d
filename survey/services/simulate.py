"""Simulate: made-up patients, seeded, for the demo and for trying out; nothing of it is anybody's answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from survey.domain.questionnaire import GROUPS, Group, Question, Questionnaire
from survey.domain.response import Response

ANSWERED = 0.96  # of rated questions, by those who send the form
COMMENTED = 0.3
ABOUT_YOU = 0.7
ALSO = 0.25  # of what else could be chosen, by those who choose several
OTHERS: Mapping[Group, float] = {"neither": 0.55, "unfavourable": 0.45}  # of answers that are not favourable
WITHIN = {"favourable": (0.68, 0.32), "neither": (0.7, 0.3), "unfavourable": (0.65, 0.35)}
PATIENTS_SPREAD = 1.1  # SD, in logits, of what makes one patient kinder than another in all answers

COMMENTS: Mapping[str, Sequence[str]] = {
    "favourable": (
        "Everyone was kind and explained what would happen next.",
        "Thank you. I felt safe the whole time.",
        "Prompt, cheerful and careful with my wheelchair.",
        "Staff listened and did not rush me.",
        "Very clean and calm. The tea helped too.",
        "They phoned ahead so that I knew when to be ready.",
    ),
    "neither": (
        "Care was fine once it started. The wait was long.",
        "Some staff told me a lot, others very little.",
        "Parking was hard to find but the team was good.",
    ),
    "unfavourable": (
        "I waited two hours and nobody said why.",
        "I did not understand what the tablets were for.",
        "I was asked the same questions three times.",
        "Left in the corridor without a blanket.",
    ),
}


@dataclass(frozen=True)
class Level:
    """How a service does in one week: mean responses, and the share of favourable answers a question.

    `shares` maps a question's code to its share in (0, 1); others have `share`.
    """

    volume: float
    share: float
    shares: Mapping[str, float] = field(default_factory=dict)


def responses(
    questionnaire: Questionnaire, level: Level, rng: np.random.Generator, *, number: int | None = None
) -> list[Response]:
    """One week of made-up responses; as many as a Poisson week has, or `number`."""
    many = int(rng.poisson(level.volume)) if number is None else number
    return [response(questionnaire, level, rng) for _ in range(many)]


def response(questionnaire: Questionnaire, level: Level, rng: np.random.Generator) -> Response:
    """One made-up response to what is asked: a patient's mood moves all of their answers together."""
    mood = float(rng.normal(0, PATIENTS_SPREAD))
    answers: dict[str, str] = {}
    comments: dict[str, str] = {}
    about_you: dict[str, str] = {}
    for question in questionnaire.questions:
        if question.show_if and question not in questionnaire.path(answers):
            continue
        if question.kind == "text":
            if rng.random() < COMMENTED:
                comments[question.code] = _comment(questionnaire, answers, rng)
        elif question.about_you:
            if rng.random() < ABOUT_YOU:
                about_you[question.code] = question.options[int(rng.integers(len(question.options)))].code
        elif rng.random() < ANSWERED:
            share = level.shares.get(question.code, level.share)
            answers[question.code] = _answer(question, _moved(share, mood), rng)
    if not answers:
        lead = questionnaire.question(questionnaire.lead.question)
        answers[lead.code] = _answer(lead, level.share, rng)
    return Response(answers=answers, comments=comments, about_you=about_you)


def _moved(share: float, mood: float) -> float:
    # Widened so that, averaged over moods, the share comes out about as asked (logistic-normal, MacKay 1992).
    logit = math.log(share / (1 - share)) * math.sqrt(1 + math.pi * PATIENTS_SPREAD**2 / 8)
    return 1 / (1 + math.exp(-(logit + mood)))


def _answer(question: Question, share: float, rng: np.random.Generator) -> str:
    group, at = _felt(question, share, float(rng.random()))
    options = [option for option in question.options if option.group == group]
    if question.kind == "scale" and question.options[0].group != "favourable":
        options.reverse()  # the best point first, as options are written
    chosen = _within([option.code for option in options], WITHIN[group], at)
    return chosen if question.kind != "multiple" else _with_others(question, chosen, rng)


def _felt(question: Question, share: float, at: float) -> tuple[Group, float]:
    # The group of an answer at `at` of all answers, in [0, 1), and where in that group it lies, so too.
    found = {option.group for option in question.options}
    others = {group: part for group, part in OTHERS.items() if group in found}
    weights: dict[Group, float] = {"favourable": share} if "favourable" in found else {}
    weights |= {group: (1 - share) * part / sum(others.values()) for group, part in others.items()}
    left = at * sum(weights.values())
    for group, weight in weights.items():
        if left < weight:
            return group, left / weight
        left -= weight
    return group, 0.0  # a rounding error beyond the last


def _with_others(question: Question, first: str, rng: np.random.Generator) -> str:
    # Who chose `first` may have chosen more that is no worse: the worst is how an answer feels.
    options = {option.code: option for option in question.options}
    if options[first].alone:
        return first
    worst = question.felt(first)
    also = {
        code
        for code, option in options.items()
        if option.group and worst and not option.alone
        if GROUPS.index(option.group) <= GROUPS.index(worst) and rng.random() < ALSO
    }
    return question.joined(frozenset({first, *also}))


def _within(codes: Sequence[str], split: tuple[float, float], at: float) -> str:
    # The first option of a group takes the first share, the others what is left, evenly.
    if len(codes) == 1 or at < split[0]:
        return codes[0]
    others = codes[1:]
    return others[min(int((at - split[0]) / split[1] * len(others)), len(others) - 1)]


def _comment(questionnaire: Questionnaire, answers: Mapping[str, str], rng: np.random.Generator) -> str:
    said = COMMENTS[questionnaire.sentiment(answers)]
    return said[int(rng.integers(len(said)))]
