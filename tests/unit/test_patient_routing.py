"""After which answers a question is asked, as the page says it to people and to its script."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace

import pytest

from survey.catalogue.editions import as_published
from survey.catalogue.words import in_english
from survey.domain.questionnaire import Condition, Question, Questionnaire, Rule
from survey.web.patient import fragments, routing
from survey.web.patient.app import create_preview
from tests.kinds import QUESTIONS, every_kind

BY_CODE = {one.code: one for one in QUESTIONS}


def asked(show_if: Rule, *before: Question) -> Questionnaire:
    last = Question("last", "text", "Why?", "a test", max_length=9, show_if=show_if)
    return every_kind(*(replace(one, show_if=()) for one in before or QUESTIONS), last)


def said(questionnaire: Questionnaire) -> str | None:
    return routing.of_whom(questionnaire, questionnaire.question("last"), in_english())


def one(question: str, *options: str) -> Condition:
    return Condition(question, frozenset(options))


@pytest.mark.parametrize(
    ("show_if", "words"),
    [
        ((), None),
        (((one("waiting", "long"),),), "Only if you said ‘Long’ to ‘How was your wait?’"),
        (
            ((one("waiting", "very_long", "long"),),),
            "Only if you said ‘Long’ or ‘Very long’ to ‘How was your wait?’",
        ),
        (
            ((one("troubles", "noise", "light", "food"),),),
            "Only if you said ‘Noise at night’, ‘Lights left on’ or ‘The food’ to ‘Which of these "
            "troubled you?’",
        ),
        (((one("hours", "many"),),), "Only if you said ‘5 or more’ to ‘How many hours did you wait?’"),
        (
            ((one("ease", "p0", "p2", "p1"),),),
            "Only if you said a number from 0 to 2 to ‘How easy was it to talk to a doctor?’",
        ),
        (
            ((one("hard", "p1", "p3", "p5"),),),
            "Only if you said 1, 3 or 5 to ‘How much did that trouble you?’",
        ),
        (
            ((one("waiting", "long"), one("hours", "many")), (one("ease", "p10"),)),
            "Only if you said ‘Long’ to ‘How was your wait?’ and ‘5 or more’ to ‘How many hours did you "
            "wait?’, or 10 to ‘How easy was it to talk to a doctor?’",
        ),
    ],
)
def test_a_rule_is_one_plain_sentence(show_if: Rule, words: str | None) -> None:
    assert said(asked(show_if)) == words


def test_the_script_reads_the_rule_and_the_bands_from_the_page() -> None:
    page = create_preview(every_kind()).test_client().get("/").text
    rules = [json.loads(html.unescape(one)) for one in re.findall(r' data-if="([^"]*)"', page)]
    assert rules == [
        [[["q_waiting", ["long", "very_long"]]]],
        [[["q_hours", ["many"]]]],
        [[["q_ease", ["p0", "p1", "p2"]], ["q_troubles", ["noise"]]], [["q_hours", ["many"]]]],
    ]
    [bands] = re.findall(r' data-bands="([^"]*)"', page)
    assert json.loads(html.unescape(bands)) == [["few", 1, 4], ["many", 5, 99]]


def test_a_questionnaire_that_asks_everybody_everything_says_nothing_of_it() -> None:
    page = create_preview(every_kind(BY_CODE["waiting"], BY_CODE["age"])).test_client().get("/").text
    body = page[page.index("<body") :]
    assert 'class="only"' not in body
    assert "data-if" not in body


def test_words_of_a_questionnaire_are_never_markup() -> None:
    wait = replace(BY_CODE["waiting"], text='Was it <b>long</b> & "dull"?')
    *_, last = fragments.steps(as_published(asked(((one("waiting", "long"),),), wait)), given={}, wrong={})
    assert "‘Was it &lt;b&gt;long&lt;/b&gt; &amp; &#34;dull&#34;?’" in last.html


def test_an_exclusive_answer_stands_last_behind_or() -> None:
    [step] = fragments.steps(as_published(every_kind(BY_CODE["troubles"])), given={}, wrong={})
    assert re.search(r"The food.*>\s*or\s*<.*None of these", step.html, flags=re.DOTALL)
    assert step.html.count('data-behaviour="exclusive"') == 1
    turned = replace(BY_CODE["troubles"], options=BY_CODE["troubles"].options[::-1])
    [step] = fragments.steps(as_published(every_kind(turned)), given={}, wrong={})
    assert "divider" not in step.html


@pytest.mark.parametrize("code", ["waiting", "troubles", "ease", "hours", "told"])
def test_what_must_be_answered_says_so(code: str) -> None:
    question = replace(BY_CODE[code], show_if=(), required=True)
    [step] = fragments.steps(as_published(every_kind(question)), given={}, wrong={})
    assert step.required
    assert "You need to answer this one." in step.html
    page = create_preview(every_kind(question)).test_client().get("/").text
    assert "leave out any question that does not say you need to answer it" in page
