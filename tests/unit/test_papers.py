"""Paper form, poster, cards: what can be ticked is what can be keyed; a screen reader can read each page."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.editions import Edition, Editions, as_published
from survey.catalogue.pieces import Translations
from survey.domain.errors import BadInput
from survey.domain.organisation import Service
from survey.presenters.papers.asked import Asked, asked
from survey.presenters.papers.form import DRAFT, form
from survey.presenters.papers.poster import cards, poster
from survey.services.printing import _reached
from tests.kinds import every_kind

SERVICE = Service("ELM7", 'Elm #panic("no") $x$ *ward*', "inpatient", "RXX01", "P1")
WHERE, ADDRESS = "Hill Hospital", "https://survey.example.nhs.uk/s/ELM7"


@pytest.fixture(scope="module")
def editions(catalogue: Catalogue) -> Editions:
    return Editions(Translations.load(catalogue))


@pytest.fixture(scope="module")
def kinds() -> dict[str, Asked]:
    edition = as_published(every_kind())
    return dict(
        zip([one.code for one in edition.questionnaire.questions], asked(edition), strict=True),
    )


def text(pdf: bytes) -> str:
    """What is to be read in a PDF, in the order of its page, as one line."""
    said = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(said.stdout.decode().split())


def opened(pdf: bytes) -> pikepdf.Pdf:
    """A PDF that says of itself that it is PDF/UA-1 and tagged."""
    found = pikepdf.open(BytesIO(pdf))
    with found.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
    assert found.Root.MarkInfo.Marked
    return found


def test_a_question_has_the_number_of_its_place_and_each_answer_the_key_that_is_pressed_for_it(
    kinds: dict[str, Asked],
) -> None:
    assert [one.number for one in kinds.values()] == list(range(1, 9))
    assert [(one.key, one.label) for one in kinds["waiting"].boxes] == [
        ("1", "Not long"),
        ("2", "Long"),
        ("3", "Very long"),
    ]
    ends = [(one.key, one.label, one.end) for one in kinds["ease"].boxes]
    assert (ends[0], ends[10]) == (("1", "0", "Very hard"), ("b", "10", "Very easy"))
    assert kinds["hours"].boxes == kinds["told"].boxes == ()


def test_who_is_asked_only_after_an_answer_is_told_which_in_which_question(kinds: dict[str, Asked]) -> None:
    assert kinds["waiting"].only == ""
    assert kinds["hours"].only == "Answer this only if you ticked ‘Long’ or ‘Very long’ in question 1."
    assert kinds["told"].only == "Answer this only if you wrote ‘5 or more’ in question 2."
    assert "a number from 0 to 2 in question 5" in kinds["hard"].only
    assert "ticked ‘Noise at night’ in question 4" in kinds["hard"].only


def test_one_or_more_ticks_are_asked_for_and_why_of_what_is_about_oneself(kinds: dict[str, Asked]) -> None:
    assert kinds["waiting"].tick == "Tick one."
    assert kinds["troubles"].tick == "Tick all that apply. If you tick ‘None of these’, tick nothing else."
    assert [one.why for one in kinds.values() if one.why] == [["a test of ages."]]


@pytest.mark.parametrize(
    ("tag", "large"), [("en", False), ("en-easy", True), ("ur", False)], ids=["usual", "easy", "draft"]
)
def test_the_form_is_pdf_ua_and_names_service_version_and_page(
    editions: Editions, catalogue: Catalogue, tag: str, large: bool
) -> None:
    edition = editions.edition(catalogue.get("inpatient/v1"), tag)
    made = form(edition, SERVICE, organisation=WHERE, large=large)
    pdf, said = opened(made), text(made)
    assert str(pdf.Root.Lang).split("-")[0] == tag.split("-", maxsplit=1)[0]
    assert said.count("Heard · ELM7 · inpatient/v1") == len(pdf.pages)
    assert (DRAFT in said) == (tag == "ur")
    if tag != "ur":  # whose letters are told in the shapes that they take
        assert f"Page 1 of {len(pdf.pages)}" in said
        assert SERVICE.name in said
        for one in edition.questionnaire.questions:
            assert all(option.label in said for option in one.options)


def test_every_kind_of_question_can_be_printed() -> None:
    made = form(as_published(every_kind()), SERVICE, organisation=WHERE)
    opened(made)
    assert "Answer this only if you wrote ‘5 or more’ in question 2." in text(made)


@pytest.mark.parametrize("tag", ["en", "ur"])
def test_poster_and_cards_have_the_address_beside_a_code_that_says_what_it_opens(
    editions: Editions, catalogue: Catalogue, tag: str
) -> None:
    edition = editions.edition(catalogue.get("inpatient/v1"), tag)
    for make, count in ((poster, 1), (cards, 10)):
        made = make(edition, SERVICE, organisation=WHERE, address=ADDRESS)
        assert len(opened(made).pages) == 1
        assert text(made).count("survey.example.nhs.uk/s/ELM7") == count
        assert text(made).count(DRAFT) == (count if tag == "ur" else 0)


def test_a_letter_that_no_font_has_is_named(editions: Editions, catalogue: Catalogue) -> None:
    edition = editions.edition(catalogue.get("inpatient/v1"), "en")
    unknown = replace(edition, questionnaire=replace(edition.questionnaire, title="Stay \u0378"))
    with pytest.raises(BadInput, match=r"no font on this machine has .*378.*: install one"):
        form(unknown, SERVICE, organisation=WHERE)


def test_no_code_is_printed_that_leads_nowhere() -> None:
    assert _reached("https://survey.example.nhs.uk/") == "https://survey.example.nhs.uk"
    for address in ("http://127.0.0.1:8000", "http://localhost", "survey.example.nhs.uk", "javascript:x"):
        with pytest.raises(BadInput):
            _reached(address)


@pytest.mark.proof
def test_every_version_can_be_printed_in_every_edition(editions: Editions, catalogue: Catalogue) -> None:
    for version in catalogue.all():
        for tag in (version.language, *editions.tags(version)):
            edition: Edition = editions.edition(version, tag)
            for large in (False, True):
                opened(form(edition, SERVICE, organisation=WHERE, large=large))
            assert len(opened(cards(edition, SERVICE, organisation=WHERE, address=ADDRESS)).pages) == 1
            assert len(opened(poster(edition, SERVICE, organisation=WHERE, address=ADDRESS)).pages) == 1
