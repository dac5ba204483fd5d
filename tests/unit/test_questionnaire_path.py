"""Paths and answers of a questionnaire: what is asked, what may be answered, what is counted."""

from __future__ import annotations

import pytest

from survey.domain.questionnaire import Condition, Indicator, Option, Question, Questionnaire, Rule


def _options(*codes: str) -> tuple[Option, ...]:
    return tuple(Option(code, code.title(), group) for code, group in zip(codes, GROUPS, strict=False))  # type: ignore[arg-type]


GROUPS = ("favourable", "neither", "unfavourable")
TROUBLES = (
    Option("noise", "Noise", "unfavourable"),
    Option("light", "Light", "unfavourable"),
    Option("food", "Food", "neither"),
    Option("none", "None of these", "favourable", alone=True),
)
AGES = (Option("short", "Up to 4", least=0, most=4), Option("long", "5 or more", least=5, most=99))


def _question(code: str, *, show_if: Rule = (), kind: str = "single") -> Question:
    options = {"multiple": TROUBLES, "number": AGES, "text": ()}.get(kind, _options("yes", "partly", "no"))
    return Question(code, kind, f"{code}?", "Because.", options=options, show_if=show_if)  # type: ignore[arg-type]


def _asking(*questions: Question) -> Questionnaire:
    lead = Indicator(
        "lead", "Lead", questions[0].code, "lead/1", frozenset({"yes"}), frozenset({"yes", "no"})
    )
    return Questionnaire("ward", 1, "Ward", "draft", "", questions, (lead,))


def _if(question: str, *options: str) -> Condition:
    return Condition(question, frozenset(options))


ROUTED = _asking(
    _question("first"),
    _question("second", show_if=((_if("first", "no"),),)),
    _question("third", show_if=((_if("second", "no", "partly"),),)),
    _question("either", show_if=((_if("first", "yes"),), (_if("second", "no"), _if("third", "no")))),
    _question("slept", kind="multiple"),
    _question("woken", show_if=((_if("slept", "noise"),),), kind="text"),
)


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ({}, "first slept"),
        ({"first": "yes"}, "first either slept"),
        ({"first": "no"}, "first second slept"),
        ({"first": "no", "second": "no"}, "first second third slept"),
        ({"first": "no", "second": "no", "third": "no"}, "first second third either slept"),
        # The second is not asked of somebody who said yes: an answer to it decides nothing.
        ({"first": "yes", "second": "no"}, "first either slept"),
        ({"slept": "noise food"}, "first slept woken"),
        ({"slept": "none"}, "first slept"),
    ],
)
def test_a_question_is_asked_where_one_of_its_conditions_holds(answers: dict[str, str], asked: str) -> None:
    assert [one.code for one in ROUTED.path(answers)] == asked.split()


def test_answers_off_the_path_are_dropped() -> None:
    given = {"first": "yes", "second": "no", "third": "no", "slept": "none", "woken": "At night"}
    assert ROUTED.on_path(given) == {"first": "yes", "slept": "none"}


@pytest.mark.parametrize(
    ("answer", "is_one"),
    [
        ("noise", True),
        ("noise light", True),
        ("light noise", False),  # one order, so that the same choice is the same answer
        ("noise noise", False),
        ("none", True),
        ("noise none", False),
        ("dark", False),
        ("", False),
        (" noise", False),
    ],
)
def test_several_options_are_one_answer(answer: str, is_one: bool) -> None:
    assert _question("slept", kind="multiple").takes(answer) is is_one


def test_the_worst_that_was_chosen_is_how_a_whole_answer_feels() -> None:
    slept = _question("slept", kind="multiple")
    assert [slept.felt(one) for one in ("noise food", "food", "none", "")] == [
        *("unfavourable", "neither", "favourable"),
        None,
    ]


def test_a_whole_answer_adds_to_one_group_however_much_was_chosen() -> None:
    slept, first = _question("slept", kind="multiple"), _question("first")
    counts = slept.counted("noise light")
    assert counts == ("noise", "light", "=unfavourable")
    assert [slept.group(one) for one in counts] == [None, None, "unfavourable"]
    assert [first.group(one) for one in first.counted("no")] == ["unfavourable"]


@pytest.mark.parametrize(
    ("number", "band"), [(0, "short"), (4, "short"), (5, "long"), (99, "long"), (100, None)]
)
def test_a_number_is_kept_as_its_band(number: int, band: str | None) -> None:
    assert _question("visits", kind="number").band(number) == band
