"""What the watch can and cannot do, in sentences held to the letter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from survey.domain.findings import Sensitivity
from survey.presenters import figures, watch_words
from tests import packs

SENSITIVITY = Sensitivity(answers_a_week=18, level=0.85, change=0.05, weeks=52)


def plain(text: str) -> str:
    """With ordinary spaces."""
    return text.replace(figures.SPACE, " ")


def test_the_guarantee_stands_in_the_words_of_the_method_with_what_it_leaves_out():
    assert watch_words.GUARANTEE == (
        "With a steady level and independent answers, at most one false deterioration alert per pathway and "
        "question comes in ten years on average, however often one looks."
    )
    for left_out in ("seasons", "slow drift", "one person answering often", "same season"):
        assert left_out in watch_words.NOT_COVERED


@pytest.mark.parametrize(
    ("watched", "says"),
    [
        (0, ""),
        (1, ""),
        (
            9,
            "Of the 9 courses watched for this e-mail, less than one false deterioration alert a year is",
        ),
        (
            24,
            "Of the 24 courses watched for this e-mail, about one false deterioration alert a year is to be",
        ),
        (1200, "Of the 1,200 courses watched"),
    ],
)
def test_a_reader_of_many_courses_is_told_what_to_expect(watched: int, says: str):
    assert watch_words.of_many(watched).startswith(says)
    assert bool(watch_words.of_many(watched)) == bool(says)


def test_the_same_season_is_set_beside_the_newest_quarter():
    assert plain(watch_words.season(packs.SEASON)) == (
        "Compared with the same 13 weeks a year before: 80 % now, 89 % then (9 points lower; likely between "
        "7 and 11 points lower)."
    )
    alike = replace(packs.SEASON, value=0.885, was=0.88, low=-0.02, high=0.03)
    assert watch_words.season(alike).endswith("which is no clear difference.")


@pytest.mark.parametrize(
    ("weeks", "says"),
    [
        (0.4, "about a week"),
        (5.2, "about 5 weeks"),
        (20, "about 5 months"),
        (52, "about a year"),
        (50, "about a year"),
        (64, "about 15 months"),
        (78, "about a year and a half"),
        (104, "about two years"),
        (None, "longer than two years"),
        (float("inf"), "longer than two years"),
    ],
)
def test_how_long_a_fall_takes_to_show(weeks: float | None, says: str):
    assert plain(watch_words.sensitivity(replace(SENSITIVITY, weeks=weeks))) == (
        f"With about 18 answers a week, a fall of 5 points takes {says} to show."
    )


def test_of_what_should_be_rare_it_is_a_rise_that_takes_time():
    rare = replace(SENSITIVITY, level=0.1, direction="rise")
    assert "a rise of 5 points takes about a year" in plain(watch_words.sensitivity(rare))


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        (0.3, "With under 1 answer a week"),
        (1.2, "With about 1 answer a week"),
        (1204, "With about 1,204 answers"),
    ],
)
def test_few_answers_are_said_as_few(answers: float, says: str):
    assert plain(watch_words.sensitivity(replace(SENSITIVITY, answers_a_week=answers))).startswith(says)
