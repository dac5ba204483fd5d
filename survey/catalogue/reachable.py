"""Which conditions can hold together: followed through all answers that tell them apart."""

from __future__ import annotations

from collections.abc import Mapping

from survey.domain.questionnaire import Condition, Question, Rule

MOST = 4096  # ways that are followed; a question whose author still has a view of it has a dozen
Way = frozenset[Condition]  # the conditions that somebody's answers meet


class TooManyError(Exception):
    """There are more ways than `MOST`."""


def ways(rule: Rule, earlier: Mapping[str, Question]) -> set[Way]:
    """All ways in which people who answer whatever they are asked can come to a question with this rule.

    Who skips a question meets no condition on it, so that nobody else comes to more. `earlier` are the
    questions before it by code, in the order in which they are asked.
    """
    asked = _asked_by(rule, earlier)
    found: set[Way] = {Way()}
    for number, question in enumerate(asked):
        # What nothing further on asks for is forgotten, or the ways would double with every question.
        needed = Way(conditions_of(rule, *(later.show_if for later in asked[number + 1 :])))
        answered = answers_to(question, Way(one for one in needed if one.question == question.code))
        if len(found) * len(answered) > MOST:
            raise TooManyError
        found = {
            (way & needed) | met
            for way in found
            for met in (answered if holds(question.show_if, way) else {Way()})
        }
    return found


def holds(rule: Rule, way: Way) -> bool:
    """Whether a question with this rule is asked of those who came this way."""
    return not rule or any(way.issuperset(every) for every in rule)


def _asked_by(rule: Rule, earlier: Mapping[str, Question]) -> list[Question]:
    # The questions that a rule names, those that their rules name, and so on, in their order.
    wanted = {one.question for one in conditions_of(rule)}
    for question in reversed(list(earlier.values())):
        if question.code in wanted:
            wanted |= {one.question for one in conditions_of(question.show_if)}
    return [question for code, question in earlier.items() if code in wanted]


def answers_to(question: Question, conditions: Way) -> set[Way]:
    """What an answer to `question` can meet of these conditions on it."""
    met = {
        option: Way(one for one in conditions if option.code in one.options) for option in question.options
    }
    if question.kind != "multiple":
        return set(met.values())
    together: set[Way] = set()
    for option, meets in met.items():
        if not option.alone:
            together |= {meets} | {meets | others for others in together}
            if len(together) > MOST:
                raise TooManyError
    return together | {meets for option, meets in met.items() if option.alone}


def conditions_of(*rules: Rule) -> set[Condition]:
    """All that these rules ask for."""
    return {one for rule in rules for every in rule for one in every}
