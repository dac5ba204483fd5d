"""Plans in sentences: what takes how long, what cannot be watched, what cannot be at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from survey.domain.findings import Sensitivity
from survey.domain.plan import Plan
from survey.presenters.plan_words import ahead, of_service

PLAN = Plan(
    service="Ward 7",
    indicator_name="Staff were kind",
    better="higher",
    answers_a_week=30,
    level=0.85,
    change=0.05,
    within=13,
    has_room=True,
    watched=True,
    watched_with="",
    weeks=6,
    needed=1234.5,
)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (
            {},
            "With about 30 answers a week, a fall of 5 points takes about 6 weeks to show. To show within 13 "
            "weeks it wants about 1,200 answers a week.",
        ),
        ({"better": "lower"}, "a rise of 5 points takes about 6 weeks to show."),
        ({"weeks": None}, "takes longer than two years to show."),
        ({"needed": 7.6, "within": 1}, "To show within a week it wants about 8 answers a week."),
        ({"needed": None}, "No number of answers that was tried shows it within 13 weeks."),
        ({"watched": False}, "too few answers to watch it by itself. To show within 13 weeks it wants about"),
        (
            {"watched": False, "watched_with": "Test Trust"},
            "by itself; it is watched with Test Trust. To show",
        ),
    ],
)
def test_a_service_is_told_of_in_one_line(changed: dict[str, object], says: str):
    said = of_service(replace(PLAN, **changed)).replace("\u00a0", " ")  # type: ignore[arg-type]
    assert said.startswith("Ward 7, ‘Staff were kind’ 85 %: ")
    assert says in said
    assert "\n" not in said


@pytest.mark.parametrize(("better", "turn"), [("higher", "fall"), ("lower", "rise")])
def test_what_cannot_be_is_told_without_figures(better: str, turn: str):
    none = replace(PLAN, better=better, has_room=False, weeks=None, needed=None)  # type: ignore[arg-type]
    said = of_service(none).replace("\u00a0", " ")
    assert said.endswith(f"its level leaves no room for a {turn} of 5 points.")


def test_ahead_of_a_service_both_figures_are_told():
    said = ahead(Sensitivity(30, 0.85, 0.05, 41.9), needed=89, within=13).replace("\u00a0", " ")
    assert said.startswith(
        "With about 30 answers a week, a fall of 5 points takes about 10 months to show. To"
    )
    assert said.endswith("it wants about 89 answers a week.")
