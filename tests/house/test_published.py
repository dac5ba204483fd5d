"""The shipped questionnaires: published, unchanged, in plain English, in wording that we may use."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.fft import FFT_OPTIONS, FFT_TEXT
from survey.catalogue.overview import themes
from survey.domain.calendar import Week
from survey.domain.questionnaire import Questionnaire
from survey.resources import folder
from tests.reading import grade_of

PATHWAYS = ("ambulance-see-and-convey", "inpatient", "nhs-111", "patient-transport")
CODES = ["fft", "kindness", "information", "waiting", "involvement", "comment", "age_band", "ethnic_group"]
SHIPPED = Catalogue.load([folder("questionnaires")])
# Hashes of what patients were shown. A line here is added with a version, never edited.
FIXED = {
    "ambulance-see-and-convey/v1": "aef0dee148a6f8f65cb91b01edb689a4e202bb7c200e6cc3183ab827ec26c9b9",
    "inpatient/v1": "5bc903580068a1c45bfb01d431eee7a512d8924dadff4f60d8378fe7e558614a",
    "nhs-111/v1": "4387f5f10f26fb02f6993654b184c7dd3a992fbeb953966183cd55203da34f6d",
    "patient-transport/v1": "c87c5477b2be4b9481ed00e04075cc35c1b7f74b95d98ff7234829a610ed116b",
}
# Turns of phrase of instruments that are not ours to ship: PPE-15, CQC, collaboRATE, howRwe.
THEIRS = (
    "as much as you wanted to be",
    "respect and dignity",
    "to some extent",
    "confidence and trust",
    "how much effort",
    "matter most to you",
    "treat you kindly",
    "listen and explain",
    "see you promptly",
    "enough information",
    "in a way you could understand",
    "talk in front of you",
    "worries and fears",
)

every = pytest.mark.parametrize("questionnaire", SHIPPED.all(), ids=lambda found: found.key)


def texts(questionnaire: Questionnaire) -> list[str]:
    """Every sentence and label that a patient reads, but for the two sets of national words."""
    found = []
    for question in questionnaire.questions:
        found += [question.text, question.hint or "", question.why if question.about_you else ""]
        if question.code not in {"fft", "ethnic_group"}:
            found += [option.label for option in question.options]
    return [text for text in found if text]


def test_published_versions_are_the_ones_that_patients_were_shown() -> None:
    published = {found.key: found.digest for found in SHIPPED.all() if found.state != "draft"}
    assert published == FIXED


def test_the_four_pathways_have_a_questionnaire_in_force_since_the_end_of_2020() -> None:
    assert SHIPPED.pathways() == PATHWAYS
    for pathway in PATHWAYS:
        assert SHIPPED.current(pathway, Week.of(date(2021, 1, 1))).key == f"{pathway}/v1"


@every
def test_there_are_the_eight_questions_in_their_order(questionnaire: Questionnaire) -> None:
    assert [question.code for question in questionnaire.questions] == CODES
    assert not any(question.required for question in questionnaire.questions)


@every
def test_the_friends_and_family_question_has_its_national_words(questionnaire: Questionnaire) -> None:
    asked = questionnaire.question("fft")
    assert asked.text == FFT_TEXT == "Overall, how was your experience of our service?"
    assert [option.label for option in asked.options] == [
        "Very good",
        "Good",
        "Neither good nor poor",
        "Poor",
        "Very poor",
        "Don't know",
    ]


@every
def test_the_lead_indicator_counts_dont_know_as_the_nation_does(questionnaire: Questionnaire) -> None:
    lead = questionnaire.lead
    assert (lead.code, lead.series) == ("fft_positive", "fft/1")
    assert lead.numerator == {"very_good", "good"}
    assert lead.denominator == {code for code, _, _ in FFT_OPTIONS}


@every
def test_each_rated_question_has_one_indicator_with_every_answer_below_the_line(
    questionnaire: Questionnaire,
) -> None:
    rated = [found for found in questionnaire.questions if found.kind == "single" and not found.about_you]
    assert [found.question for found in questionnaire.indicators] == [found.code for found in rated]
    for question, indicator in zip(rated, questionnaire.indicators, strict=True):
        assert indicator.denominator == {option.code for option in question.options}
        assert indicator.numerator == {
            option.code for option in question.options if option.group == "favourable"
        }
        assert question.group("dont_know") == "neither"


@every
def test_the_comment_warns_and_names_the_urgent_routes(questionnaire: Questionnaire) -> None:
    comment = questionnaire.question("comment")
    assert comment.max_length == 1000
    for words in ("do not write anyone's name", "Nobody can write back", "111", "999", "116 123", "PALS"):
        assert words in (comment.hint or "")


@every
def test_about_you_questions_can_be_declined_and_say_why(questionnaire: Questionnaire) -> None:
    for code in ("age_band", "ethnic_group"):
        question = questionnaire.question(code)
        assert question.about_you
        assert question.options[-1].code == "prefer_not_to_say"
        assert question.why.startswith("We ask so that")


@every
def test_a_child_of_eleven_can_read_it(questionnaire: Questionnaire) -> None:
    # Flesch–Kincaid grade + 5 is a reading age in years.
    assert grade_of(texts(questionnaire)) + 5 <= 11
    longest = max(len(part.split()) for text in texts(questionnaire) for part in re.split(r"[.?!:]", text))
    assert longest <= 20


@every
def test_no_wording_is_another_instruments(questionnaire: Questionnaire) -> None:
    whole = " ".join(texts(questionnaire)).lower()
    assert not [phrase for phrase in THEIRS if phrase in whole]


def test_the_measure_of_reading_tells_hard_from_easy() -> None:
    hard = "Organisational communication regarding investigations necessitated considerable deliberation."
    assert grade_of([hard]) > 15
    assert grade_of(["How kind were we? You can leave this out."]) < 3


def test_the_readme_shows_the_table_that_the_files_make() -> None:
    readme = (folder("questionnaires") / "README.md").read_text("utf-8")
    assert themes(SHIPPED.all()) in readme


def test_the_example_in_the_readme_is_sound(tmp_path: Path) -> None:
    readme = (folder("questionnaires") / "README.md").read_text("utf-8")
    example = next(part for part in re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL) if "pathway:" in part)
    (tmp_path / "physiotherapy").mkdir()
    (tmp_path / "physiotherapy" / "v1.yaml").write_text(example)
    assert Catalogue.load([folder("questionnaires"), tmp_path]).get("physiotherapy/v1").state == "draft"
