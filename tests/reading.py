"""How hard a page is to read: Flesch and Kincaid's grade of what it says, without its headings."""

from __future__ import annotations

from html.parser import HTMLParser

from survey.catalogue import readability
from survey.catalogue.readability import grade_of

# A line of its own ends a sentence, whether or not a full stop stands there; headings are left out, for they
# are no sentences and would make any page look easier.
BLOCKS = frozenset({"p", "li", "td", "th", "h1", "h2", "h3", "div", "section", "main", "body"})
UNREAD = frozenset({"style", "script", "svg", "title", "header", "h1", "h2", "h3"})


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
    return readability.sentences(text.lines)


def grade(html: str) -> float:
    """The school year (US) that a page asks for; the age is five or six more."""
    return grade_of(sentences(html))
