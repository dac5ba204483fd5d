"""Laws of two versions: the difference names all that differs, and no trend goes on with another meaning."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from survey.catalogue.canonical import canonical
from survey.catalogue.difference import Change, changes, trends
from survey.domain.questionnaire import Questionnaire
from survey.presenters.version_words import lines
from tests.questionnaires import questionnaires

LISTS = ("questions", "options", "indicators")


@st.composite
def pairs(draw: Any) -> tuple[Questionnaire, Questionnaire]:
    """Two versions, of which the second keeps some of the first's questions, some of them altered."""
    before, other = draw(questionnaires()), draw(questionnaires())
    kept = {one.code: one for one in draw(st.lists(st.sampled_from(before.questions), unique=True))}
    mixed = [
        replace(kept.get(one.code, one), hint=draw(st.sampled_from([one.hint, "Else."])))
        for one in other.questions
    ]
    added = [one for one in kept.values() if one.code not in {two.code for two in mixed}]
    asked = draw(st.permutations([*mixed, *added]))
    followed = {one.code for one in asked}
    tracked = [one for one in (*before.indicators, *other.indicators) if one.question in followed]
    once = {one.code: one for one in draw(st.permutations(tracked))}
    return before, replace(other, questions=tuple(asked), indicators=tuple(once.values()) or other.indicators)


def told(questionnaire: Questionnaire) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(canonical(questionnaire))
    return {name: value for name, value in whole.items() if name not in {"format", "version", "pathway"}}


def applied(was: dict[str, Any], found: list[Change]) -> dict[str, Any]:
    """What stood there before with all changes made: what the later version must be."""
    made = deepcopy(was)
    for change in sorted(found, key=lambda one: len(one.where)):
        *path, name = change.where
        place: Any = made
        for step in path:
            place = (
                next(one for one in place if one["code"] == step)
                if isinstance(place, list)
                else place.setdefault(step, [] if step in LISTS else {})
            )
        if isinstance(place, list):
            _in_list(place, name, change)
        elif change.after is None:
            del place[name]
        else:
            place[name] = change.after
    return made


def _in_list(items: list[Any], name: str, change: Change) -> None:
    if change.is_order and isinstance(change.after, list):
        stay = [one for one in items if one["code"] in change.after]
        places = [items.index(one) for one in stay]
        for at, code in zip(places, change.after, strict=True):
            items[at] = next(one for one in stay if one["code"] == code)
    elif change.after is None:
        items[:] = [one for one in items if one["code"] != name]
    else:
        new = dict(change.after)
        behind = new.pop("after")
        at = next((place + 1 for place, one in enumerate(items) if one["code"] == behind), 0)
        items.insert(at, new)


@given(pairs())
@settings(deadline=None, max_examples=40)
def test_the_difference_names_everything_that_differs(pair: tuple[Questionnaire, Questionnaire]) -> None:
    before, after = pair
    found = changes(before, after)
    # The order of those that stay first, then what is put in behind its neighbour, in the order it stands in.
    found.sort(key=lambda one: (len(one.where), not one.is_order, one.before is None))
    made, wanted = applied(told(before), found), told(after)
    assert _emptied(made) == _emptied(wanted)
    assert len(list(lines(found, trends(before, after)))) >= len(found)


def _emptied(whole: Any) -> Any:
    # A list that became empty is not written.
    if isinstance(whole, list):
        return [_emptied(one) for one in whole]
    if isinstance(whole, dict):
        return {name: _emptied(value) for name, value in whole.items() if value != []}
    return whole


@given(questionnaires())
@settings(deadline=None, max_examples=40)
def test_nothing_differs_from_itself(one: Questionnaire) -> None:
    assert changes(one, replace(one, version=one.version + 1)) == []
    assert {trend.effect for trend in trends(one, one)} == {"goes on"}


@given(pairs())
@settings(deadline=None, max_examples=40)
def test_every_series_of_either_version_has_one_fate(pair: tuple[Questionnaire, Questionnaire]) -> None:
    before, after = pair
    found = {one.series: one.effect for one in trends(before, after)}
    was, now = ({one.series for one in two.indicators} for two in (before, after))
    assert found.keys() == was | now
    assert all(found[one] == "ends" for one in was - now)
    assert all(found[one] in {"begins", "starts anew"} for one in now - was)
    assert all(found[one] in {"goes on", "breaks"} for one in now & was)
