"""What is hard to read in a questionnaire is said, and is no error."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from survey.catalogue.catalogue import Catalogue, read_file
from survey.catalogue.readability import OLDEST, hard_to_read, reading_age
from survey.cli import questionnaire as commands
from survey.domain.questionnaire import Question, Questionnaire
from survey.resources import folder

SHIPPED = folder("questionnaires")
CLINIC = Path(__file__).parent / "sound" / "clinic" / "v1.yaml"
# How committees write, and what patients would be asked instead.
HARD = (
    "What is your opinion regarding the comprehensibility of the information communicated?",
    "To what extent were you satisfied with the communication of relevant clinical information?",
    "How satisfied are you with the accessibility of our facilities?",
    "How would you rate the effectiveness of the analgesia provided?",
    "Overall, how was your experience of our service?",  # NHS England's, of which nobody may say so
)
EASY = (
    "How clear was what we told you?",
    "How easy was it to get to us?",
    "How well did we help you with pain?",
    "How much say did you have in your care?",
)


@pytest.fixture
def clinic() -> Questionnaire:
    return read_file(CLINIC, [SHIPPED])


def asking(questionnaire: Questionnaire, **fields: object) -> Questionnaire:
    """The same with another second question."""
    first, second, *others = questionnaire.questions
    changed = replace(second, **fields)  # type: ignore[arg-type]
    return replace(questionnaire, questions=(first, changed, *others))


def second(questionnaire: Questionnaire) -> Question:
    return questionnaire.questions[1]


@pytest.mark.parametrize("text", HARD)
def test_a_hard_question_is_found_though_its_answers_are_short(clinic: Questionnaire, text: str) -> None:
    asked = asking(clinic, text=text)
    assert reading_age(second(asked)) > OLDEST
    (said,) = hard_to_read(asked)
    assert said.startswith("clinic/v1: kindness: asks for the reading of age ")


@pytest.mark.parametrize("text", EASY)
def test_an_easy_question_is_left_in_peace(clinic: Questionnaire, text: str) -> None:
    assert hard_to_read(asking(clinic, text=text)) == []


def test_hard_answers_and_a_hard_hint_are_found_too(clinic: Questionnaire) -> None:
    labels = ("Exceptionally satisfactory", "Moderately satisfactory", "Thoroughly unsatisfactory")
    options = tuple(
        replace(one, label=label) for one, label in zip(second(clinic).options, labels, strict=True)
    )
    assert "unsatisfactory" in hard_to_read(asking(clinic, options=options))[0]
    hint = "Consider the availability of interpreters and the suitability of accommodation."
    assert hard_to_read(asking(clinic, hint=hint))


def test_why_is_read_by_patients_where_it_is_about_them_alone(clinic: Questionnaire) -> None:
    why = "Organisational accountability necessitates comprehensive demographic information."
    assert hard_to_read(asking(clinic, why=why)) == []
    assert hard_to_read(asking(clinic, why=why, about_you=True))


def test_a_sentence_of_short_words_can_be_too_long(clinic: Questionnaire) -> None:
    text = f"How kind {'and how kind ' * 6}were we to you?"
    assert (
        "has a sentence of 24 words, and 20 is the most: make two of it"
        in hard_to_read(asking(clinic, text=text))[-1]
    )


def test_nothing_is_said_of_what_the_formula_does_not_know(clinic: Questionnaire) -> None:
    assert hard_to_read(asking(replace(clinic, language="ur"), text=HARD[0])) == []
    others = tuple(
        replace(one, label=label) for one, label in zip(second(clinic).options, "ابج", strict=True)
    )
    assert hard_to_read(asking(clinic, text="کیا ہم مہربان تھے؟", options=others)) == []
    assert hard_to_read(clinic) == []  # the national question among them


def test_no_shipped_questionnaire_asks_for_more_reading_than_a_child_of_eleven_has() -> None:
    assert [said for one in Catalogue.load([SHIPPED]).all() for said in hard_to_read(one)] == []


def test_check_says_what_is_hard_and_calls_the_questionnaire_sound(tmp_path: Path) -> None:
    file = tmp_path / "clinic" / "v1.yaml"
    file.parent.mkdir()
    file.write_text(CLINIC.read_text().replace("How kind were we?", HARD[0]))
    done = CliRunner().invoke(commands.questionnaire, ["check", str(file)])
    assert done.exit_code == 0
    assert done.stdout == "1 questionnaire is sound\n"
    assert done.stderr == (
        "may be hard to read: clinic/v1: kindness: asks for the reading of age 18 or more, and 11 is the "
        "most: shorten it, or find shorter words for comprehensibility, communicated, information\n"
    )
