"""What somebody reads the pages in: a language or easy read, in usual or in large print."""

from __future__ import annotations

from dataclasses import dataclass

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.editions import Edition, Editions
from survey.catalogue.pieces import Translations
from survey.catalogue.words import Words, in_english
from survey.domain.languages import is_easy, language
from survey.domain.questionnaire import Questionnaire

LANG, PRINT, LARGE = "lang", "print", "large"  # in an address and in the form; there is no cookie


@dataclass(frozen=True, slots=True)
class Read:
    """How a page is read."""

    tag: str
    words: Words
    large: bool = False

    @classmethod
    def of(cls, edition: Edition, *, large: bool = False) -> Read:
        return cls(edition.tag, edition.words, large)

    @classmethod
    def said(cls, words: Words, *, large: bool = False) -> Read:
        """A page that belongs to no version."""
        return cls(words.tag, words, large)

    @property
    def language(self) -> str:
        return language(self.tag).code

    @property
    def direction(self) -> str:
        return "rtl" if language(self.tag).right_to_left else "ltr"

    @property
    def look(self) -> str:
        """What the style knows the page by."""
        return " ".join([*(["easy"] if is_easy(self.tag) else []), *([LARGE] if self.large else [])])


class Languages:
    """The editions that are offered; on trial also drafts, whatever is missing in them."""

    def __init__(self, editions: Editions | None = None, *, drafts: bool = False) -> None:
        self._editions = editions or Editions(Translations(Catalogue({})))
        self._drafts = drafts
        self._offered: dict[tuple[str, str], list[Edition]] = {}

    def offered(self, questionnaire: Questionnaire) -> list[Edition]:
        """What can be chosen from; the version as published is first."""
        wanted = (questionnaire.key, questionnaire.digest)
        if wanted not in self._offered:
            self._offered[wanted] = self._find(questionnaire)
        return self._offered[wanted]

    def chosen(self, questionnaire: Questionnaire, tag: str | None) -> Edition:
        """The edition of this tag; as published where it is not offered, or is no tag at all."""
        published, *others = self.offered(questionnaire)
        return next((one for one in others if one.tag == tag), published)

    def words(self, tag: str | None) -> Words:
        """What pages say that belong to no version."""
        return self._editions.words(tag, drafts=self._drafts) if tag else in_english()

    def _find(self, questionnaire: Questionnaire) -> list[Edition]:
        if not self._drafts:
            return self._editions.offered(questionnaire)
        tags = [questionnaire.language, *self._editions.tags(questionnaire)]
        return [self._editions.edition(questionnaire, tag) for tag in tags]
