"""A translation is offered when every word of it is there and reviewed, and not when one has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from survey.catalogue.checking import check_all, check_files
from survey.catalogue.editions import Edition, Editions
from survey.catalogue.pieces import Translations
from survey.domain.errors import BadInput
from tests.translated import KEY, catalogue_of, review, small, translate

Change = Callable[[Path], None]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A version with a translation into Urdu and an easy read, all of it reviewed."""
    small(tmp_path)
    for tag in ("ur", "en-easy"):
        translate(tmp_path, tag)
    review(tmp_path)
    return tmp_path


def editions(place: Path, *, drafts: bool = False) -> Editions:
    return Editions(Translations.load(catalogue_of(place), drafts=drafts))


def offered(place: Path) -> list[str]:
    """The tags that patients may choose from, asked as the site asks and as the keyboard does."""
    version = catalogue_of(place).get(KEY)
    found = [[one.tag for one in editions(place, drafts=drafts).offered(version)] for drafts in (True, False)]
    assert found[0] == found[1]
    return found[0]


def urdu(place: Path) -> Edition:
    return editions(place, drafts=True).edition(catalogue_of(place).get(KEY), "ur")


def edit(file: str, old: str, new: str) -> Change:
    def change(place: Path) -> None:
        text = (place / file).read_text("utf-8")
        assert old in text
        (place / file).write_text(text.replace(old, new, 1), "utf-8")

    return change


def unmark(file: str) -> Change:
    def change(place: Path) -> None:
        lines = (place / file).read_text("utf-8").splitlines()
        (place / file).write_text("\n".join(one for one in lines if not one.startswith("reviewed:")), "utf-8")

    return change


def test_what_is_complete_and_reviewed_is_offered_easy_read_first(place: Path) -> None:
    assert offered(place) == ["en", "en-easy", "ur"]


@pytest.mark.parametrize(
    ("change", "waits_for"),
    [
        (unmark("clinic/v1.ur.yaml"), "clinic/v1 is a draft"),
        (unmark("_blocks/fft.ur.yaml"), "_blocks/fft is a draft"),
        (unmark("_words/ur.yaml"), "_words is a draft"),
        (edit("clinic/v1.ur.yaml", "ur Your visit", "ur My visit"), "clinic/v1 has changed since"),
        (edit("_blocks/fft.ur.yaml", "ur Good", "ur Bad"), "_blocks/fft has changed since"),
        (edit("_words/ur.yaml", "ur Back", "ur Forward"), "_words has changed since"),
        (edit("clinic/v1.yaml", "How kind were we?", "Were we kind?"), "clinic/v1 has changed since"),
        (edit("clinic/v1.yaml", "label: Unkind", "label: Rude"), "clinic/v1 has changed since"),
        (edit("_blocks/comment.yaml", "do well", "do very well"), "_blocks/comment has changed since"),
        (
            edit("_blocks/age_band.yaml", "as good for people", "good for people"),
            "_blocks/age_band has",
        ),
        (lambda place: (place / "_words" / "ur.yaml").unlink(), "107 of"),
        (lambda place: (place / "_blocks" / "fft.ur.yaml").unlink(), "7 of"),
    ],
)
def test_a_draft_a_later_change_and_a_gap_take_a_language_back(
    place: Path, change: Change, waits_for: str
) -> None:
    change(place)
    assert "ur" not in offered(place)
    assert any(one.startswith(waits_for) for one in urdu(place).waits_for)


@pytest.mark.parametrize(
    "change",
    [
        edit("clinic/v1.ur.yaml", "title:", "# A note of the translator's.\ntitle:"),
        edit("clinic/v1.yaml", "group: favourable", "group: favourable "),
        edit("_blocks/fft.yaml", "source: >-", "source: >-\n  As it was."),
        edit("clinic/v1.yaml", "series: kindness/1", "series: kindness/2"),
        edit("clinic/v1.yaml", "Kindness is part", "Being kind is part"),  # for staff alone
    ],
)
def test_what_patients_do_not_read_leaves_a_review_as_it_is(place: Path, change: Change) -> None:
    change(place)
    assert offered(place) == ["en", "en-easy", "ur"]


def test_an_edition_has_the_codes_of_its_version_and_other_words(place: Path) -> None:
    published, found = catalogue_of(place).get(KEY), urdu(place).questionnaire
    assert (found.title, found.language) == ("ur Your visit to the clinic", "ur")
    assert [one.code for one in found.questions] == [one.code for one in published.questions]
    for was, now in zip(published.questions, found.questions, strict=True):
        assert (now.kind, now.show_if, now.required) == (was.kind, was.show_if, was.required)
        assert now.text == f"ur {was.text}"
        assert [replace(one, label="") for one in now.options] == [
            replace(one, label="") for one in was.options
        ]
        assert all(one.label.startswith("ur ") for one in now.options)
    assert (found.digest, found.indicators) == (published.digest, published.indicators)


def test_a_block_is_translated_once_and_a_version_may_say_it_otherwise(place: Path) -> None:
    own = edit("clinic/v1.ur.yaml", "questions:\n", "questions:\n  fft:\n    text: How was it in all?\n")
    own(place)
    fft = urdu(place).questionnaire.question("fft")
    assert fft.text == "How was it in all?"
    assert fft.options[0].label == "ur Very good"


def test_what_is_missing_is_shown_as_published_and_named(place: Path) -> None:
    edit("clinic/v1.ur.yaml", "    text: ur How kind were we?\n", "")(place)
    found = urdu(place)
    assert found.questionnaire.question("kindness").text == "How kind were we?"
    assert found.missing == (("clinic/v1", "questions.kindness.text"),)


def test_easy_read_is_in_its_language_and_has_a_picture_for_each_question(place: Path) -> None:
    version = catalogue_of(place).get(KEY)
    found = editions(place).edition(version, "en-easy")
    assert found.questionnaire.language == "en"
    assert set(found.pictures) == {(one.code,) for one in version.questions}
    edit("_blocks/fft.en-easy.yaml", "  picture: people\n", "")(place)
    assert offered(place) == ["en", "ur"]


def test_a_folder_of_ones_own_translates_what_is_shipped_and_comes_before_it(
    place: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = tmp_path_factory.mktemp("own")
    from survey.catalogue.catalogue import Catalogue

    (own / "clinic").mkdir()
    text = (place / "clinic" / "v1.ur.yaml").read_text("utf-8")
    (own / "clinic" / "v1.ur.yaml").write_text(text.replace("ur Your visit", "ur Our visit"), "utf-8")
    both = Catalogue.load([place, own])
    made = Editions(Translations.load(both)).edition(both.get(KEY), "ur")
    assert made.questionnaire.title == "ur Our visit to the clinic"
    assert made.waits_for == ["clinic/v1 has changed since it was reviewed"]


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("clinic/v1.ur.yaml", "titel: x\n", "1: titel: 'titel' is not a field here; did you mean 'title'?"),
        (
            "clinic/v1.ur.yaml",
            "questions:\n  kind: {text: x}\n",
            "2: questions.kind: 'kind' is not a field",
        ),
        (
            "clinic/v1.ur.yaml",
            "questions:\n  kindness:\n    options:\n      knd: x\n",
            "4: questions.kindness.options.knd: 'knd' is not a field here; did you mean 'kind'?",
        ),
        (
            "clinic/v1.ur.yaml",
            "questions:\n  kindness:\n    options: {kind: a, mixed: B, unkind: A}\n",
            "3: questions.kindness.options.unkind: reads as that of questions.kindness.options.kind",
        ),
        ("clinic/v1.ur.yaml", f"title: {'x' * 121}\n", "1: title: has 121 characters; 120 is the most"),
        ("clinic/v1.ur.yaml", "title: a\u202eb\n", "1: title: has a sign that cannot be seen, U+202E"),
        ("clinic/v1.ur.yaml", "title: no\n", "1: title: no without quotes means true or false in YAML"),
        ("clinic/v1.ur.yaml", "title: [a]\n", "1: title: is a text, not a list"),
        ("clinic/v1.ur.yaml", "questions: [a]\n", "1: questions: here belong fields"),
        ("clinic/v1.ur.yaml", "title: x\nreviewed: yes\n", "2: reviewed: here belong fields"),
        (
            "clinic/v1.ur.yaml",
            "title: x\nreviewed: {by: Ann, on: soon, words: 0}\n",
            "2: reviewed.words: 0 without quotes means a number in YAML",
        ),
        ("clinic/v1.en-easy.yaml", "questions:\n  kindness: {picture: cat}\n", "there is no picture 'cat'"),
        ("clinic/v1.ur.yaml", "questions:\n  kindness: {picture: heart}\n", "'picture' is not a field here"),
        (
            "_words/ur.yaml",
            "range: x {least}\n",
            "1: range: keeps what is filled in, each as it is: {least}",
        ),
        ("_words/ur.yaml", "back: x {most}\n", "1: back: keeps what is filled in, each as it is: none"),
        ("_words/ur.yaml", "bakc: x\n", "1: bakc: 'bakc' is not a field here; did you mean 'back'?"),
        (
            "_blocks/fft.en-easy.yaml",
            "question: {text: How was it}\n",
            "are NHS England's: write 'Overall",
        ),
        (
            "clinic/v1.en-easy.yaml",
            "questions: {fft: {options: {good: OK}}}\n",
            "questions.fft.options.good: the words of the Friends and Family question are NHS England's",
        ),
        ("clinic/v9.ur.yaml", "title: x\n", "-: -: there is no clinic/v9 to translate"),
        ("_blocks/nothing.ur.yaml", "title: x\n", "-: -: there is no _blocks/nothing to translate"),
        ("clinic/v1.en.yaml", "title: x\n", "-: -: clinic/v1 is written in English itself: delete this file"),
        ("clinic/v1.xx.yaml", "title: x\n", "-: -: 'xx' is no language that Heard knows"),
        ("_words/xx-easy.yaml", "title: x\n", "-: -: 'xx-easy' is no language that Heard knows"),
    ],
)
def test_what_is_wrong_with_a_translation_is_said_at_its_line_and_stops_no_site(
    place: Path, file: str, text: str, says: str
) -> None:
    (place / file).write_text(text, "utf-8")
    catalogue = catalogue_of(place)
    for check in (lambda: check_all(catalogue), lambda: check_files([place / file], [place])):
        with pytest.raises(BadInput) as raised:
            check()
        [problem] = raised.value.problems[:1]
        assert problem.file.endswith(file)
        assert says in f"{problem.line or '-'}: {problem.field or '-'}: {problem.message}"
    assert editions(place).offered(catalogue.get(KEY))[0].tag == "en"


def test_all_that_is_wrong_is_said_at_once_of_versions_and_of_translations(place: Path) -> None:
    edit("clinic/v1.yaml", "kind: single", "kind: several")(place)
    (place / "_words" / "ur.yaml").write_text("bakc: x\nrange: y\n", "utf-8")
    (place / "clinic" / "v1.ur.yaml").write_text("titel: x\n", "utf-8")
    files = [place / "clinic" / "v1.yaml", place / "clinic" / "v1.ur.yaml", place / "_words" / "ur.yaml"]
    with pytest.raises(BadInput) as raised:
        check_files(files, [place])
    found = [(problem.file.rpartition("/")[2], problem.field) for problem in raised.value.problems]
    assert sorted(found) == [("ur.yaml", "bakc"), ("ur.yaml", "range"), ("v1.yaml", "questions[2].kind")]


def test_files_that_are_sound_are_counted_apart(place: Path) -> None:
    versions, translations = check_files([place / "clinic" / "v1.ur.yaml"], [])
    assert (versions, [one.of for one in translations]) == ((), ["clinic/v1"])
    versions, translations = check_all(catalogue_of(place))
    assert (len(versions), len(translations)) == (1, 10)


def test_a_published_version_stays_published_whatever_becomes_of_its_translations(place: Path) -> None:
    from survey.catalogue.publishing import publish
    from survey.domain.calendar import this_week

    publish(catalogue_of(place), KEY, since=None, now=this_week())
    edit("clinic/v1.ur.yaml", "ur Your visit", "ur My visit")(place)
    translate(place, "pl")
    assert catalogue_of(place).get(KEY).digest == catalogue_of(place).entry(KEY).publication.digest  # type: ignore[union-attr]
