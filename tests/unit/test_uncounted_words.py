"""What the figures leave out, in sentences: no service goes unsaid, and no exact number is said."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from survey.domain.uncounted import Rounded, Uncounted
from survey.presenters.uncounted_words import LISTED, lines, paragraphs, sentences, withheld
from survey.presenters.words import UNTOLD, WITHHELD
from survey.services.uncounted import rounded
from tests import packs

FEW, LARGE = Rounded(few=1), Rounded(about=55)
MANY = [
    Uncounted(f"Ward {n:02}", waiting=FEW, aside=LARGE if n % 10 == 0 else Rounded(), destroyed=FEW)
    for n in range(40)
]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("boxes", "says"),
    [
        ([], ""),
        ([0], ""),
        ([1], "Some responses, fewer than ten in a box, wait sealed until there are ten."),
        ([9], "Some responses, fewer than ten in a box, wait sealed until there are ten."),
        ([9, 9], "Some responses, fewer than ten in a box, wait sealed until there are ten."),
        ([10], "About 10 responses wait sealed until they can be counted."),
        ([12], "About 10 responses wait sealed until they can be counted."),
        ([13], "About 15 responses wait sealed until they can be counted."),
        ([57], "About 55 responses wait sealed until they can be counted."),
        ([1203], "About 1,205 responses wait sealed until they can be counted."),
        (
            [57, 9],
            "About 55 responses, and others, fewer than ten in a box, wait sealed until they can be counted.",
        ),
    ],
)
def test_the_sentence_at_the_edges_of_rounding(boxes: list[int], says: str):
    assert plain(" ".join(sentences(Uncounted("W", waiting=rounded(boxes))))) == says


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (
            Uncounted("W", aside=FEW),
            "Some responses, fewer than ten in a box, are set aside, sealed, until two people have looked "
            "into why numbers do not add up.",
        ),
        (
            Uncounted("W", destroyed=LARGE),
            "About 55 responses were too few to be counted without showing who said what, or could not be "
            "opened. They were destroyed unread.",
        ),
        (
            Uncounted("W", merged=True),
            "Responses of services with too few of their own are counted together under this name.",
        ),
        (Uncounted("", merged=True), "Responses of services with too few of their own are counted together."),
        (
            Uncounted("", waiting=Rounded(about=55, few=3)),
            "About 55 responses, and others, fewer than ten in a box at 3 services, wait sealed until they "
            "can be counted.",
        ),
    ],
)
def test_each_kind_is_said_in_good_english(one: Uncounted, says: str):
    assert plain(" ".join(sentences(one))) == says


def test_an_exact_number_is_no_rounded_one():
    with pytest.raises(ValueError, match="57 is exact"):
        Rounded(about=57)


def test_a_list_that_is_cut_says_what_it_leaves_out():
    said = lines(MANY)
    assert len(said) == LISTED + 1
    assert plain(said[-1]) == (
        "28 more services: sealed (fewer than ten in a box at 28 services), set aside (about 110), "
        "destroyed unread (fewer than ten in a box at 28 services)."
    )


def test_a_page_with_little_room_says_the_whole_first_and_each_in_short():
    few = [Uncounted("A", waiting=FEW), Uncounted("B", waiting=FEW, aside=LARGE, merged=True)]
    whole, *each = map(plain, paragraphs(few, most=6))
    assert whole.startswith(
        "Responses of services with too few of their own are counted together. "
        "Some responses, fewer than ten in a box at 2 services, wait sealed until there are ten. "
        "About 55 responses are set aside"
    )
    assert each == [
        "A: sealed (fewer than ten in a box).",
        "B: counted together, sealed (fewer than ten in a box), set aside (about 55).",
    ]
    assert len(paragraphs(few, most=1)) == 3


def test_that_nothing_was_withheld_is_said_only_where_it_is_true():
    courses = packs.BOARDS["one"]().courses
    assert withheld(courses, [], []) == ("Nothing was withheld.",)
    assert withheld(courses, [], MANY[:1]) == lines(MANY[:1])
    assert withheld(courses, ["Ward 9"], []) == (f"Nothing is told yet of: Ward 9 ({UNTOLD}).",)
    gaps = packs.BOARDS["quiet"]().courses
    assert withheld(gaps, [], MANY[:1])[0].endswith(f"left empty: {WITHHELD}.")


@pytest.mark.parametrize("name", list(packs.BOARDS))
def test_however_full_a_pack_is_it_says_what_it_leaves_out(name: str):
    made = replace(packs.BOARDS[name](), uncounted=MANY).pack
    notes = [section for page in made.listings for section in (*page.notes, *page.under)]
    if made.method is not None:
        notes += [*made.method.left, *made.method.right]
    (found,) = [section for section in notes if section.heading == "What was withheld"]
    assert found.lines[0] == paragraphs(MANY, most=0)[0]
    assert re.findall(r"at (\d+)\u00a0services", found.lines[0]) == ["40", "40"]
