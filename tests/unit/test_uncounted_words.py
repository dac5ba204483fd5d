"""What the figures leave out, in sentences: every response is said, however many services there are."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from survey.domain.calendar import Span, Week
from survey.domain.uncounted import Uncounted
from survey.presenters.uncounted_words import LISTED, lines, paragraphs, sentences, withheld
from survey.presenters.words import WITHHELD
from tests import packs

SINCE = Week.parse("2026-W10")
MANY = [
    Uncounted(f"Ward {n:02}", waiting=n % 9 + 1, since=SINCE, destroyed=n, span=Span.of(SINCE))
    for n in range(40)
]


def numbers(text: str) -> int:
    return sum(int(n.replace(",", "")) for n in re.findall(r"([\d,]+)\u00a0responses?", text))


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (
            Uncounted("W", waiting=1, since=SINCE),
            "1 response since 2 March 2026 waits sealed until there are 10.",
        ),
        (
            Uncounted("W", aside=1),
            "1 response is set aside, sealed, until two people have looked into why numbers",
        ),
        (
            Uncounted("W", destroyed=1, span=Span.of(SINCE)),
            "1 response of the week of 2 March 2026 was too few",
        ),
        (Uncounted("W", destroyed=1, span=Span.of(SINCE)), "It was destroyed unread."),
        (
            Uncounted("W", destroyed=2, span=Span(SINCE, SINCE + 1)),
            "2 responses of the 2 weeks from 2 March 2026",
        ),
        (
            Uncounted("W", merged=1200),
            "1,200 responses of services with too few of their own are counted together",
        ),
    ],
)
def test_one_and_many_are_said_in_good_english(one: Uncounted, says: str):
    assert says in " ".join(sentences(one)).replace("\u00a0", " ")


def test_a_list_that_is_cut_says_how_much_it_leaves_out():
    said = lines(MANY)
    assert len(said) == LISTED + 1
    left = MANY[LISTED:]
    wait, gone = sum(one.waiting for one in left), sum(one.destroyed for one in left)
    assert said[-1] == (
        f"28\u00a0more services: {wait} sealed since 2\u00a0March 2026, {gone} destroyed unread."
    )
    assert sum(map(numbers, said[:-1])) == sum(one.waiting + one.destroyed for one in MANY[:LISTED])


def test_a_page_with_little_room_says_the_whole_first_and_each_in_short():
    few = [
        Uncounted("A", waiting=3, since=SINCE + 1),
        Uncounted("B", waiting=4, since=SINCE, aside=2, merged=11),
    ]
    whole, *each = (line.replace("\u00a0", " ") for line in paragraphs(few, most=6))
    assert whole.startswith(
        "11 responses of services with too few of their own are counted together. 7 responses "
    )
    assert "7 responses since 2 March 2026 wait sealed" in whole
    assert each == [
        "A: 3 sealed since 9 March 2026.",
        "B: 11 counted together, 4 sealed since 2 March 2026, 2 set aside.",
    ]
    assert len(paragraphs(few, most=1)) == 3


def test_that_nothing_was_withheld_is_said_only_where_it_is_true():
    courses = packs.BOARDS["one"]().courses
    assert withheld(courses, [], []) == ("Nothing was withheld.",)
    assert withheld(courses, [], MANY[:1]) == lines(MANY[:1])
    gaps = packs.BOARDS["quiet"]().courses
    assert withheld(gaps, ["Ward 9"], MANY[:1])[0] == "No answers counted yet: Ward 9."
    assert withheld(gaps, [], MANY[:1])[0].endswith(f"left empty: {WITHHELD}.")


@pytest.mark.parametrize("name", list(packs.BOARDS))
def test_however_full_a_pack_is_it_says_how_many_responses_it_leaves_out(name: str):
    made = replace(packs.BOARDS[name](), uncounted=MANY).pack
    notes = [section for page in made.listings for section in (*page.notes, *page.under)]
    if made.method is not None:
        notes += [*made.method.left, *made.method.right]
    (found,) = [section for section in notes if section.heading == "What was withheld"]
    assert found.lines[0] == paragraphs(MANY, most=0)[0]
    assert numbers(found.lines[0]) == sum(one.waiting + one.destroyed for one in MANY)
