"""A questionnaire with every kind of question, some of which follow from answers, and a town that asks it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.folders import Entry
from survey.catalogue.published import Publication
from survey.domain.questionnaire import Condition, Indicator, Option, Question, Questionnaire
from tests.town import Town
from tests.transport import town_asking

WAITS = (
    Option("short", "Not long", "favourable"),
    Option("long", "Long", "neither"),
    Option("very_long", "Very long", "unfavourable"),
)
TROUBLES = (
    Option("noise", "Noise at night", "unfavourable"),
    Option("light", "Lights left on", "unfavourable"),
    Option("food", "The food", "neither"),
    Option("none", "None of these", "favourable", alone=True),
)
BANDS = (
    Option("few", "1 to 4", "favourable", least=1, most=4),
    Option("many", "5 or more", "unfavourable", least=5, most=99),
)
AGES = (Option("young", "Under 65"), Option("old", "65 or over"))


def scale(first: int, last: int, low: str, high: str) -> tuple[Option, ...]:
    """The points of a scale, as the catalogue makes them."""
    words = {first: f"{first} – {low}", last: f"{last} – {high}"}
    return tuple(
        Option(f"p{n}", words.get(n, str(n)), "favourable" if n > 6 else "unfavourable", score=float(n))
        for n in range(first, last + 1)
    )


def asked_if(question: str, *options: str) -> tuple[tuple[Condition, ...], ...]:
    return ((Condition(question, frozenset(options)),),)


WAIT = Question("waiting", "single", "How was your wait?", "a test", options=WAITS)
QUESTIONS = (
    WAIT,
    Question(
        "hours",
        "number",
        "How many hours did you wait?",
        "a test",
        options=BANDS,
        unit="hours",
        show_if=asked_if("waiting", "long", "very_long"),
    ),
    Question(
        "told",
        "text",
        "What were you told while you waited?",
        "a test",
        hint="Please do not name anyone.",
        max_length=200,
        show_if=asked_if("hours", "many"),
    ),
    Question("troubles", "multiple", "Which of these troubled you?", "a test", options=TROUBLES),
    Question(
        "ease",
        "scale",
        "How easy was it to talk to a doctor?",
        "a test",
        options=scale(0, 10, "Very hard", "Very easy"),
    ),
    Question(
        "hard",
        "scale",
        "How much did that trouble you?",
        "a test",
        options=scale(1, 5, "Not at all", "Very much"),
        show_if=(
            (Condition("ease", frozenset({"p0", "p1", "p2"})), Condition("troubles", frozenset({"noise"}))),
            (Condition("hours", frozenset({"many"})),),
        ),
    ),
    Question("comment", "text", "Is there anything else?", "a test", max_length=500),
    Question("age", "single", "How old are you?", "a test of ages.", options=AGES, about_you=True),
)


def every_kind(*questions: Question) -> Questionnaire:
    """These questions, or one of each kind and some that follow from answers."""
    lead = Indicator("wait", "Wait", "waiting", "wait/1", frozenset({"short"}), frozenset({"short", "long"}))
    asked = questions or QUESTIONS
    return Questionnaire("ward", 1, "Your stay on the ward", "published", "7" * 64, asked, (lead,))


def required(questionnaire: Questionnaire) -> Questionnaire:
    """The same, all of it to be answered."""
    asked = tuple(replace(one, required=not one.about_you) for one in questionnaire.questions)
    return replace(questionnaire, questions=asked, digest="8" * 64)


def ward_town(engine: Engine, keys_dir: Path) -> Town:
    """A town whose one service asks every kind of question."""
    asked = every_kind()
    published = Publication(asked.digest, asked.key, date(2020, 12, 28))
    catalogue = Catalogue({asked.key: Entry(asked, Path("ward"), Path(), published)})
    return town_asking(asked.pathway, engine, keys_dir, catalogue)
