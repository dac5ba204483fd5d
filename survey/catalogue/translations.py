"""Translations as files: each puts the texts of one version, one block or the page into one language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from yaml import Node

from survey.catalogue.fields import Fields, names
from survey.catalogue.files import read_nodes
from survey.catalogue.problems import Problems
from survey.catalogue.reviews import NAME, Review, fingerprint, read_review
from survey.catalogue.texts import Text, Where
from survey.catalogue.words import FOLDER as WORDS
from survey.catalogue.words import blanks
from survey.domain.languages import language

State = Literal["draft", "reviewed", "stale"]
_BLOCK_OF_FFT = "_blocks/fft"
_NATIONAL = ("text", "options")  # what is the same wherever it is read in English


@dataclass(frozen=True, slots=True)
class Translation:
    """What one file says."""

    of: str  # 'inpatient/v1', '_blocks/fft', '_words'
    tag: str
    file: Path
    texts: Mapping[Where, str]
    sources: Mapping[Where, Text]  # everything that could stand in it
    review: Review | None = None

    @property
    def state(self) -> State:
        """A draft until somebody has reviewed it; stale when its words or their source have changed since."""
        if self.review is None:
            return "draft"
        return "reviewed" if self.review.words == self.fingerprint else "stale"

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.tag, self.texts, self.sources)

    @property
    def missing(self) -> list[Text]:
        """What it does not say; of a version, blocks may say it."""
        return [one for where, one in self.sources.items() if one.needed and where not in self.texts]


@dataclass(frozen=True, slots=True)
class Piece:
    """What is translated by one file, and where that lies or would lie."""

    of: str
    tag: str
    file: Path
    texts: tuple[Text, ...]


class Reading:
    """Reads one file."""

    def __init__(self, piece: Piece, pictures: Iterable[str], problems: Problems) -> None:
        self._piece, self._pictures, self._problems = piece, tuple(pictures), problems
        self._sources = {one.where: one for one in piece.texts}
        self._found: dict[Where, tuple[str, Node]] = {}

    def translation(self) -> Translation | None:
        """Whatever the file says; None, and a note of every reason, where anything in it is wrong."""
        before = len(self._problems.found())
        root = read_nodes(self._piece.file, self._problems)
        if root is None:
            return None
        tree: dict[str, Any] = {NAME: None}
        for where, source in self._sources.items():
            inner = tree
            for name in where[:-1]:
                inner = inner.setdefault(name, {})
            inner[where[-1]] = source
        mark = self._take(root, (), tree).value(NAME)
        review = read_review(mark, self._problems) if mark is not None else None
        self._check()
        if len(self._problems.found()) > before:
            return None
        texts = {where: text for where, (text, _) in self._found.items()}
        return Translation(self._piece.of, self._piece.tag, self._piece.file, texts, self._sources, review)

    def _take(self, node: Node, at: Where, tree: Mapping[str, Any]) -> Fields:
        fields = Fields(node, ".".join(at), tuple(tree), self._problems)
        for name, inner in tree.items():
            value = fields.value(name)
            if value is None or inner is None:
                continue
            if not isinstance(inner, Text):
                self._take(value, (*at, name), inner)
            elif text := fields.optional_text(name, most=inner.most):
                self._found[inner.where] = (text, value)
        return fields

    def _check(self) -> None:
        labels: dict[tuple[Where, str], str] = {}
        for where, (text, node) in self._found.items():
            source = self._sources[where]
            if wrong := self._wrong(source, text):
                self._problems.note(node, source.path, wrong)
            if where[-2:-1] in {("options",), ("bands",)}:
                first = labels.setdefault((where[:-1], text.casefold()), source.path)
                if first != source.path:
                    said = f"reads as that of {first}: nobody could tell them apart"
                    self._problems.note(node, source.path, said)

    def _wrong(self, source: Text, text: str) -> str | None:
        if source.is_picture and text not in self._pictures:
            return f"there is no picture {text!r}; there are {names(self._pictures)}"
        if self._piece.of == WORDS and blanks(text) != blanks(source.source):
            wanted = names(f"{{{one}}}" for one in blanks(source.source))
            return f"keeps what is filled in, each as it is: {wanted}"
        if self._is_national(source.where) and text != source.source:
            return f"the words of the Friends and Family question are NHS England's: write {source.source!r}"
        return None

    def _is_national(self, where: Where) -> bool:
        at = ("question",) if self._piece.of == _BLOCK_OF_FFT else ("questions", "fft")
        national = {(*at, name) for name in _NATIONAL}
        return where[: len(at) + 1] in national and language(self._piece.tag).code == "en"
