"""Two versions of a questionnaire: what differs, what becomes of each trend, and what is not published."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from survey.catalogue.catalogue import Catalogue, read_file
from survey.catalogue.difference import Trend, changes, trends
from survey.catalogue.publishing import publish
from survey.domain.calendar import Week
from survey.domain.errors import Refused
from survey.domain.questionnaire import Condition, Indicator, Option, Question, Questionnaire
from survey.presenters.version_words import lines
from survey.resources import folder

SHIPPED = folder("questionnaires")
WARD = read_file(SHIPPED / "inpatient" / "v1.yaml", [SHIPPED])
NOW = Week.parse("2026-W47")


def changed(code: str, **fields: object) -> Questionnaire:
    """The ward's questionnaire with a question that differs."""
    asked = tuple(replace(one, **fields) if one.code == code else one for one in WARD.questions)  # type: ignore[arg-type]
    return replace(WARD, version=2, questions=asked)


def tracked(which: str, /, **fields: object) -> Questionnaire:
    """The ward's questionnaire with an indicator that differs."""
    mine = tuple(replace(one, **fields) if one.series == which else one for one in WARD.indicators)  # type: ignore[arg-type]
    return replace(WARD, version=2, indicators=mine)


def effect(after: Questionnaire, series: str = "kindness/1") -> Trend:
    return next(one for one in trends(WARD, after) if one.series == series)


def relabelled(code: str, label: str) -> tuple[Option, ...]:
    return tuple(
        replace(one, label=label) if one.code == code else one for one in WARD.question("kindness").options
    )


def test_nothing_differs_between_a_version_and_itself_under_another_number() -> None:
    assert changes(WARD, replace(WARD, version=2)) == []
    assert {one.effect for one in trends(WARD, replace(WARD, version=2))} == {"goes on"}


KINDNESS = WARD.question("kindness")
LOST = KINDNESS.options[:-1]
REGROUPED = tuple(replace(one, group="neither") for one in KINDNESS.options)


@pytest.mark.parametrize(
    ("after", "what"),
    [
        (changed("kindness", kind="multiple"), "the kind of question changed"),
        (changed("kindness", options=LOST), "the answers changed"),
        (changed("kindness", options=REGROUPED), "the answers changed"),
        (
            changed("kindness", show_if=((Condition("fft", frozenset({"poor"})),),)),
            "who is asked changed",
        ),
        (tracked("kindness/1", numerator=frozenset({"very_kind"})), "what counts as good changed"),
        (
            tracked("kindness/1", denominator=frozenset({"very_kind", "kind", "unkind"})),
            "what counts at all changed",
        ),
        (tracked("kindness/1", better="lower"), "which way is better changed"),
        (tracked("kindness/1", measure="mean"), "what is measured changed"),
        (changed("kindness", text="Were the staff kind?"), "its words changed"),
        (changed("kindness", hint="Think of the nights too."), "its words changed"),
        (changed("kindness", options=relabelled("kind", "Kind enough")), "its words changed"),
    ],
)
def test_a_trend_breaks_where_its_meaning_changes_under_its_name(after: Questionnaire, what: str) -> None:
    found = effect(after)
    assert found.effect == "breaks"
    assert what in found.why
    assert "such as kindness/2" in found.why


@pytest.mark.parametrize(
    "after",
    [
        changed("kindness", why="Another reason."),
        changed("comment", text="What else?"),
        tracked("kindness/1", name="Staff were kind"),
        tracked("kindness/1", target=0.9),
        replace(WARD, version=2, title="Your time with us"),
        replace(WARD, version=2, questions=WARD.questions[::-1]),
    ],
)
def test_a_trend_goes_on_where_its_question_stays(after: Questionnaire) -> None:
    assert changes(WARD, after)
    assert effect(after) == Trend("kindness/1", "goes on")


def test_new_words_go_on_where_somebody_says_why_they_can_be_compared() -> None:
    worded = changed("kindness", text="How kind were our staff?")
    told = tuple(
        replace(one, comparable="Only shorter.") if one.series == "kindness/1" else one
        for one in worded.indicators
    )
    found = effect(replace(worded, indicators=told))
    assert (found.effect, found.why) == ("goes on", "new wording, said to be comparable: Only shorter.")


def test_a_comparable_word_does_not_carry_other_answers_on() -> None:
    fewer = changed("kindness", options=LOST)
    told = tuple(replace(one, comparable="Only shorter.") for one in fewer.indicators)
    assert effect(replace(fewer, indicators=told)).effect == "breaks"


def test_a_new_series_starts_anew_and_the_old_one_ends() -> None:
    after = tracked("kindness/1", series="kindness/2")
    assert effect(after, "kindness/2").effect == "starts anew"
    assert "kindness/1" in effect(after, "kindness/2").why
    assert effect(after) == Trend("kindness/1", "ends", "kindness/2 takes its place")


def test_a_new_theme_begins_and_a_dropped_one_ends() -> None:
    food = Question("food", "single", "How was the food?", "It heals.", options=KINDNESS.options)
    tasty = Indicator("tasty", "Food", "food", "food/1", frozenset({"kind"}), frozenset({"kind", "unkind"}))
    without = tuple(one for one in WARD.indicators if one.series != "waiting/1")
    after = replace(WARD, version=2, questions=(*WARD.questions, food), indicators=(*without, tasty))
    assert effect(after, "food/1").effect == "begins"
    assert effect(after, "waiting/1").effect == "ends"


def test_each_change_and_each_trend_is_a_line() -> None:
    after = replace(changed("kindness", text="Were the staff kind?", hint="All of them."), title="Your time")
    found = list(lines(changes(WARD, after), trends(WARD, after)))
    assert found[:4] == [
        "title: ‘Your stay in hospital’ → ‘Your time’",
        "question kindness text: ‘How kind were the staff who looked after you?’ → ‘Were the staff kind?’",
        "question kindness hint: nothing → ‘All of them.’",
        "",
    ]
    assert "  fft/1          goes on" in found
    assert any(line.startswith("  kindness/1     CANNOT GO ON: its words changed") for line in found)


def test_a_question_put_in_taken_out_or_moved_is_told_as_that() -> None:
    food = Question("food", "single", "How was it?", "It heals.", options=KINDNESS.options[:2])
    first, second, third, *rest = WARD.questions
    after = replace(WARD, version=2, questions=(second, first, food, *rest))
    said = "\n".join(lines(changes(WARD, after), []))
    assert f"question {third.code} is taken out" in said
    assert "question food is new, after fft: kind single" in said
    assert f"questions in another order: {first.code}, {second.code}" in said


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """An installation's own folder with clinic/v1 published and a draft of v2."""
    shutil.copytree(Path(__file__).parent / "sound", tmp_path / "own")
    publish(
        Catalogue.load([SHIPPED, tmp_path / "own"], week=NOW), "clinic/v1", since=date(2026, 11, 23), now=NOW
    )
    return tmp_path / "own"


def second_version(own: Path, was: str, now: str) -> Catalogue:
    text = (own / "clinic" / "v1.yaml").read_text()
    assert was in text
    (own / "clinic" / "v2.yaml").write_text(text.replace("version: 1", "version: 2").replace(was, now))
    return Catalogue.load([SHIPPED, own], week=NOW)


def test_a_version_with_a_broken_trend_is_not_published(own: Path) -> None:
    label = next(
        one.label for one in Catalogue.load([SHIPPED, own], week=NOW).get("clinic/v1").questions[1].options
    )
    found = second_version(own, label, "Something else")
    with pytest.raises(Refused, match="would carry trends on with another meaning") as raised:
        publish(found, "clinic/v2", since=date(2026, 11, 30), now=NOW)
    assert "of clinic/v1: its words changed" in str(raised.value)
    assert "clinic/v2" not in (own / "PUBLISHED").read_text()
