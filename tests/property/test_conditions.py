"""What is said of conditions that no answers, or all answers, meet: held against trying every answer."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations, product
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from survey.catalogue.catalogue import read_file
from survey.domain.errors import BadInput
from survey.domain.questionnaire import Condition, Indicator, Option, Question, Questionnaire, Rule
from tests.questionnaires import as_yaml

Answers = Mapping[str, frozenset[str]]  # the options that somebody chose, by question; none where skipped
SINGLE = (Option("a", "A", "favourable"), Option("b", "B", "neither"), Option("c", "C", "unfavourable"))
MULTIPLE = (*SINGLE[:2], Option("n", "None", "unfavourable", alone=True))


@st.composite
def asking_anything(draw: Any) -> Questionnaire:
    """Four questions with any conditions at all, most of them senseless."""
    found: list[Question] = []
    for number in range(4):
        kind = draw(st.sampled_from(["single", "multiple"]))
        options = SINGLE if kind == "single" else MULTIPLE
        rule = draw(rules(found)) if found and draw(st.integers(0, 3)) else ()
        found.append(Question(f"q{number}", kind, "Well?", "So.", options=options, show_if=rule))
    lead = Indicator("lead", "Lead", "q0", "lead/1", frozenset("a"), frozenset("ab"))
    return Questionnaire("clinic", 1, "Clinic", "draft", "", tuple(found), (lead,))


def rules(earlier: Sequence[Question]) -> st.SearchStrategy[Rule]:
    def condition(question: Question) -> st.SearchStrategy[Condition]:
        codes = [option.code for option in question.options]
        chosen = st.frozensets(st.sampled_from(codes), min_size=1, max_size=2)
        return chosen.map(lambda options: Condition(question.code, options))

    one = st.sampled_from(earlier).flatmap(condition)
    clause = st.lists(one, min_size=1, max_size=2, unique=True).map(tuple)
    return st.lists(clause, min_size=1, max_size=3, unique_by=frozenset).map(tuple)


def everybody(questions: Sequence[Question]) -> Iterator[Answers]:
    """All answers that can be given to these questions, whether or not they are asked."""
    of_each = []
    for question in questions:
        codes = [option.code for option in question.options]
        sizes = range(1, len(codes) + 1) if question.kind == "multiple" else (1,)
        sets = [frozenset(chosen) for size in sizes for chosen in combinations(codes, size)]
        of_each.append([chosen for chosen in sets if "n" not in chosen or len(chosen) == 1])
    for chosen in product(*of_each):
        yield dict(zip((question.code for question in questions), chosen, strict=True))


def asked(questions: Sequence[Question], answers: Answers) -> set[str]:
    """Which questions somebody is asked: told by the rule's words, and by nothing of the catalogue."""
    found: set[str] = set()
    for question in questions:
        if not question.show_if or any(meets(clause, answers, found) for clause in question.show_if):
            found.add(question.code)
    return found


def meets(clause: Sequence[Condition], answers: Answers, found: set[str]) -> bool:
    return all(one.question in found and one.options & answers[one.question] for one in clause)


def wrong(questions: Sequence[Question]) -> set[tuple[str, str]]:
    """Which conditions nobody meets, and which everybody does who answers what they are asked."""
    complete = list(everybody(questions))
    skipped = [
        {code: frozenset() if code in left else chosen for code, chosen in answers.items()}
        for answers in complete[:40]
        for left in chain.from_iterable(combinations(answers, size) for size in (1, 2))
    ]
    found = set()
    for number, question in enumerate(questions, start=1):
        path = f"questions[{number}].show_if"
        for place, clause in enumerate(question.show_if, start=1):
            where = path if len(question.show_if) == 1 else f"{path}.any[{place}]"
            if not any(meets(clause, one, asked(questions, one)) for one in complete + skipped):
                found.add((where, "no answers lead here"))
        if question.show_if and all(question.code in asked(questions, one) for one in complete):
            found.add((path, "all answers lead here"))
    return found


def said(questionnaire: Questionnaire) -> set[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "clinic" / "v1.yaml"
        file.parent.mkdir()
        file.write_text(as_yaml(questionnaire), "utf-8")
        try:
            read_file(file, [])
        except BadInput as error:
            return {(one.field or "", one.message[: one.message.find(":")]) for one in error.problems}
    return set()


@given(asking_anything())
@settings(max_examples=60, deadline=None)
def test_what_nobody_and_what_everybody_is_asked_is_what_trying_all_answers_finds(
    questionnaire: Questionnaire,
) -> None:
    assert said(questionnaire) == wrong(questionnaire.questions)


def test_looking_at_each_condition_by_itself_would_miss_what_excludes_itself() -> None:
    unkind, kind = Condition("q0", frozenset("c")), Condition("q0", frozenset("a"))
    questions = (
        Question("q0", "single", "Well?", "So.", options=SINGLE),
        Question("q1", "single", "Why?", "So.", options=SINGLE, show_if=((unkind,),)),
        Question(
            "q2", "single", "And?", "So.", options=SINGLE, show_if=((kind, Condition("q1", frozenset("a"))),)
        ),
    )
    each_can_be_met = all(
        any(one.options & answers[one.question] for answers in everybody(questions))
        for question in questions
        for clause in question.show_if
        for one in clause
    )
    lead = Indicator("lead", "Lead", "q0", "lead/1", frozenset("a"), frozenset("ab"))
    assert each_can_be_met
    assert said(Questionnaire("clinic", 1, "Clinic", "draft", "", questions, (lead,))) == {
        ("questions[3].show_if", "no answers lead here")
    }
