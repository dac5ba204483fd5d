"""A made-up town: its questionnaire, and people who answer by chance, so that only a leak can name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from secrets import SystemRandom

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.folders import Entry
from survey.catalogue.published import Publication
from survey.domain.calendar import Week
from survey.domain.questionnaire import Indicator, Option, Question, Questionnaire
from survey.domain.response import Response

RANDOM = SystemRandom()
PATHWAY = "made-up"
RATED = ("fft", "kindness", "information", "waiting", "involvement", "comfort")
ABOUT_YOU: Mapping[str, tuple[str, ...]] = {  # what the sender's list has of everyone too
    "age": ("16-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+"),
    "sex": ("female", "male"),
    "ethnic-group": ("asian", "black", "mixed", "white", "other"),
}
SCALE = (
    Option("very-good", "Very good", "favourable"),
    Option("good", "Good", "favourable"),
    Option("neither", "Neither good nor poor", "neither"),
    Option("poor", "Poor", "unfavourable"),
    Option("very-poor", "Very poor", "unfavourable"),
    Option("dont-know", "Don't know", "neither"),
)
CODES = tuple(option.code for option in SCALE)
_SINCE = date(2020, 12, 28)


@dataclass(frozen=True)
class Person:
    """One line of the sender's list: who was invited where, when, of what age, sex and ethnic group.

    The response is the experiment's alone: the thief is measured by it and never reads it.
    """

    name: str
    service: str
    week: Week  # in which the person answered
    response: Response
    ticket: str | None = None  # None: came by a poster

    @property
    def known(self) -> Mapping[str, str]:
        """What the sender's list says of the person: what the person told of themself, word for word."""
        return self.response.about_you


def questionnaire() -> Questionnaire:
    """Six rated questions, one comment, three about you."""
    rated = [Question(code, "single", f"How was the {code}?", "made up", options=SCALE) for code in RATED]
    about = [
        Question(code, "single", f"Your {code}?", "made up", options=_plain(options), about_you=True)
        for code, options in ABOUT_YOU.items()
    ]
    lead = Indicator(
        "fft-positive",
        "Positive",
        "fft",
        series="fft",
        numerator=frozenset({"very-good", "good"}),
        denominator=frozenset(CODES),
    )
    return Questionnaire(
        PATHWAY,
        1,
        title="A made-up survey",
        state="published",
        digest="0" * 64,
        questions=(*rated, Question("comment", "text", "Why?", "made up", max_length=1000), *about),
        indicators=(lead,),
    )


def catalogue() -> Catalogue:
    """A catalogue of that one questionnaire, long in force."""
    one = questionnaire()
    return Catalogue({one.key: Entry(one, Path("v1"), Path(), Publication(one.digest, one.key, _SINCE))})


def a_response(name: str, number: int) -> Response:
    """Unlike the response of any other `number`; its comment names its author, as some patients' do."""
    answers = _answers(number)
    left_out = RANDOM.sample(RATED[1:], RANDOM.randrange(3))
    return Response(
        {code: said for code, said in answers.items() if code not in left_out},
        {"comment": f"{name} says: {'thank you ' * RANDOM.randrange(40)}"},
        {attribute: RANDOM.choice(options) for attribute, options in ABOUT_YOU.items()},
    )


def _answers(number: int) -> dict[str, str]:
    # Without an order that follows the number: nothing of arrival is in the answers themselves.
    mixed = number * 25_411 % len(CODES) ** len(RATED)
    answers = {}
    for code in RATED:
        mixed, digit = divmod(mixed, len(CODES))
        answers[code] = CODES[digit]
    return answers


def _plain(codes: tuple[str, ...]) -> tuple[Option, ...]:
    return tuple(Option(code, code) for code in codes)
