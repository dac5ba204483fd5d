"""The page's own words: buttons, errors, thanks; beside the questionnaires, to be translated like them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from yaml import MappingNode, ScalarNode

from survey.catalogue.fields import Fields
from survey.catalogue.files import read_nodes
from survey.catalogue.problems import Problems
from survey.resources import folder

FOLDER = "_words"
SOURCE = "en"  # of what all translations of the page's words are made
NOTES = "notes"  # for translators, by word
_BLANK = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True, slots=True)
class Words:
    """What the pages say in one language."""

    tag: str
    texts: Mapping[str, str]

    def say(self, name: str, **values: object) -> str:
        """A text with its {blanks} filled; KeyError where there is no such text or value."""
        # str.format would read more than a name between the braces of a translation.
        return _BLANK.sub(lambda blank: str(values[blank[1]]), self.texts[name])


@dataclass(frozen=True, slots=True)
class English:
    """The words that all others are translations of, and what translators are told of some."""

    texts: Mapping[str, str]
    notes: Mapping[str, str]


def blanks(text: str) -> frozenset[str]:
    """What is filled in when a text is said."""
    return frozenset(_BLANK.findall(text))


@cache
def english() -> English:
    """The shipped English words; BadInput where they cannot be read."""
    problems = Problems()
    found = _read(folder("questionnaires") / FOLDER / f"{SOURCE}.yaml", problems)
    problems.raise_any()
    return found


def in_english() -> Words:
    """The pages in English."""
    return Words(SOURCE, english().texts)


def _read(file: Path, problems: Problems) -> English:
    root = read_nodes(file, problems)
    if not isinstance(root, MappingNode):
        return English({}, {})
    names = tuple(key.value for key, _ in root.value if isinstance(key, ScalarNode))
    fields = Fields(root, "", names, problems)
    texts = {name: fields.text(name, most=600) for name in names if name != NOTES}
    told = fields.inner(NOTES, tuple(texts))
    notes = {name: told.text(name, most=200) for name in texts if told is not None and name in told}
    return English(texts, notes)
