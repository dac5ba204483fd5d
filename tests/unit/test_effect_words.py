"""What came of an action, in sentences that claim no more than a before and after can show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from survey.domain.actions import Action, Effect
from survey.domain.calendar import Week
from survey.presenters import effect_words, figures

ACTION = Action(
    id="A0000001",
    node="B",
    icb="QZZ",
    pathway="inpatient",
    indicator="fft",
    finding="F0000001",
    since=Week.parse("2026-W02"),
    owner="Sister of the ward",
    due=date(2026, 6, 1),
    does="Quiet hours",
    told="Nights are quieter",
    start=Week.parse("2026-W15"),
)
BETTER = Effect("better", 14, 612, change=0.06, low=0.02, high=0.1, observed=0.84, expected=0.78)


def said(effect: Effect, action: Action = ACTION) -> str:
    return effect_words.effect(effect, action).replace(figures.SPACE, " ")


def test_it_is_too_early_to_tell_until_there_is_enough():
    assert said(Effect("too_early", 5, 83)) == (
        "Too early to tell: 5 weeks and 83 answers since the action in the week of 6 April 2026."
    )


def test_a_change_is_set_beside_what_was_expected_and_claims_no_cause():
    assert said(BETTER) == (
        "Since the action in the week of 6 April 2026: 84 %, 6 points higher than expected without it; "
        "likely between 2 and 10 points higher. Something else may have changed at the same time."
    )


def test_no_clear_change_is_called_so():
    none = replace(BETTER, state="no_clear_change", low=-0.03, high=0.05, expected=0.83)
    assert said(none) == (
        "Since the action in the week of 6 April 2026: 84 %, where 83 % was expected without it: no clear "
        "change (likely between 3 points lower and 5 points higher). Something else may have changed at the "
        "same time."
    )


def test_without_a_level_before_nothing_is_compared():
    assert said(Effect("no_history", 9, 130)).startswith(
        "Nothing to compare with: too little is known of before"
    )


def test_actions_of_one_time_cannot_be_told_apart():
    assert said(replace(BETTER, overlaps=1)).endswith(
        "It cannot be told apart from other actions of the time, nor from what else may have changed."
    )


def test_an_action_without_a_first_week_has_none_invented():
    assert said(BETTER, replace(ACTION, start=None)).startswith("Since the action: 84 %")


@pytest.mark.parametrize("state", ["too_early", "no_history", "better", "worse", "no_clear_change"])
def test_no_effect_is_called_proven(state: str):
    text = said(replace(BETTER, state=state))  # type: ignore[arg-type]
    assert not any(word in text for word in ("worked", "signific", "because", "thanks to"))


def test_an_action_in_a_list_says_who_until_when_what_and_what_came():
    open_ = effect_words.listed(ACTION, None, late=True)
    assert open_.startswith(
        "A0000001\tlate: due 2026-06-01\tSister of the ward\tQuiet hours. Patients are told:"
    )
    assert "nothing has been released of the time since" in open_
    closed = effect_words.listed(replace(ACTION, closed=date(2026, 7, 1), outcome="Kept."), BETTER)
    assert "\tclosed 2026-07-01\t" in closed
    assert "Outcome: Kept. Since the action in" in closed
    assert effect_words.listed(replace(ACTION, start=None), None).endswith("Not in force yet.")
