"""Full scales: answers to one question by every option, and their mean where options have scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from survey.domain.calendar import Span
from survey.domain.questionnaire import Question
from survey.domain.released import NodeKey, Scale


@dataclass(frozen=True, slots=True)
class FullScale:
    """What staff see of thirty answers or more of a node, in the words of its questionnaire."""

    key: NodeKey
    series: str
    question: Question
    span: Span
    options: Mapping[str, int]  # in the question's order

    @property
    def n(self) -> int:
        return sum(self.options.values())

    @property
    def mean(self) -> float | None:
        """The mean score; None where options have none. With it no standard deviation is ever told."""
        scores = {one.code: one.score for one in self.question.options if one.score is not None}
        if scores.keys() != self.options.keys():
            return None
        return sum(n * scores[code] for code, n in self.options.items()) / self.n


@dataclass(frozen=True, slots=True)
class Shift:
    """The scale of a node just before a change, and since."""

    before: FullScale
    since: FullScale


def tiles(told: Iterable[Scale], span: Span) -> list[Scale]:
    """The scales of one node and question that together are just these weeks, the longest; [] where none are.

    Of one node two scales are nested or share no week, so that the longest is never wrong.
    """
    longest: dict[object, Scale] = {}
    for one in sorted(told, key=lambda one: one.figure.span.last):
        if one.figure.span.last <= span.last:
            longest[one.figure.span.first] = one
    found: list[Scale] = []
    begin = span.first
    while begin <= span.last:
        if begin not in longest:
            return []
        found.append(longest[begin])
        begin = longest[begin].figure.span.last + 1
    return found


def added_up(scales: Sequence[Scale]) -> Counter[str]:
    """Answers by option of several scales."""
    total: Counter[str] = Counter()
    for one in scales:
        total.update(one.options)
    return total
