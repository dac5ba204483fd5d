"""That somebody has reviewed a translation: a mark in its file that a later change of any word makes void."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from yaml import Node, ScalarNode

from survey.catalogue.fields import Fields
from survey.catalogue.problems import Problems
from survey.catalogue.texts import Text, Where

NAME = "reviewed"
FORMAT = 1  # a new one when what is covered changes
_DIGEST = re.compile(r"[0-9a-f]{32}")
_MARK = re.compile(rf"^{NAME}:.*\n?(?:[ \t]+\S.*\n?)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Review:
    """Who reviewed which words, and when."""

    by: str
    on: date
    words: str  # `fingerprint` of what was reviewed

    def __str__(self) -> str:
        # JSON's quotes are YAML's.
        name = json.dumps(self.by, ensure_ascii=False)
        return f"{NAME}: {{by: {name}, on: {self.on}, words: {self.words}}}"


def fingerprint(tag: str, texts: Mapping[Where, str], sources: Mapping[Where, Text]) -> str:
    """128 bits of SHA-256, hex, of a translation's words beside those they stand for."""
    pairs = sorted([list(where), sources[where].source, text] for where, text in texts.items())
    return hashlib.sha256(json.dumps([FORMAT, tag, pairs], ensure_ascii=False).encode()).hexdigest()[:32]


def read_review(node: Node, problems: Problems) -> Review | None:
    """The mark of a file; None, and a note, where it cannot be read."""
    fields = Fields(node, NAME, ("by", "on", "words"), problems)
    by = fields.text("by", most=80)
    words = fields.code("words", _DIGEST, "the line that `heard questionnaire review` writes")
    on = _day(fields)
    return Review(by, on, words) if by and on and words else None


def marked(text: str, review: Review) -> str:
    """A translation's file with this mark in place of any other; the rest as it is."""
    return f"{_MARK.sub('', text).rstrip()}\n{review}\n"


def _day(fields: Fields) -> date | None:
    node = fields.value("on")
    if node is None:
        fields.missing("on")
        return None
    try:
        return date.fromisoformat(node.value if isinstance(node, ScalarNode) else "")
    except ValueError:
        fields.wrong("on", "is a date such as 2026-12-01")
        return None
