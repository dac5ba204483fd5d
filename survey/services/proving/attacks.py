"""Attacks that name a person's answers from what was stolen of that very person."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from survey.domain.response import Response
from survey.services.proving.loot import Kept, Pool, Trace, fits
from survey.services.proving.town import CODES, RANDOM, RATED

Answers = Mapping[str, str]
Guess = Mapping[int, Answers]  # index of the person → the answers taken for theirs


@dataclass(frozen=True, slots=True)
class Score:
    """What one way of attacking named: how many, of how many, and what guessing would have named."""

    hits: float = 0.0
    people: int = 0
    guessing: float = 0.0

    def __add__(self, other: Score) -> Score:
        return Score(self.hits + other.hits, self.people + other.people, self.guessing + other.guessing)


Way = Callable[[Pool], Score]


@dataclass(frozen=True)
class Attack:
    """One attack in plain words, and the ways it is tried: the best of them counts."""

    name: str
    ways: Mapping[str, Way]
    note: str = ""
    unseen: str = ""  # why the database hides what it needs; "" where it does not
    admitted: bool = False  # a limit that is told: judged against its own chance alone
    certain: bool = False  # whoever it finds is exposed, by no luck: one person is enough


def guessing(name: Callable[[Pool], Guess]) -> Way:
    """Score what an attack names; people it says nothing of are guessed among the rows that are left."""

    def way(pool: Pool) -> Score:
        guess, people = name(pool), len(pool.traces)
        if not guess:
            return Score(1.0, people, 1.0)  # all are guessed: one is hit on average
        left = [row.answers for row in pool.kept]
        for answers in guess.values():
            if answers in left:
                left.remove(answers)
        RANDOM.shuffle(left)
        whole = [guess[n] if n in guess else left.pop() if left else {} for n in range(people)]
        hits = sum(
            dict(said) == dict(trace.person.response.answers)
            for said, trace in zip(whole, pool.traces, strict=True)
        )
        return Score(float(hits), people, 1.0)

    return way


def direct_attacks() -> list[Attack]:
    """Those that need no more than the person's own traces."""
    ways = {
        "responses that appeared in a backup with an answer": appeared,
        "what else in the database changed with an answer": changed,
        "rows anywhere that name what a person's answer left": named_rows,
        "what was logged while a person answered": logged,
        "lengths of sealed rows": lengths,
        "ids computed from what was stolen": computed_ids,
    }
    found = [Attack(name, {"": guessing(way)}) for name, way in ways.items()]
    return [*found, Attack("boxes too small to hide in", {"": small}, note=_SMALL, certain=True)]


_SMALL = "of people whose box, service and weeks leave fewer than ten responses: there must be none"


def small(pool: Pool) -> Score:
    """Guess among the rows of the person's box, service and week, where these are under ten."""
    among = [sum(fits(trace.person, row) for row in pool.kept) or len(pool.kept) for trace in pool.traces]
    hits = [1 / n for n in among if n < 10]  # the promise's ten, whatever the code says
    return Score(sum(hits), len(hits), sum(hits))


def appeared(pool: Pool) -> Guess:
    """The response that a backup had after the answer and not before."""
    return {n: trace.appeared[0] for n, trace in enumerate(pool.traces) if len(trace.appeared) == 1}


def changed(pool: Pool) -> Guess:
    """The response that shares most with other rows that changed."""
    return _most_told(pool, [trace.changed for trace in pool.traces])


def named_rows(pool: Pool) -> Guess:
    """The response that shares most with rows that name the person's sealed row or ticket."""
    return _most_told(pool, [trace.named for trace in pool.traces])


def logged(pool: Pool) -> Guess:
    """The response that shares most with the log of those moments."""
    return _most_told(pool, [trace.logged for trace in pool.traces])


def lengths(pool: Pool) -> Guess:
    """The response whose length, with the person's own comment and attributes, makes the sealed row's."""
    if any(trace.body is None for trace in pool.traces):
        return {}
    sealed = np.array([len(trace.body or b"") for trace in pool.traces], dtype=float)
    if np.ptp(sealed) == 0:
        return {}
    rest = np.array([len(_rest(pool, trace).encode()) for trace in pool.traces], dtype=float)
    kept = np.array([len(Response(row.answers).encode()) for row in pool.kept], dtype=float)
    mine = sealed - rest
    return assign(pool, -np.abs((mine - mine.mean())[:, None] - (kept - kept.mean())[None, :]))


def computed_ids(pool: Pool) -> Guess:
    """A kept id that is a part or a plain hash of something stolen."""
    size = len(pool.kept[0].id)
    where = {row.id: row.answers for row in pool.kept}
    found = {}
    for n, trace in enumerate(pool.traces):
        known = {made[:size] for made in _derived(trace) if len(made) >= 32} & where.keys()
        if known:
            found[n] = where[known.pop()]
    return found


def assign(pool: Pool, score: np.ndarray) -> Guess:
    """The rows of greatest total score, one a person; equals are guessed, not taken in order."""
    noise = np.array([[RANDOM.random() for _ in pool.kept] for _ in pool.traces]) * 1e-9
    people, rows = linear_sum_assignment(score + noise, maximize=True)
    return {int(n): pool.kept[m].answers for n, m in zip(people, rows, strict=True)}


def _rest(pool: Pool, trace: Trace) -> Response:
    comment = pool.comments.get(trace.person.name)
    return Response({}, {"comment": comment.words} if comment else {}, trace.person.known)


_PAIRS = {
    (question, code): re.compile(rf"{question}\W{{1,6}}{code}\b") for question in RATED for code in CODES
}


def _most_told(pool: Pool, told: Sequence[str]) -> Guess:
    score = np.array([[_shared(text, row) for row in pool.kept] for text in told])
    return assign(pool, score) if score.any() else {}


def _shared(text: str, row: Kept) -> float:
    if not text:
        return 0.0
    pairs = sum(_PAIRS[pair].search(text) is not None for pair in row.answers.items())
    return pairs + (100.0 if len(row.id) >= 32 and row.id in text else 0.0)


def _derived(trace: Trace) -> set[str]:
    ticket = (trace.person.ticket or "").encode()
    known = [one for one in (ticket, trace.burned, trace.row_id, trace.body, (trace.body or b"")[:32]) if one]
    ways = (hashlib.sha256, hashlib.sha1, hashlib.md5, hashlib.blake2b)
    return {one.hex() for one in known} | {way(one).hexdigest() for one in known for way in ways}
