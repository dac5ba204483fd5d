"""The shipped questionnaires: published, unchanged, in plain English, in wording that we may use."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.fft import FFT_OPTIONS, FFT_TEXT
from survey.catalogue.overview import themes
from survey.catalogue.readability import grade_of
from survey.domain.calendar import Week
from survey.domain.questionnaire import GROUPS, Question, Questionnaire
from survey.resources import folder

SINCE_2020 = ("ambulance-see-and-convey", "inpatient", "nhs-111", "patient-transport")
WITHOUT_FFT = "end-of-life-carers"  # it is not asked after a death
OF_CHILDREN = ("children", "young-people")  # who answer for themselves
AFTER_A_LOSS = ("maternity-antenatal", "maternity-birth", "maternity-postnatal", WITHOUT_FFT)
NATIONAL = {"fft", "ethnic_group", "childs_ethnic_group", "sexual_orientation", "religion"}
SHIPPED = Catalogue.load([folder("questionnaires")])
# Hashes of what patients were shown. A line here is added with a version, never edited.
FIXED = {
    "ambulance-hear-and-treat/v1": "cce8ab1c3df0aaf78292fc2c9bc3ea06140f4e770d29e1352a387cc2f0391b39",
    "ambulance-see-and-convey/v1": "aef0dee148a6f8f65cb91b01edb689a4e202bb7c200e6cc3183ab827ec26c9b9",
    "ambulance-see-and-treat/v1": "1c47df7379cb3e3657818a5870aedd63f42dd436bad11b4401f64b223a88f608",
    "cancer/v1": "4c0f40319527145c115d2f703bc953ba2e058ee76620346efd02e8d95ffbc4fd",
    "children-parent/v1": "af6285486b117fa430306c42ae1e0383b50bdce62927d8290f2a563f34da7cd5",
    "children/v1": "53f142f39c1e19ad9438a285b9a44fab5541913f841be61e79da33f0f0fef3a6",
    "community-nursing/v1": "88506093709674c58292c5e3a5c575b2daa183dde83d62b5373b72db3838b2a3",
    "day-surgery/v1": "bdb9457509a5a80a29fc2c439bdbe32bca97c94243a0f04c3bc0ef35182332c1",
    "dental/v1": "9c55a2036d2db4fbc39117f752ac294deef769acaf964311870d51d0bedb61b5",
    "diagnostics/v1": "26f605d7c28399a1031cd8ccc108bebb487b1d1d55f2cb36fbd3fd2933570d3d",
    "emergency-department/v1": "c478467f9813aa325f5872164fb3e1e6f829a25485a50279e3dde087b5a3a7bc",
    "end-of-life-carers/v1": "b3c356d362af16c4a4801d8fdfa56b30508e0071c776e1cacd67b6d0a734ff4d",
    "eye-care/v1": "2298bee3f06603a6db34d3d8dd7dab42774be88d3e239e62fc5c7bc42ef39ac4",
    "general-practice/v1": "e9cad3ffa71006cd8be73871f8b60e50ca45b4b7ba89fd6c64b6622322be55fe",
    "hip-and-knee/v1": "99e572dc2bbd7f2fda2d2f0fa174e7b5e9a3cf6e3fcc600432aa79761730e785",
    "inpatient/v1": "5bc903580068a1c45bfb01d431eee7a512d8924dadff4f60d8378fe7e558614a",
    "learning-disability-and-autism/v1": "39b534501c0a6bb94b21418e5fb48288bb7cb4049c2537ef5fcf443b3b73e5f0",
    "long-term-conditions/v1": "87885bc5c593b11c3147c146f04779a12e5f3d26bb48da68cf347c78fa2e23c1",
    "maternity-antenatal/v1": "c01bd42d440a00a4928dff28df90549711c1a84aeda0d252047f4ed861237180",
    "maternity-birth/v1": "d967dff4859d83ef4244a82daed7953a0152d106805608a7e9d283d6cb9b57f8",
    "maternity-postnatal/v1": "a96fc14f555cc102f5ec45548a9bc7f94a6e2ca57c11a732f88f292512bd58b7",
    "mental-health-community/v1": "07e6d36798e61d79a8b16c91fb933c07240a7788ff96260ae1592da21bce6c61",
    "mental-health-inpatient/v1": "f393970cf9f2fb3ee04ae15b19022d5934528706eccf1fb5c6aabc8024c0e66f",
    "musculoskeletal/v1": "aa90615d55988fbcd92b75f1bcbb61495ef25180518e007b1b13106895890735",
    "nhs-111/v1": "4387f5f10f26fb02f6993654b184c7dd3a992fbeb953966183cd55203da34f6d",
    "outpatient/v1": "272dc5ad89084983e1023ba286842ce5c2a9ea8059ea86afe3104fe63c87da17",
    "patient-transport/v1": "c87c5477b2be4b9481ed00e04075cc35c1b7f74b95d98ff7234829a610ed116b",
    "pharmacy/v1": "02423133c9d5571391e551f7229e40d22906e1f9582ef1f1b83da659475a295d",
    "social-care-reablement/v1": "70212836bcfc0f97bbd464a1a6c195844463f67d61ef8c1dba1562bc7a959547",
    "urgent-care/v1": "76769c0936698ef0718bcd0b8dfb1df1855a6e522d0ad8f5c8101d488bf4a0c1",
    "young-people/v1": "4d47d8298c09ec7270797bdce5f1d4cebdaae53184e79d24195d27bd25c2f58d",
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
    "did everything they could",
    "prevented from sleeping",
    "confident are you",
    "helped you to understand",
)

every = pytest.mark.parametrize("questionnaire", SHIPPED.all(), ids=lambda found: found.key)
asked = pytest.mark.parametrize(
    "questionnaire",
    [found for found in SHIPPED.all() if found.pathway != WITHOUT_FFT],
    ids=lambda found: found.key,
)


def texts(questionnaire: Questionnaire) -> list[str]:
    """Every sentence and label that a patient reads, but for the sets of national words."""
    found = []
    for question in questionnaire.questions:
        found += [question.text, question.hint or "", question.why if question.about_you else ""]
        if question.code not in NATIONAL:
            found += [option.label for option in question.options]
    return [text for text in found if text]


def test_published_versions_are_the_ones_that_patients_were_shown() -> None:
    published = {found.key: found.digest for found in SHIPPED.all() if found.state != "draft"}
    assert published == FIXED


def rated(questionnaire: Questionnaire) -> list[Question]:
    return [one for one in questionnaire.questions if one.kind != "text" and not one.about_you]


def test_four_pathways_have_a_questionnaire_in_force_since_the_end_of_2020() -> None:
    for pathway in SINCE_2020:
        assert SHIPPED.current(pathway, Week.of(date(2021, 1, 1))).key == f"{pathway}/v1"


def test_every_pathway_has_a_published_questionnaire() -> None:
    assert set(SHIPPED.pathways()) == {found.pathway for found in SHIPPED.all()}


@every
def test_the_national_question_comes_first_then_care_a_comment_and_the_person(
    questionnaire: Questionnaire,
) -> None:
    care = rated(questionnaire)
    leads = "overall" if questionnaire.pathway == WITHOUT_FFT else "fft"
    assert care[0].code == leads
    assert 5 <= len(care) - (leads == "fft") <= 10 or questionnaire.key in {
        f"{pathway}/v1" for pathway in SINCE_2020
    }
    kinds = [
        "person" if one.about_you else "comment" if one.kind == "text" else "care"
        for one in questionnaire.questions
    ]
    about = [one for one in questionnaire.questions if one.about_you]
    assert kinds == ["care"] * len(care) + ["comment"] + ["person"] * len(about)
    assert about
    assert not any(question.required for question in questionnaire.questions)


@asked
def test_the_friends_and_family_question_has_its_national_words(questionnaire: Questionnaire) -> None:
    question = questionnaire.question("fft")
    assert question.text == FFT_TEXT == "Overall, how was your experience of our service?"
    assert [option.label for option in question.options] == [
        "Very good",
        "Good",
        "Neither good nor poor",
        "Poor",
        "Very poor",
        "Don't know",
    ]


@asked
def test_the_lead_indicator_counts_dont_know_as_the_nation_does(questionnaire: Questionnaire) -> None:
    lead = questionnaire.lead
    assert (lead.code, lead.series) == ("fft_positive", "fft/1")
    assert lead.numerator == {"very_good", "good"}
    assert lead.denominator == {code for code, _, _ in FFT_OPTIONS}


@every
def test_each_rated_question_has_one_indicator_of_its_favourable_answers(
    questionnaire: Questionnaire,
) -> None:
    care = rated(questionnaire)
    assert [found.question for found in questionnaire.indicators] == [found.code for found in care]
    for question, indicator in zip(care, questionnaire.indicators, strict=True):
        by_group = {group: {one.code for one in question.options if one.group == group} for group in GROUPS}
        assert indicator.numerator == by_group["favourable"]
        assert by_group["unfavourable"]
        if indicator.denominator != frozenset().union(*by_group.values()):
            # Those whom it did not concern are left out, and nobody else: there is no middle answer.
            assert indicator.denominator == by_group["favourable"] | by_group["unfavourable"]
            assert len(by_group["neither"]) == 2
            assert indicator.name.startswith("Of ")


@every
def test_who_does_not_know_can_say_so(questionnaire: Questionnaire) -> None:
    for question in rated(questionnaire):
        if question.kind in {"single", "multiple"}:
            assert question.options[-1].code == "dont_know"
            assert question.options[-1].group == "neither"


def test_what_has_one_series_has_the_same_answers_everywhere() -> None:
    answers: dict[str, set[tuple[tuple[str, str, str | None], ...]]] = {}
    for questionnaire in SHIPPED.all():
        for indicator in questionnaire.indicators:
            options = questionnaire.question(indicator.question).options
            said = tuple((one.code, one.label, one.group) for one in options)
            answers.setdefault(indicator.series, set()).add(said)
    assert not {series for series, found in answers.items() if len(found) > 1}


@every
def test_the_comment_warns_and_names_the_urgent_routes(questionnaire: Questionnaire) -> None:
    comment = questionnaire.question("comment")
    assert comment.max_length == 1000
    hint = comment.hint or ""
    for words in ("do not write anyone's name", "Nobody can write back", "999"):
        assert words in hint
    assert any(line in hint for line in ("116 123", "0800 1111"))  # Samaritans, Childline
    assert any(where in hint for where in ("PALS", "(ICB)", "your council"))


@every
def test_about_you_questions_can_be_declined_and_say_why(questionnaire: Questionnaire) -> None:
    for question in questionnaire.questions:
        if question.about_you:
            assert question.options[-1].code == "prefer_not_to_say"
            assert question.why.startswith("We ask so that")
            assert "find you" in question.why
            assert re.search("leave (this|it) out", question.hint or "")


@pytest.mark.parametrize("pathway", OF_CHILDREN)
def test_children_are_not_asked_what_the_census_asks_from_sixteen_on(pathway: str) -> None:
    assert not {"gender", "sexual_orientation", "religion"} & SHIPPED.get(f"{pathway}/v1").codes


@pytest.mark.parametrize("pathway", AFTER_A_LOSS)
def test_whoever_answers_after_a_loss_is_not_asked_of_a_baby_or_a_recommendation(pathway: str) -> None:
    questionnaire = SHIPPED.get(f"{pathway}/v1")
    read = " ".join([questionnaire.title, *texts(questionnaire)]).lower()
    assert not re.search(r"\b(baby|babies|feeding|newborn|congratulations|died|death)\b", read)


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
