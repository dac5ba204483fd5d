"""The weekly e-mail of a whole board: how long it takes to write and what it weighs."""

from __future__ import annotations

import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from benchmarks.board import Board
from benchmarks.figures import Figure, beside, within
from benchmarks.house import ICB
from benchmarks.rounds import Rounds
from benchmarks.sizes import Sizes
from survey.domain.progress import Advance
from survey.presenters.letter import CLIPPED
from survey.services import report

SENDER = "Heard <heard@localhost>"


def mailing(found: Board, sizes: Sizes, advance: Advance) -> list[Figure]:
    """Written to files as `heard report weekly --node … --out …` does it."""
    out, rounds = found.house.folder / "e-mails", Rounds(1, time.perf_counter)
    write = partial(
        report.weekly,
        found.house.engine,
        found.house.catalogue,
        found.week,
        sender=SENDER,
        nodes=(ICB,),
        out=out,
    )
    for _ in range(sizes.reports):
        rounds.run(write, found.courses)
        advance(1)
    return [
        rounds.time("reports", f"weekly e-mail of {sizes.services} services", "its courses alone"),
        *weights(next(out.glob("*.eml"))),
    ]


def weights(file: Path) -> list[Figure]:
    """Bytes of an e-mail: of its HTML, and of all of it beside its pictures."""
    whole = file.read_bytes()
    message = message_from_bytes(whole, _class=EmailMessage, policy=policy.default)
    parts = [part for part in message.walk() if isinstance(part, EmailMessage)]
    html = [part.get_content().encode() for part in parts if part.get_content_type() == "text/html"]
    pictures = sum(len(part.get_content()) for part in parts if part.get_content_maintype() == "image")
    return [
        within(
            "reports",
            "weekly e-mail, HTML",
            unit="bytes",
            rounds=[sum(map(len, html))],
            limit=CLIPPED,
            called="Gmail clips from",
        ),
        beside(
            "reports",
            "weekly e-mail, whole",
            unit="bytes",
            rounds=[len(whole)],
            bare=[pictures],
            called="its pictures alone",
        ),
    ]
