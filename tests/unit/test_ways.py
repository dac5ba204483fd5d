"""How a response was given is known of fixed words alone, and is counted like an answer about oneself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from survey.domain.languages import LANGUAGES, TAGS, language
from survey.domain.languages import said as in_words
from survey.domain.response import Response
from survey.domain.ways import CHANNELS, ONLINE, attributes, way, way_of
from survey.services import subgroups
from survey.services.sound import sound
from tests.town import a_response, questionnaire

NAME = "Ada Lovelace, ward 7, bed 3"


def given(said: object) -> Response:
    """A response as a stolen patient's process could have sealed it."""
    return replace(a_response(3, age="75+"), way=said)


@pytest.mark.parametrize("language", [NAME, "EN", "xx", "ur ur", "", "en-easy-easy"])
def test_a_way_carries_no_word_that_is_not_known(language: str) -> None:
    assert sound(given({"language": language, "name": NAME}), questionnaire()).way == {}


@pytest.mark.parametrize("channel", [NAME, "Kiosk", "", "kiosk paper_home", "kiosk-7"])
def test_a_channel_names_neither_a_tablet_nor_a_person(channel: str) -> None:
    assert sound(given({"channel": channel}), questionnaire()).way == {}


def test_a_response_says_of_its_way_only_what_is_not_usual() -> None:
    asked = questionnaire()
    assert way(asked, tag="en", channel=ONLINE) == way(asked) == {}
    assert way(asked, tag="ur", channel="telephone") == {"language": "ur", "channel": "telephone"}
    assert set(CHANNELS) == {"online", "kiosk", "paper_here", "paper_home", "telephone"}


def test_a_way_that_is_known_is_kept() -> None:
    assert sound(given({"language": "ur"}), questionnaire()).way == {"language": "ur"}


@pytest.mark.parametrize("said", [[], "ur", {"language": 7}, {"language": ["ur"]}, None])
def test_a_way_of_another_form_leaves_its_box_sealed(said: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        sound(given(said), questionnaire())


def test_a_response_that_says_nothing_of_its_language_was_read_as_published() -> None:
    assert way_of(Response({"fft": "good"}), questionnaire()) == {"language": "en", "channel": "online"}
    assert b'"w"' not in Response({"fft": "good"}).encode()
    older = b'{"a":{"fft":"good"},"c":{},"y":{}}'  # sealed before there was a choice
    assert Response.decode(older).way == {}


def test_no_cell_of_a_count_holds_two_attributes_of_a_person() -> None:
    people = [replace(a_response(n, age="75+"), way={"language": "ur"} if n < 4 else {}) for n in range(12)]
    cells = subgroups._counted(people, questionnaire())
    of_language = {option: n for (kind, option, *_), n in cells.items() if kind == "language"}
    assert {cell[0] for cell in cells} == {"age", "language", "channel"}
    assert of_language.keys() == {"ur", "en"}
    assert sum(n for cell, n in cells.items() if cell[0] == "language") == 12


def test_a_language_alone_is_no_response() -> None:
    assert Response(way={"language": "ur"}).is_empty


def test_attributes_are_what_is_asked_of_people_and_how_they_answered() -> None:
    assert list(attributes(questionnaire())) == ["age", "ethnic-group", "language", "channel"]


def test_languages_have_a_name_of_their_own_and_a_direction() -> None:
    assert len({one.name for one in LANGUAGES.values()}) == len(LANGUAGES) == len(TAGS) / 2
    assert {code for code, one in LANGUAGES.items() if one.right_to_left} >= {"ur", "ar", "fa", "he", "ps"}
    assert (in_words("ur"), in_words("en-easy")) == ("Urdu", "English easy read")
    assert language("ur-easy").name == "اردو"
