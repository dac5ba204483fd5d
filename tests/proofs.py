"""Proofs as `heard prove` returns them, made up: one that holds, others that do not, one crowded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from analysis.comparison import wilson
from survey.domain.proof import Attempt, Found, Naive, Proof

CHANCE = 0.09
ATTACKS = (
    ("order of rows by the transaction that wrote them", 64),
    ("order of rows by the page that they lie on", 58),
    ("order of random ids", 55),
    ("responses that appeared in a backup with an answer", 50),
    ("what else in the database changed with an answer", 49),
    ("order of comments that name their authors", 49),
    ("lengths of sealed rows", 47),
    ("ids computed from what was stolen", 47),
    ("sealed rows opened with keys that are left", 47),
    ("about-you counts and the sender's list", 61),
)
FINDINGS = (
    *(Found(f"Good thing {n}", "good", "as it should be") for n in range(21)),
    Found(
        "Failed statements",
        "warning",
        "a statement that fails is written down, without its values, with its time",
        "set log_min_error_statement = panic",
    ),
    Found(
        "Backups on a disk of their own",
        "warning",
        "backups lie on the same disk as the data: one broken disk takes both",
        "set HEARD_BACKUP_DIR to a folder on another disk",
    ),
    Found(
        "The reverse proxy, firewall and load balancer",
        "not examined",
        "no process of Heard's can see what they write down",
        "compare them with deploy/nginx.conf: no access log, no request in an error log of any level",
    ),
    Found(
        "Snapshots of disks and machines",
        "not examined",
        "a snapshot of a disk that holds keys keeps them after they were destroyed",
        "keep the keys' folder out of snapshots: on tmpfs, or on a disk that none is taken of",
    ),
)
BAD = Found(
    "Files of the database",
    "bad",
    "every account of this machine may read heard.sqlite3",
    "chmod o-rwx /srv/heard/data",
)


def attempt(attack: str, hits: int, *, people: int = 520, won: bool = False) -> Attempt:
    low, high = wilson(hits, people)
    return Attempt(attack, people, hits, CHANCE, float(low), float(high), bar=0.128, won=won)


def holds() -> Proof:
    """Nothing won, one attack could not be tried."""
    wal = Attempt(
        "order of rows in the write-ahead log",
        0,
        0,
        0.0,
        0.0,
        1.0,
        bar=1.0,
        won=False,
        examined=False,
        note="this server hides its log; ask its keeper for a copy and run the proof where it lies",
    )
    return Proof(
        day=date(2026, 11, 22),
        version="0.1.0",
        database="PostgreSQL 15.20",
        people=520,
        boxes=46,
        attempts=(*(attempt(name, hits) for name, hits in ATTACKS), wal),
        naive=(
            Naive("timestamps and serial ids", "order of rows by their ids", 1.0, 60),
            Naive("random UUIDs, one transaction", "order of rows by the transaction", 1.0, 60),
        ),
        configuration=FINDINGS,
    )


def lost() -> Proof:
    """Two attacks won."""
    won = attempt("sealed rows opened with keys that are left", 509, won=True)
    also = attempt("responses that appeared in a backup with an answer", 131, won=True)
    kept = [one for one in holds().attempts if one.attack not in {won.attack, also.attack}]
    return replace(holds(), attempts=(*kept, won, also), configuration=(*FINDINGS, BAD))


def lucky() -> Proof:
    """One attack was above its bar once, and not when it was tried again."""
    return replace(holds(), attempts=(*holds().attempts, attempt("order of lucky numbers", 70)))


def unsafe() -> Proof:
    """No attack won; the database lies open."""
    return replace(holds(), database="SQLite 3.46.1", configuration=(*FINDINGS, BAD))


def weak() -> Proof:
    """The thief could not break a naive design, so that nothing is proved."""
    naive = (Naive("timestamps and serial ids", "order of rows by their ids", 0.6, 60),)
    problem = "the thief named only 60 % of the people of a naive design: timestamps and serial ids"
    return replace(holds(), naive=naive, problems=(problem,))


def crowded() -> Proof:
    """More of everything than a page holds, in long words."""
    long = (
        "a finding of many words that goes on and on, as remarks about a server's settings tend to do, " * 3
    )
    return replace(
        lost(),
        attempts=tuple(
            attempt(f"attack number {n} by the order of something rather long to name", n) for n in range(40)
        ),
        configuration=tuple(Found(f"Setting number {n}", "warning", long, long) for n in range(30))
        + tuple(Found(f"Unseen thing {n}", "not examined", long, long) for n in range(30)),
    )


ALL = {made.__name__: made for made in (holds, lost, lucky, unsafe, weak, crowded)}
