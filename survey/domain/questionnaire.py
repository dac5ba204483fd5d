"""A questionnaire as it is published: questions, options, indicators; nothing here changes once it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["single", "text"]
State = Literal["draft", "published", "retired"]
Group = Literal["favourable", "neither", "unfavourable"]
GROUPS: tuple[Group, ...] = ("favourable", "neither", "unfavourable")


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be chosen; `code` is what is stored and never changes."""

    code: str
    label: str
    group: Group | None = None  # None for about-you options


@dataclass(frozen=True, slots=True)
class Question:
    """One question as the patient reads it."""

    code: str
    kind: Kind
    text: str
    why: str  # why it is asked; shown to patients for about-you questions, to staff for the rest
    hint: str | None = None
    options: tuple[Option, ...] = ()
    required: bool = False
    about_you: bool = False
    max_length: int | None = None  # characters, of a text

    def groups_of(self, options: frozenset[str]) -> frozenset[Group] | None:
        """The answer groups that `options` are; None where they take one in part.

        Figures leave in groups, so that nothing can be told of a part of one.
        """
        found = {option.group for option in self.options if option.group and option.code in options}
        left = {option.group for option in self.options if option.group and option.code not in options}
        return None if found & left else frozenset(found)

    def group(self, answer: str) -> Group | None:
        """Favourable, neither or unfavourable; None where an option has no group or is unknown."""
        return next((option.group for option in self.options if option.code == answer), None)


@dataclass(frozen=True, slots=True)
class Indicator:
    """A proportion that is tracked: numerator options over denominator options of one question."""

    code: str
    name: str
    question: str
    series: str  # same series = comparable wording = one unbroken trend
    numerator: frozenset[str]
    denominator: frozenset[str]
    better: Literal["higher", "lower"] = "higher"
    target: float | None = None  # proportion in [0, 1]


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
        return lead.group(answers.get(lead.code, "")) or "neither"
