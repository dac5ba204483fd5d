"""A questionnaire as it is published: questions, options, routing, indicators; nothing changes once it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["single", "multiple", "scale", "number", "text"]
State = Literal["draft", "published", "retired"]
Group = Literal["favourable", "neither", "unfavourable"]
GROUPS: tuple[Group, ...] = ("favourable", "neither", "unfavourable")
_SEVERAL = " "  # between the codes of an answer to a question that takes several
_WHOLE = "="  # before a group that a whole answer of several was counted in


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be chosen; `code` is what is stored and never changes.

    The options of a scale are its points. Those of a number are bands, from `least` to `most`: the number
    that somebody wrote is sorted into one and is not kept.
    """

    code: str
    label: str
    group: Group | None = None  # None for about-you options
    score: float | None = None  # what it counts in a mean
    alone: bool = False  # 'none of these': not chosen beside others
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """That an earlier question was answered with one of `options`."""

    question: str
    options: frozenset[str]


Rule = tuple[tuple[Condition, ...], ...]  # one of these, each of which asks for all of its conditions


@dataclass(frozen=True, slots=True)
class Question:
    """One question as the patient reads it.

    An answer is one text: an option's code; of several options their codes in the order of the options, with
    spaces between; what was written.
    """

    code: str
    kind: Kind
    text: str
    why: str  # why it is asked; shown to patients for about-you questions, to staff for the rest
    hint: str | None = None
    options: tuple[Option, ...] = ()
    required: bool = False
    about_you: bool = False
    max_length: int | None = None  # characters, of a text
    unit: str | None = None  # of a number, as it is read: hours
    show_if: Rule = ()  # always, where it says nothing

    def groups_of(self, options: frozenset[str]) -> frozenset[Group] | None:
        """The answer groups that `options` are; None where they take one in part.

        Figures leave in groups, so that nothing can be told of a part of one.
        """
        found = {option.group for option in self.options if option.group and option.code in options}
        left = {option.group for option in self.options if option.group and option.code not in options}
        return None if found & left else frozenset(found)

    def chosen(self, answer: str) -> tuple[str, ...]:
        """The options of an answer."""
        return tuple(answer.split(_SEVERAL)) if self.kind == "multiple" else (answer,)

    def joined(self, options: frozenset[str]) -> str:
        """The answer that chooses these options."""
        return _SEVERAL.join(one.code for one in self.options if one.code in options)

    def takes(self, answer: str) -> bool:
        """Whether this is one of the answers that can be chosen; of a text, any."""
        if self.kind == "text":
            return True
        chosen = self.chosen(answer)
        known = {one.code: one for one in self.options}
        if not known.keys() >= set(chosen) or self.joined(frozenset(chosen)) != answer:
            return False
        return len(chosen) == 1 or not any(known[code].alone for code in chosen)

    def band(self, number: int) -> str | None:
        """The code of the band that a number falls in."""
        for one in self.options:
            if one.least is not None and one.most is not None and one.least <= number <= one.most:
                return one.code
        return None

    def counted(self, answer: str) -> tuple[str, ...]:
        """What an answer is counted as: its options and, where it may have several, the group of the whole.

        Counts of options say nothing of who chose which together, so that the group is counted by itself.
        """
        chosen, group = self.chosen(answer), self.felt(answer)
        return (*chosen, f"{_WHOLE}{group}") if self.kind == "multiple" and group else chosen

    def group(self, counted: str) -> Group | None:
        """The group that one count of answers adds to; None where it adds to none."""
        if self.kind == "multiple":
            return next((group for group in GROUPS if counted == f"{_WHOLE}{group}"), None)
        return next((option.group for option in self.options if option.code == counted), None)

    def felt(self, answer: str) -> Group | None:
        """Favourable, neither or unfavourable: the worst of what was chosen; None where that has no group."""
        chosen = self.chosen(answer)
        found = {option.group for option in self.options if option.group and option.code in chosen}
        return next((group for group in reversed(GROUPS) if group in found), None)


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is tracked of one question: the share of some answers among others, or their mean score."""

    code: str
    name: str
    question: str
    series: str  # same series = comparable wording = one unbroken trend
    numerator: frozenset[str]  # empty for a mean
    denominator: frozenset[str]
    better: Literal["higher", "lower"] = "higher"
    target: float | None = None  # proportion in [0, 1], or a score
    measure: Literal["proportion", "mean"] = "proportion"
    comparable: str | None = None  # why answers to new words can be compared with those to the old


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One version of one pathway's questionnaire."""

    pathway: str
    version: int
    title: str
    state: State
    digest: str  # SHA-256, hex, of the canonical version
    questions: tuple[Question, ...]
    indicators: tuple[Indicator, ...]
    language: str = "en"

    @property
    def key(self) -> str:
        """How it is named everywhere: patient-transport/v1."""
        return f"{self.pathway}/v{self.version}"

    def question(self, code: str) -> Question:
        """The question `code`; KeyError where there is none."""
        return {question.code: question for question in self.questions}[code]

    def path(self, answers: Mapping[str, str]) -> tuple[Question, ...]:
        """The questions that somebody with these answers is asked, in their order.

        The answer to a question that is not asked decides nothing about later ones.
        """
        asked: dict[str, Question] = {}
        for question in self.questions:
            if not question.show_if or any(
                all(self._holds(condition, answers, asked) for condition in every)
                for every in question.show_if
            ):
                asked[question.code] = question
        return tuple(asked.values())

    def on_path(self, answers: Mapping[str, str]) -> dict[str, str]:
        """The answers to questions that are asked; the others are dropped."""
        return {one.code: answers[one.code] for one in self.path(answers) if one.code in answers}

    def series_of(self, question: str) -> str | None:
        """The series in which a question's answers are kept: its first indicator's; None without one."""
        return next((one.series for one in self.indicators if one.question == question), None)

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(question.code for question in self.questions)

    @property
    def lead(self) -> Indicator:
        """The first indicator: the Friends and Family Test where it is asked."""
        return self.indicators[0]

    def sentiment(self, answers: Mapping[str, str]) -> Group:
        """How a whole response feels, by its lead question; 'neither' where that was not answered."""
        lead = self.question(self.lead.question)
        return lead.felt(answers.get(lead.code, "")) or "neither"

    @staticmethod
    def _holds(condition: Condition, answers: Mapping[str, str], asked: Mapping[str, Question]) -> bool:
        question = asked.get(condition.question)
        if question is None or condition.question not in answers:
            return False
        return not condition.options.isdisjoint(question.chosen(answers[condition.question]))
