"""The pieces that a mapping is made of: fields, lists of texts, pairs of values, days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from typing import Any, cast

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from survey.catalogue.fields import Fields
from survey.catalogue.files import REFUSED
from survey.services.importing.mapping import tidy


class Piece(Fields):
    """Fields of a mapping. Scalars are taken as written: 111 names a service here, it is no number."""

    def part(self, name: str, known: tuple[str, ...], *, needed: bool = True) -> Piece | None:
        """The fields under a field; None where it is left out."""
        node = self.value(name)
        if node is None:
            if needed:
                self.missing(name)
            return None
        return Piece(node, self.at(name), known, self.problems)

    def parts(self, name: str, known: tuple[str, ...], *, needed: bool = True) -> Iterator[Piece]:
        """The fields of each item of a list."""
        if not needed and name not in self:
            return
        for node, path in self.items(name, least=1, most=500):
            yield Piece(node, path, known, self.problems)

    def column(self, name: str = "column") -> str:
        """The name of a column that must be there."""
        found = self.texts(name)
        if name not in self:
            self.missing(name)
        elif len(found) != 1:
            self.wrong(name, "is the name of one column")
        return found[0] if found else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """A text or a list of texts, spaces made single; () where the field is left out."""
        node = self.value(name)
        if node is None or node.tag == REFUSED:
            return ()
        nodes = node.value if isinstance(node, SequenceNode) else [node]
        found = tuple(_scalar(one) for one in nodes)
        if "" in found or not found:
            self.wrong(name, "holds something empty or not a text")
        return found

    def pairs(self, name: str, *, needed: bool = True) -> Iterator[tuple[str, str, Node, str]]:
        """(what the export writes, what it becomes, node, path) of a field such as `values`."""
        node = self.value(name)
        if node is None and needed:
            self.missing(name)
        elif node is not None and not isinstance(node, MappingNode):
            self.wrong(name, 'here belong lines such as "1": very_good')
        seen: set[str] = set()
        for key, value in cast(list[tuple[Any, Any]], node.value if isinstance(node, MappingNode) else []):
            text, becomes = _scalar(key), _scalar(value)
            path = f"{self.at(name)}.{text}"
            if text in seen:
                self.problems.note(key, path, "stands here a second time: keep one of them")
            elif not text or not becomes:
                self.problems.note(value, path, "is empty or not a text: write what the value becomes")
            else:
                seen.add(text)
                yield text, becomes, value, path

    def day(self, name: str) -> date | None:
        """A day; None where it is left out or wrong."""
        node = self.value(name)
        if node is None:
            return None
        text = _scalar(node)
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.wrong(name, f"a day is written 2022-05-31, not {text!r}")
            return None


def meant(word: str, among: Iterable[str]) -> str:
    """A hint at what was meant, or at what there is."""
    known = sorted(among)
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(known) or 'none'}"


def _scalar(node: Node) -> str:
    return tidy(str(node.value)) if isinstance(node, ScalarNode) else ""
