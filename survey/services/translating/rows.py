"""What a translator is given of a version: each text once, with what is known of it already."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from survey.catalogue.blocks import FOLDER as BLOCKS
from survey.catalogue.pictures import pictures
from survey.catalogue.pieces import Translations
from survey.catalogue.texts import Text, of_questionnaire, of_words
from survey.catalogue.words import FOLDER as WORDS
from survey.catalogue.words import english
from survey.domain.languages import is_easy
from survey.domain.questionnaire import Questionnaire

OWN, SHARED, PAGE = "Questions", "Shared questions", "Page"  # a sheet each
SHEETS = (OWN, SHARED, PAGE)
PICTURE = "(a picture)"  # stands where a text has no words to translate
MAY_ADD = "(may be left blank)"


@dataclass(frozen=True, slots=True)
class Row:
    """One text to translate."""

    of: str  # the version, the block or the page
    text: Text
    said: str  # '' for nothing yet
    note: str

    @property
    def sheet(self) -> str:
        if self.of == WORDS:
            return PAGE
        return SHARED if self.of.startswith(f"{BLOCKS}/") else OWN

    @property
    def place(self) -> str:
        """How it is found again: the file's name and the path in it."""
        return f"{self.of}: {self.text.path}"

    @property
    def shown(self) -> str:
        """What is to be said in other words."""
        return self.text.source or (PICTURE if self.text.is_picture else MAY_ADD)


def rows_of(translations: Translations, questionnaire: Questionnaire, tag: str) -> list[Row]:
    """All texts of a version, of the blocks that it shares, and of the page.

    What is not translated yet has the words that the same text has elsewhere, if it has any.
    """
    remembered = _memory(translations, tag)
    found: dict[tuple[str, str], Row] = {}
    for of, text in _texts(translations, questionnaire, tag):
        known = translations.find(of, tag)
        said = known.texts.get(text.where, "") if known else ""
        suggested = "" if said else remembered.get(_key(text), "")
        note = _note(of, text, as_elsewhere=bool(suggested))
        found.setdefault((of, text.path), Row(of, text, said or suggested, note))
    return sorted(found.values(), key=lambda row: SHEETS.index(row.sheet))


def _texts(translations: Translations, questionnaire: Questionnaire, tag: str) -> Iterator[tuple[str, Text]]:
    """Each text in the piece in which it is translated for all: its block, unless the version has its own."""
    own = translations.find(questionnaire.key, tag)
    for text in of_questionnaire(questionnaire, easy=is_easy(tag)):
        *_, (of, where) = translations.places(questionnaire, text)
        if own is not None and text.where in own.texts:
            of, where = questionnaire.key, text.where
        yield of, Text(where, text.source, text.most, text.needed, text.is_picture)
    for text in of_words(english().texts):
        yield WORDS, text


def _memory(translations: Translations, tag: str) -> Mapping[str, str]:
    """What texts are called in this language, by their source: the words that most translations use."""
    said: dict[str, Counter[str]] = defaultdict(Counter)
    for one in translations.all():
        for where, words in one.texts.items() if one.tag == tag else ():
            said[_key(one.sources[where])][words] += 1
    return {key: _usual(words) for key, words in said.items() if key}


def _usual(words: Counter[str]) -> str:
    return min(words, key=lambda one: (-words[one], one))


def _key(text: Text) -> str:
    # A picture has no source: it is remembered by its question's code.
    return ".".join(text.where[1:]) if text.is_picture else text.source


def _note(of: str, text: Text, *, as_elsewhere: bool) -> str:
    parts = [f"At most {text.most} characters."]
    if text.is_picture:
        parts = [f"One of: {_listed(pictures())}."]
    if of == WORDS and (told := english().notes.get(text.where[0])):
        parts.append(told)
    if of == WORDS and "{" in text.source:
        parts.append("Keep what stands in {braces} as it is.")
    if of == f"{BLOCKS}/fft":
        parts.append("The national question: NHS England's words, in this language if it has published any.")
    if as_elsewhere:
        parts.append("As it is said elsewhere: please check.")
    return " ".join(parts)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
