"""What is shipped in other words: easy read of every version, and drafts that no patient is offered."""

from __future__ import annotations

import pytest

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.editions import Editions
from survey.catalogue.pieces import Translations
from survey.catalogue.readability import hard_to_read_easily

DRAFTS = ("pl", "ur")
WITH_DRAFTS = {
    *("inpatient/v1", "inpatient/v2", "general-practice/v1", "patient-transport/v1", "patient-transport/v2"),
}


@pytest.fixture(scope="module")
def translations(catalogue: Catalogue) -> Translations:
    return Translations.load(catalogue)


@pytest.fixture(scope="module")
def editions(translations: Translations) -> Editions:
    return Editions(translations)


def test_every_translation_can_be_read(translations: Translations) -> None:
    assert translations.problems.found() == ()


def test_every_version_is_offered_in_easy_read_and_in_no_draft(
    catalogue: Catalogue, editions: Editions
) -> None:
    for version in catalogue.all():
        assert [one.tag for one in editions.offered(version)] == ["en", "en-easy"], version.key


def test_the_drafts_are_complete_and_say_that_nobody_has_reviewed_them(
    catalogue: Catalogue, translations: Translations, editions: Editions
) -> None:
    drafted = {one.key for one in catalogue.all() if set(DRAFTS) <= set(editions.tags(one))}
    assert drafted == WITH_DRAFTS
    for key in WITH_DRAFTS:
        for tag in DRAFTS:
            assert editions.edition(catalogue.get(key), tag).missing == ()
    for one in translations.all():
        if one.tag in DRAFTS:
            assert one.review is None
            assert one.file.read_text("utf-8").startswith(
                "# A draft that no native speaker has reviewed yet."
            )


def test_every_block_is_translated_for_all_that_share_it(
    catalogue: Catalogue, translations: Translations
) -> None:
    for name, shared in catalogue.shared.items():
        if shared.question or shared.options:
            for tag in (*DRAFTS, "en-easy"):
                found = translations.find(f"_blocks/{name}", tag)
                assert found is not None, (name, tag)
                assert found.missing == []


def test_easy_read_is_easy_to_read(translations: Translations) -> None:
    assert [hard for one in translations.all() for hard in hard_to_read_easily(one)] == []


def test_easy_read_says_that_no_reader_has_tried_it_yet(translations: Translations) -> None:
    by = {one.review.by for one in translations.all() if one.tag == "en-easy" and one.review}
    assert by == {"Heard (not yet tested with readers)"}


def test_phone_numbers_are_the_same_in_every_language(
    translations: Translations, catalogue: Catalogue
) -> None:
    import re

    number = re.compile(r"\b(?:0808[ 0-9]+\d|0800 1111|116 123|85258|999|111)\b")
    for one in translations.all():
        for where, said in one.texts.items():
            source = one.sources[where].source
            assert set(number.findall(said)) == set(number.findall(source)), (one.file.name, where)
