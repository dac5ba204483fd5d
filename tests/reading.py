"""How hard a page is to read: Flesch and Kincaid's grade of its text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser

# A line of its own ends a sentence, whether or not a full stop stands there; headings are left out, for they
# are no sentences and would make any page look easier.
BLOCKS = frozenset({"p", "li", "td", "th", "h1", "h2", "h3", "div", "section", "main", "body"})
UNREAD = frozenset({"style", "script", "svg", "title", "header", "h1", "h2", "h3"})
# Counted by rule, these would be wrong; all are words of ours.
_SYLLABLES = {"something": 2, "someone": 2, "liaison": 3, "ideas": 3, "area": 3}


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = [""]
        self._unread = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in UNREAD
        if tag in BLOCKS:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in UNREAD
        if tag in BLOCKS:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.lines[-1] += data


def sentences(html: str) -> list[str]:
    """What a page says, sentence by sentence."""
    text = _Text()
    text.feed(html)
    return _parts(text.lines)


def _parts(lines: Iterable[str]) -> list[str]:
    parts = (part for line in lines for part in re.split(r"(?<=[.?!:])\s+", " ".join(line.split())))
    return [part for part in parts if words(part)]


def words(sentence: str) -> list[str]:
    """The words of a sentence; numbers are read as one syllable."""
    return re.findall(r"[a-z]+(?:['’‑-][a-z]+)*|\d+", sentence.lower())


def syllables(word: str) -> int:
    """Groups of vowels, without a final silent e; right for nine words in ten."""
    if "-" in word:
        return sum(map(syllables, word.split("-")))
    if word in _SYLLABLES:
        return _SYLLABLES[word]
    bare = re.sub(r"(?:[^laeiouy]es|[^aeiouy]ed|[^laeiouy]e)$", lambda end: end[0][0], word)
    if re.search(r"(?:[td]ed|(?:s|x|z|ch|sh|c|g)es)$", word):
        bare = word.removesuffix("d").removesuffix("s")
    return max(1, len(re.findall(r"[aeiouy]+", bare)))


def grade(html: str) -> float:
    """The school year (US) that a page asks for; the age is five or six more."""
    return grade_of(sentences(html))


def grade_of(lines: Iterable[str]) -> float:
    """The school year that plain lines ask for.

    0.39 words a sentence + 11.8 syllables a word - 15.59: Kincaid, Fishburne, Rogers and Chissom (1975),
    'Derivation of new readability formulas for Navy enlisted personnel', Research Branch Report 8-75.
    """
    said = [words(sentence) for sentence in _parts(lines)]
    spoken = [word for sentence in said for word in sentence]
    if not spoken:
        raise ValueError("there is no text to judge")
    return 0.39 * len(spoken) / len(said) + 11.8 * sum(map(syllables, spoken)) / len(spoken) - 15.59
