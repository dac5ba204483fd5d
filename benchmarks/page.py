"""What the whole survey weighs on the wire, and how many requests it takes to show it."""

from __future__ import annotations

import gzip
from functools import partial
from html.parser import HTMLParser

from benchmarks.children import HEARD, serving
from benchmarks.figures import Figure, beside, within
from benchmarks.house import House, house
from benchmarks.sizes import Sizes
from benchmarks.wire import Answer, ask, sound
from survey.domain.organisation import Service
from survey.domain.progress import Advance

FIRST_WINDOW = 14_600  # bytes: ten segments of 1,460, what a server sends before it waits for a word back
MANY = 40  # services: no fewer than there are shipped pathways, which they have in turn
FETCHED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "object": "data"}
UNSEEN = frozenset({"script", "style", "title"})


def steps(_sizes: Sizes) -> int:
    return 1


def measure(_sizes: Sizes, advance: Advance) -> list[Figure]:
    """The heaviest of the shipped surveys, from a real server, head and body."""
    with house(services=MANY) as (built, services):
        answers = _fetched(built, services)
    advance(1)
    heaviest = max(answers, key=lambda pathway: answers[pathway].size)
    return figures(answers[heaviest], pathway=heaviest)


def figures(answer: Answer, *, pathway: str) -> list[Figure]:
    """The figures of one answer."""
    html = gzip.decompress(answer.body)
    read = _Read()
    read.feed(html.decode())
    words = len(" ".join(" ".join(read.words).split()).encode())
    one_go = len(gzip.compress(html, 9, mtime=0))
    weighs = partial(beside, "page", unit="bytes")
    return [
        within(
            "page",
            f"whole survey on the wire ({pathway})",
            unit="bytes",
            rounds=[answer.size],
            limit=FIRST_WINDOW,
            called="first TCP window",
        ),
        within(
            "page",
            "requests until it can be answered",
            unit="requests",
            rounds=[1 + read.fetches],
            limit=1,
            called="the page alone",
        ),
        weighs(
            "body, compressed in pieces", rounds=[len(answer.body)], bare=[one_go], called="gzip -9 in one go"
        ),
        weighs("HTML, not compressed", rounds=[len(html)], bare=[words], called="the words in it"),
    ]


def _fetched(built: House, services: list[Service]) -> dict[str, Answer]:
    with serving([*HEARD, "--workers", "1"], environ=built.environ, answers="/healthz") as child:
        return {one.pathway: sound(ask(child.port, "GET", f"/s/{one.code}"), 200) for one in services}


class _Read(HTMLParser):
    """Counts what a browser would fetch besides, and gathers what a patient reads."""

    def __init__(self) -> None:
        super().__init__()
        self.fetches = 0
        self.words: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        source = dict(attrs).get(FETCHED.get(tag, ""))
        self.fetches += source is not None and not source.startswith("data:")
        self._unseen += tag in UNSEEN

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in UNSEEN

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(data)
