"""Which questions follow from which answers: `show_if` in its three forms, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from survey.catalogue.fields import Fields, items, names
from survey.catalogue.options import option_codes
from survey.catalogue.problems import Problems
from survey.catalogue.reachable import TooManyError, ways
from survey.domain.questionnaire import Condition, Question

NAME = "show_if"
CONDITION = ("question", "is")
_MOST = 10  # conditions in one list


@dataclass(frozen=True)
class _Around:
    """The questions of a questionnaire as one of them sees them."""

    own: str
    earlier: Mapping[str, Question]
    later: frozenset[str]


@dataclass(frozen=True)
class _Clause:
    """Conditions that hold together, and where they stand."""

    node: Node
    path: str
    conditions: tuple[Condition, ...]


def route(questions: Sequence[tuple[Question, Fields]]) -> list[Question]:
    """The questions with their conditions; each may ask by those before it."""
    earlier: dict[str, Question] = {}
    unsure: set[str] = set()  # their own conditions are wrong, so that nothing can be said of what follows
    routed = []
    for number, (question, fields) in enumerate(questions):
        later = frozenset(one.code for one, _ in questions[number + 1 :])
        found = question
        if NAME in fields and _may_wait(question, fields):
            before = len(fields.problems.found())
            clauses = _clauses(fields, _Around(question.code, earlier, later))
            found = replace(question, show_if=tuple(clause.conditions for clause in clauses))
            named = {one.question for every in found.show_if for one in every}
            if len(fields.problems.found()) > before or named & unsure:
                unsure.add(question.code)
            else:
                _check_ways(clauses, earlier, fields)
        # Where two share a code the first has it, as the complaint about the second says.
        earlier.setdefault(question.code, found)
        routed.append(found)
    return routed


def check_form(fields: Fields) -> None:
    """What can be said of a condition where the questions before it are not known."""
    _clauses(fields, None)


def _may_wait(question: Question, fields: Fields) -> bool:
    if question.about_you:
        # Who was asked would tell of an answer, and these are kept apart from all others.
        fields.wrong(NAME, "an about-you question is asked of everybody: delete `show_if`")
    elif question.code == "fft":
        fields.wrong(NAME, "the Friends and Family question is asked of everybody: delete `show_if`")
    return not question.about_you and question.code != "fft"


def _clauses(fields: Fields, around: _Around | None) -> list[_Clause]:
    node, path = fields.value(NAME), fields.at(NAME)
    if node is None:
        return []
    parts = [(node, path)]
    if isinstance(node, MappingNode) and any(
        isinstance(key, ScalarNode) and key.value == "any" for key, _ in node.value
    ):
        parts = Fields(node, path, ("any",), fields.problems).items("any", least=2, most=_MOST)
    found: list[_Clause] = []
    for part, where in parts:
        clause = _Clause(part, where, _clause(part, where, fields.problems, around))
        if any(set(clause.conditions) == set(other.conditions) for other in found):
            fields.problems.note(part, where, "stands here twice: delete one")
        found.append(clause)
    return found


def _clause(node: Node, path: str, problems: Problems, around: _Around | None) -> tuple[Condition, ...]:
    if not isinstance(node, SequenceNode):
        return (_condition(Fields(node, path, CONDITION, problems), around),)
    found: list[Condition] = []
    for item, where in items(node, path, problems, between=(1, _MOST)):
        condition = _condition(Fields(item, where, CONDITION, problems), around)
        if condition in found:
            problems.note(item, where, "stands here twice: delete one")
        found.append(condition)
    return tuple(found)


def _condition(fields: Fields, around: _Around | None) -> Condition:
    code = fields.code("question")
    question = around.earlier.get(code) if around else None
    if around and code:
        _check_question(code, question, fields, around)
    if question is not None and (question.about_you or question.kind == "text"):
        question = None
    return Condition(code, _options(fields, question))


def _check_question(code: str, question: Question | None, fields: Fields, around: _Around) -> None:
    if question is None:
        there_are = names(one.code for one in around.earlier.values() if one.options and not one.about_you)
        if code == around.own:
            said = "a question cannot wait for its own answer"
        elif code in around.later:
            said = f"{code!r} is asked later: move it above this question"
        else:
            said = f"there is no question {code!r}"
        fields.wrong("question", f"{said}; questions to ask by are {there_are}")
    elif question.about_you:
        fields.wrong("question", f"{code!r} is kept apart from all other answers: ask by a rated question")
    elif question.kind == "text":
        fields.wrong("question", f"{code!r} is answered in own words: ask by a question that has options")


def _options(fields: Fields, question: Question | None) -> frozenset[str]:
    found = option_codes(fields, "is", question)
    if question and question.options and found >= {option.code for option in question.options}:
        fields.wrong("is", f"has every answer of {question.code!r}, so that it asks nothing: leave some out")
    return found


def _check_ways(clauses: Sequence[_Clause], earlier: Mapping[str, Question], fields: Fields) -> None:
    """No answers, or all of them, lead to a question: then its condition is not what was meant."""
    try:
        met = ways(tuple(clause.conditions for clause in clauses), earlier)
    except TooManyError:
        fields.wrong(NAME, "depends on too many answers to be checked: ask by fewer questions")
        return
    for clause in clauses:
        if not any(way.issuperset(clause.conditions) for way in met):
            said = (
                "no answers lead here: conditions exclude each other, or those of a question that they name"
            )
            fields.problems.note(clause.node, clause.path, f"{said}; change one")
    if all(any(way.issuperset(clause.conditions) for clause in clauses) for way in met):
        fields.wrong(NAME, "all answers lead here: delete `show_if`, or leave some answers out")
