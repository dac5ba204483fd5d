"""What there is to translate, piece by piece, and where each piece's files lie."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from survey.catalogue.blocks import FOLDER as BLOCKS
from survey.catalogue.catalogue import Catalogue
from survey.catalogue.folders import PLACES, TRANSLATION
from survey.catalogue.pictures import pictures
from survey.catalogue.problems import Problems
from survey.catalogue.reviews import NAME
from survey.catalogue.texts import Text, Where, of_questionnaire, of_shared, of_words
from survey.catalogue.translations import Piece, Reading, Translation
from survey.catalogue.words import FOLDER as WORDS
from survey.catalogue.words import SOURCE, english
from survey.domain.languages import TAGS, is_easy, said
from survey.domain.questionnaire import Questionnaire

_MARK = f"\n{NAME}:".encode()


class Translations:
    """All translations of a catalogue's versions, of its blocks and of the page."""

    def __init__(self, catalogue: Catalogue, problems: Problems | None = None) -> None:
        """None yet; what is wrong with any goes to `problems`, and a file with anything wrong is left out."""
        self.problems = Problems() if problems is None else problems
        self._catalogue = catalogue
        self._found: dict[tuple[str, str], Translation] = {}
        shared = catalogue.shared.items()
        self._by_question = {one.question: name for name, one in shared if one.question}
        self._by_options = {one.options: name for name, one in shared if one.options}

    @classmethod
    def load(
        cls, catalogue: Catalogue, *, drafts: bool = True, problems: Problems | None = None
    ) -> Translations:
        """All of the catalogue's folders; a later folder's file takes the place of an earlier one's.

        Without `drafts` only what bears a mark of review is read: what patients may be offered.
        """
        found = cls(catalogue, problems)
        for folder in catalogue.folders:
            for file in sorted(folder.rglob("*.yaml")):
                if drafts or _bears_mark(file):
                    found.read(file, folder)
        return found

    def read(self, file: Path, folder: Path) -> None:
        """Read one file of a folder, if its place says that it is a translation."""
        named = named_by(file, folder)
        if named is None:
            return
        of, tag = named
        piece = self.piece(of, tag, folder)
        if tag not in TAGS:
            self._note(file, f"{tag!r} is no language that Heard knows: its tag is like ur, or ur-easy")
        elif of == WORDS and tag == SOURCE:
            if folder != self._catalogue.folders[0]:
                self._note(file, "the page's English words are Heard's own: delete this file")
        elif piece is None:
            self._note(file, f"there is no {of} to translate: {PLACES}")
        elif self._is_own(of, tag):
            self._note(file, f"{of} is written in {said(tag)} itself: delete this file")
        elif found := Reading(piece, pictures(), self.problems).translation():
            self._found[of, tag] = found

    def find(self, of: str, tag: str) -> Translation | None:
        """The translation of a version, a block or the page, if there is one."""
        return self._found.get((of, tag))

    def all(self) -> list[Translation]:
        """Every translation, by what it is of and its tag."""
        return [self._found[key] for key in sorted(self._found)]

    def piece(self, of: str, tag: str, folder: Path) -> Piece | None:
        """What a file in `folder` would translate; None where there is nothing of that name."""
        easy = is_easy(tag)
        name = of.removeprefix(f"{BLOCKS}/")
        if of == WORDS:
            return Piece(of, tag, folder / WORDS / f"{tag}.yaml", tuple(of_words(english().texts)))
        if of in self._catalogue.entries:
            texts = of_questionnaire(self._catalogue.get(of), easy=easy)
        elif of != name and name in self._catalogue.shared:
            texts = of_shared(self._catalogue.shared[name], easy=easy)
        else:
            return None
        return Piece(of, tag, folder / f"{of}.{tag}.yaml", tuple(texts))

    def places(self, questionnaire: Questionnaire, text: Text) -> Iterator[tuple[str, Where]]:
        """Where a version's text may be translated: in its own file or, for all alike, in a block's."""
        yield questionnaire.key, text.where
        if text.where[0] != "questions":
            return
        question, inner = questionnaire.question(text.where[1]), text.where[2:]
        if name := self._by_question.get(replace(question, show_if=())):
            yield f"{BLOCKS}/{name}", ("question", *inner)
        elif inner[0] in {"options", "pictures"} and (name := self._by_options.get(question.options)):
            yield f"{BLOCKS}/{name}", inner

    def _is_own(self, of: str, tag: str) -> bool:
        entry = self._catalogue.entries.get(of)
        return entry is not None and entry.questionnaire.language == tag

    def _note(self, file: Path, message: str) -> None:
        self.problems.note_line(file, None, message)


def named_by(file: Path, folder: Path) -> tuple[str, str] | None:
    """What a file says by its place that it translates, and into what; None where it is no translation."""
    path = file.relative_to(folder)
    folders, match = path.parts[:-1], TRANSLATION.fullmatch(path.name)
    if any(part.startswith(".") for part in path.parts):
        return None
    if folders == (WORDS,):
        return WORDS, path.stem
    if match is None or (folders != (BLOCKS,) and folders[:1] and folders[0].startswith("_")):
        return None
    return "/".join((*folders, match[1])), match[2]


def _bears_mark(file: Path) -> bool:
    with suppress(OSError):
        return _MARK in file.read_bytes()
    return True  # to be read, and complained of
