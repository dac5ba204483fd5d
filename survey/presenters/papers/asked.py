"""A version's questions as they are asked on paper: numbered, a key beside each answer, routing in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from survey.catalogue import easy
from survey.catalogue.answer_words import answers, joined, point
from survey.catalogue.editions import Edition
from survey.catalogue.words import Words
from survey.domain.keying import keys_of
from survey.domain.languages import is_easy
from survey.domain.questionnaire import Condition, Kind, Question

_TICK = {"single": "tick_one", "multiple": "tick_all", "scale": "tick_point"}


@dataclass(frozen=True, slots=True)
class Box:
    """One answer that can be ticked; of a scale `label` is the number, `end` what stands at it."""

    key: str
    label: str
    end: str
    picture: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: its number is its place in the version, whoever is asked it."""

    number: int
    kind: Kind
    lines: Sequence[str]  # of its text: one where it is not easy read
    hint: Sequence[str]
    why: Sequence[str]  # of about-you questions alone
    only: str  # of whom it is asked; '' of everybody
    tick: str
    boxes: Sequence[Box]
    unit: str
    picture: str | None
    about_you: bool


def asked(edition: Edition) -> list[Asked]:
    """The questions in their order; BadInput where a question has more options than there are keys."""
    return [_asked(edition, one, number) for number, one in enumerate(edition.questionnaire.questions, 1)]


def in_lines(edition: Edition, text: str) -> list[str]:
    """A text as it is set: in easy read each sentence on a line of its own; nothing of an empty one."""
    if not text:
        return []
    return easy.sentences(text) if is_easy(edition.tag) else [text]


def only(edition: Edition, question: Question) -> str:
    """After which answers it is asked, by the numbers of their questions; '' where always."""
    if not question.show_if:
        return ""
    words = edition.words
    ways = [joined(words, "both", [_condition(one, edition) for one in every]) for every in question.show_if]
    return words.say("only_if_you", what=joined(words, "else", ways))


def _condition(condition: Condition, edition: Edition) -> str:
    questions = edition.questionnaire.questions
    number, of = next((n, one) for n, one in enumerate(questions, 1) if one.code == condition.question)
    chosen = [one for one in of.options if one.code in condition.options]
    name = "wrote" if of.kind == "number" else "ticked"
    return edition.words.say(name, answers=answers(of, chosen, edition.words), number=number)


def _asked(edition: Edition, question: Question, number: int) -> Asked:
    return Asked(
        number,
        question.kind,
        lines=in_lines(edition, question.text),
        hint=in_lines(edition, question.hint or ""),
        why=in_lines(edition, question.why) if question.about_you else (),
        only=only(edition, question),
        tick=_tick(question, edition.words),
        boxes=() if question.kind in {"number", "text"} else _boxes(edition, question),
        unit=question.unit or "",
        picture=easy.of_question(edition, question),
        about_you=question.about_you,
    )


def _boxes(edition: Edition, question: Question) -> list[Box]:
    keys = keys_of(question)
    said = [point(one) if question.kind == "scale" else (one.label, "") for one in question.options]
    return [
        Box(keys[one.code], label, end, picture)
        for one, (label, end), picture in zip(
            question.options, said, easy.of_options(edition, question), strict=True
        )
    ]


def _tick(question: Question, words: Words) -> str:
    if question.kind not in _TICK:
        return ""
    alone = [one for one in question.options if one.alone] if question.kind == "multiple" else []
    said = [words.say("tick_alone", answer=answers(question, [one], words)) for one in alone]
    return " ".join([words.say(_TICK[question.kind]), *said])
