"""What a draft asks of its patients: every way, its time, its reading, and the room that is left."""

from __future__ import annotations

import itertools

import pytest
from click.testing import CliRunner
from hypothesis import given, settings

from survey.catalogue.answering import seconds_of
from survey.catalogue.catalogue import Catalogue
from survey.catalogue.coverage import coverage
from survey.catalogue.routes import routes
from survey.cli import questionnaire as commands
from survey.domain.questionnaire import Condition, Indicator, Option, Question, Questionnaire
from survey.presenters import coverage_words
from survey.services.respond import Desk
from survey.web.patient.app import create_app, create_preview
from tests.kinds import every_kind
from tests.questionnaires import questionnaires

YES_NO = (Option("yes", "Yes", "favourable"), Option("no", "No", "unfavourable"))


def asked(code: str, *rule: tuple[Condition, ...], kind: str = "single") -> Question:
    options = () if kind == "text" else YES_NO
    return Question(code, kind, f"Is {code} so?", "To know.", options=options, show_if=rule)  # type: ignore[arg-type]


def of(*questions: Question) -> Questionnaire:
    lead = Indicator("i", "It is so", questions[0].code, "i/1", frozenset({"yes"}), frozenset({"yes", "no"}))
    return Questionnaire("ward", 1, "Your stay", "draft", "", questions, (lead,))


def said(code: str, *options: str) -> Condition:
    return Condition(code, frozenset(options))


def lengths_by_trying(whole: Questionnaire) -> tuple[int, int, set[str]]:
    """The least and the most that are asked, and all that is ever asked, of everybody who answers all."""
    counts, ever = set(), set()
    for answers in itertools.product(*(_answers(one) for one in whole.questions)):
        path = whole.path(dict(zip((one.code for one in whole.questions), answers, strict=True)))
        counts.add(len(path))
        ever |= {one.code for one in path}
    return min(counts), max(counts), ever


def _answers(question: Question) -> list[str]:
    codes = [one.code for one in question.options] or ["said"]
    if question.kind != "multiple":
        return codes
    some = itertools.chain.from_iterable(itertools.combinations(codes, size) for size in (1, 2, 3, 4, 5))
    return [" ".join(chosen) for chosen in some if question.takes(" ".join(chosen))]


@given(questionnaires())
@settings(max_examples=60, deadline=None)
def test_the_shortest_and_the_longest_are_those_that_trying_every_answer_finds(drawn: Questionnaire) -> None:
    tried = 1
    for one in drawn.questions:
        tried *= len(_answers(one))
    found = routes(drawn.questions, seconds_of)
    if tried <= 20_000:
        least, most, ever = lengths_by_trying(drawn)
        assert (len(found.shortest), len(found.longest)) == (least, most)
        assert set(found.unreached) == drawn.codes - ever
    assert set(found.shortest) <= set(drawn.questions)


def test_two_ways_that_exclude_each_other_are_not_added_up() -> None:
    # The naive longest way is all questions: nobody is asked both b and c.
    whole = of(
        asked("a"),
        asked("b", (said("a", "yes"),)),
        asked("c", (said("a", "no"),)),
        asked("d", (said("c", "no"),), kind="text"),
    )
    found = coverage(whole)
    assert found.shortest is not None
    assert found.longest is not None
    assert [one.code for one in found.shortest.questions] == ["a", "b"]
    assert [one.code for one in found.longest.questions] == ["a", "c", "d"]
    assert len(found.whole.questions) == 4
    assert found.unreached == ()


def test_a_question_that_nobody_can_reach_is_named() -> None:
    whole = of(asked("a"), asked("b", (said("a", "yes"), said("a", "no"))))
    assert coverage(whole).unreached == ("b",)
    assert "No answers lead to b." in coverage_words.reach(coverage(whole))


def test_too_many_ways_are_said_and_not_followed() -> None:
    many = [asked(f"a{number}") for number in range(14)]
    ask = asked("z", *((said(one.code, "yes"),) for one in many))
    found = coverage(of(*many, ask))
    assert found.shortest is None
    assert "too many ways" in coverage_words.reach(found)[0]
    assert [says for says, _ in coverage_words.ways(found)] == [
        "All questions, as the page shows them without a script"
    ]


def test_time_is_reading_choosing_and_typing() -> None:
    assert seconds_of(asked("a")) == pytest.approx(5 / 2 + 3)  # 3 words and 2 labels at 120 a minute
    short, long = (Question("t", "text", "Say it", "x", max_length=most) for most in (30, 1000))
    assert seconds_of(short) == pytest.approx(1 + 30 * 60 / 90)
    assert seconds_of(long) == pytest.approx(1 + 100 * 60 / 90)


def test_the_room_left_is_what_check_would_still_take() -> None:
    whole = of(asked("a"), Question("t", "text", "Say it", "x", max_length=300))
    found = coverage(whole)
    assert found.comment_left == 700
    assert found.coded_left == 1000 - (1 + 3 + 6) - (1 + 0 + 6)


def test_the_report_comes_without_a_server() -> None:
    done = CliRunner().invoke(commands.questionnaire, ["preview", "emergency-department/v1", "--report"])
    assert done.exit_code == 0
    assert "Every question can be reached." in done.output
    assert "14 questions: fft, waiting, waiting_told" in done.output


def test_the_page_is_linked_from_the_mark_and_says_the_same() -> None:
    client = create_preview(every_kind()).test_client()
    assert '<a href="/about">About this draft</a>' in client.get("/").text
    page = client.get("/about")
    assert page.status_code == 200
    assert "script-src 'none'" in page.headers["Content-Security-Policy"]
    found = coverage(every_kind())
    for _, leg in coverage_words.ways(found):
        assert coverage_words.asked(leg) in page.text
        assert coverage_words.duration(leg.seconds) in page.text


def test_what_authors_wrote_is_never_markup_on_the_page() -> None:
    whole = of(Question("a", "single", "<script>x</script>", "x", options=YES_NO))
    assert "<script" not in create_preview(whole).test_client().get("/about").text


def test_patients_have_no_such_page() -> None:
    site = create_app(Desk(None, None, Catalogue({})))  # type: ignore[arg-type]
    rules = {str(rule) for rule in site.url_map.iter_rules()}
    assert "/how" in rules
    assert "/about" not in rules
