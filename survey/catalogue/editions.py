"""Editions: a version as it can be read in one language or in easy read, and if patients are offered it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from survey.catalogue.pieces import Translations
from survey.catalogue.texts import Where, of_questionnaire, of_words, reworded
from survey.catalogue.translations import Translation
from survey.catalogue.words import FOLDER as WORDS
from survey.catalogue.words import Words, english, in_english
from survey.domain.languages import EASY, TAGS, is_easy, language
from survey.domain.questionnaire import Questionnaire

_STATES = {"draft": "is a draft", "stale": "has changed since it was reviewed"}
_PICTURES = {("picture",), ("pictures",)}


@dataclass(frozen=True, slots=True)
class Edition:
    """One version in one language: the same codes, other words."""

    tag: str
    questionnaire: Questionnaire
    words: Words
    pictures: Mapping[Where, str] = field(default_factory=dict)  # names, by question, or question and option
    used: tuple[Translation, ...] = ()  # what it is made of; nothing as it was published
    needed: Mapping[str, int] = field(default_factory=dict)  # texts, by the piece that they belong to
    missing: tuple[tuple[str, str], ...] = ()  # of these: ('inpatient/v1', 'title')

    @property
    def waits_for(self) -> list[str]:
        """What keeps patients from being offered it."""
        count, of = len(self.missing), sum(self.needed.values())
        missing = [f"{count} of {of} texts are missing"] if count else []
        return missing + [f"{one.of} {_STATES[one.state]}" for one in self.used if one.state != "reviewed"]

    @property
    def is_offered(self) -> bool:
        return not self.waits_for


def as_published(questionnaire: Questionnaire, words: Words | None = None) -> Edition:
    """A version as it stands in its own file."""
    return Edition(questionnaire.language, questionnaire, words or in_english())


class Editions:
    """What versions can be read in."""

    def __init__(self, translations: Translations) -> None:
        self._translations = translations
        self._made: dict[tuple[str, str, str], Edition] = {}

    def tags(self, questionnaire: Questionnaire) -> list[str]:
        """What a version has been translated into, whole or in part; easy read of its own language first."""
        found = [tag for tag in TAGS if self._translations.find(questionnaire.key, tag)]
        return sorted(found, key=lambda tag: tag != questionnaire.language + EASY)

    def offered(self, questionnaire: Questionnaire) -> list[Edition]:
        """What patients may choose from: as published, then what is complete and reviewed."""
        found = [self.edition(questionnaire, tag) for tag in self.tags(questionnaire)]
        return [
            self.edition(questionnaire, questionnaire.language),
            *(one for one in found if one.is_offered),
        ]

    def edition(self, questionnaire: Questionnaire, tag: str) -> Edition:
        """One edition, whatever is missing in it: there stand the words as published."""
        wanted = (questionnaire.key, questionnaire.digest, tag)
        if wanted not in self._made:
            if tag == questionnaire.language:
                self._made[wanted] = as_published(questionnaire, self.words(tag))
            else:
                self._made[wanted] = self._edition(questionnaire, tag)
        return self._made[wanted]

    def words(self, tag: str, *, drafts: bool = False) -> Words:
        """The page's words in a language; in English unless complete and reviewed, or a draft will do."""
        found = self._translations.find(WORDS, tag)
        if found is None or not (drafts or (found.state == "reviewed" and not found.missing)):
            return in_english()
        return _words(tag, found)

    def _edition(self, questionnaire: Questionnaire, tag: str) -> Edition:
        texts: dict[Where, str] = {}
        used: dict[str, Translation] = {}
        needed: Counter[str] = Counter()
        missing = []
        for text in of_questionnaire(questionnaire, easy=is_easy(tag)):
            places = list(self._translations.places(questionnaire, text))
            found = next(self._translated(places, tag), None)
            of, where = (found[0].of, ()) if found else places[-1]
            if found is not None:
                used[of], texts[text.where] = found
            elif text.needed:
                missing.append((of, ".".join(where)))
            needed[of] += text.needed
        words = self._translations.find(WORDS, tag)
        if words is not None:
            used[WORDS] = words
        lacking = of_words(english().texts) if words is None else words.missing
        return Edition(
            tag,
            reworded(questionnaire, language(tag).code, texts),
            _words(tag, words),
            {(where[1], *where[3:]): text for where, text in texts.items() if where[2:3] in _PICTURES},
            tuple(used.values()),
            {**needed, WORDS: len(english().texts)},
            (*missing, *((WORDS, one.path) for one in lacking)),
        )

    def _translated(self, places: Iterable[tuple[str, Where]], tag: str) -> Iterator[tuple[Translation, str]]:
        for of, where in places:
            found = self._translations.find(of, tag)
            if found is not None and where in found.texts:
                yield found, found.texts[where]


def _words(tag: str, found: Translation | None) -> Words:
    said = {where[0]: text for where, text in found.texts.items()} if found else {}
    return Words(tag, {**english().texts, **said})
