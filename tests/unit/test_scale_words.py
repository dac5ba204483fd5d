"""A full scale before a change and since, in a line."""

from __future__ import annotations

from survey.domain.calendar import Span, Week
from survey.domain.questionnaire import Option, Question
from survey.domain.scale import FullScale, Shift
from survey.presenters.scale_words import shift

CODES = {"kind": 2.0, "unkind": 1.0}


def scale(weeks: int, *, scored: bool, **options: int) -> FullScale:
    labelled = tuple(Option(one, one.title(), score=CODES[one] if scored else None) for one in CODES)
    question = Question("kindness", "single", "How kind?", "a test", options=labelled)
    span = Span(Week(2026, 1), Week(2026, weeks))
    return FullScale(("A", "QTT", "bus"), "kindness/1", question, span, options)


def said(*, scored: bool) -> str:
    before, since = scale(9, scored=scored, kind=299, unkind=1), scale(1, scored=scored, kind=20, unkind=20)
    return shift(Shift(before, since)).replace("\u00a0", " ")


def test_each_answer_has_its_share_before_and_since() -> None:
    assert said(scored=False) == (
        "Answer by answer, 9 weeks before, then 1 week since: "
        "Kind over 99 %, then 50 %; Unkind under 1 %, then 50 %."
    )


def test_a_question_with_scores_tells_its_mean_too() -> None:
    assert said(scored=True).endswith("then 50 %. Mean score 2.0, then 1.5.")
