"""Linking: each attack names, for each person of a pool, the kept row it takes for that person's."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from cryptography.exceptions import InvalidTag
from scipy.optimize import linear_sum_assignment

from survey.domain.errors import Misconfigured
from survey.domain.response import Response
from survey.privacy.opening import read_box_key, unseal
from tests.adversarial.thief.loot import Kept, Pool, Trace
from tests.town import questionnaire

Guess = dict[int, int]  # index of the person → index of the kept row
Attack = Callable[[Pool], Guess]


def attacks(pools: Sequence[Pool]) -> dict[str, Attack]:
    """All attacks that the loot allows, by name."""
    names = sorted({name for pool in pools for row in pool.kept for name in row.positions})
    found: dict[str, Attack] = {
        "appeared in the backup": appeared,
        "lengths": lengths,
        "ids computed from what was stolen": computed_ids,
        "opened with keys that are left": opened,
        "about-you counts": fingerprints,
        "order of comments": comment_order,
    }
    for name in [*names, "id"]:
        for backwards in (False, True):
            found[f"order of {name}{', backwards' if backwards else ''}"] = _order(name, backwards)
        for secret in ("burned", "row_id", "body"):
            found[f"order of {secret} by {name}"] = _order(name, False, by=secret)
    return found


def accuracy(pools: Sequence[Pool], attack: Attack) -> float:
    """The share of people whose response the attack names; people it says nothing of are guessed."""
    hits = sum(_hits(pool, attack(pool)) for pool in pools)
    return hits / sum(len(pool.traces) for pool in pools)


def best(pools: Sequence[Pool]) -> tuple[str, float]:
    """The attack that names most."""
    found = {name: accuracy(pools, attack) for name, attack in attacks(pools).items()}
    name = max(found, key=lambda one: found[one])
    return name, found[name]


def chance(pools: Sequence[Pool]) -> float:
    """What guessing among the responses of each pool names."""
    return len(pools) / sum(len(pool.traces) for pool in pools)


def appeared(pool: Pool) -> Guess:
    """The row that a backup had after the answer and not before."""
    where = {row.id: index for index, row in enumerate(pool.kept)}
    return {
        n: where[trace.appeared[0]]
        for n, trace in enumerate(pool.traces)
        if len(trace.appeared) == 1 and trace.appeared[0] in where
    }


def lengths(pool: Pool) -> Guess:
    """Sealed rows to kept rows, the longer to the longer."""
    if any(trace.body is None for trace in pool.traces):
        return {}
    sealed = np.array([len(trace.body or b"") for trace in pool.traces], dtype=float)
    kept = np.array([row.size for row in pool.kept], dtype=float)
    if np.ptp(sealed) == 0:
        return {}
    return _assign(-np.abs((sealed - sealed.mean())[:, None] - (kept - kept.mean())[None, :]))


def computed_ids(pool: Pool) -> Guess:
    """A kept id that is a part or a plain hash of something stolen."""
    where = {row.id: index for index, row in enumerate(pool.kept)}
    found = {}
    for n, trace in enumerate(pool.traces):
        known = {made[: len(pool.kept[0].id)] for made in _derived(trace)} & where.keys()
        if known:
            found[n] = where[known.pop()]
    return found


def opened(pool: Pool) -> Guess:
    """Sealed rows from old backups, opened with any key that is left."""
    found = {}
    for n, trace in enumerate(pool.traces):
        tried = sorted(pool.keys, key=lambda path: (trace.box or "-") not in path.name)[:5]
        answers = next(filter(None, (_open(trace, key) for key in tried)), None)
        same = [index for index, row in enumerate(pool.kept) if answers and dict(row.answers) == answers]
        if same:
            found[n] = same[0]
    return found


def fingerprints(pool: Pool) -> Guess:
    """The sender's list gives each person's age and ethnic group; the counts say how those answered."""
    rated = questionnaire()
    score = np.zeros((len(pool.traces), len(pool.kept)))
    if not pool.added:
        return {}
    for n, trace in enumerate(pool.traces):
        for attribute, option in trace.person.response.about_you.items():
            for question in rated.codes:
                cells = {g: pool.added[attribute, option, question, g] for g in _GROUPS}
                whole = sum(cells.values())
                if whole:
                    for m, row in enumerate(pool.kept):
                        group = rated.question(question).group(row.answers.get(question, ""))
                        score[n, m] += np.log(max(cells.get(group or "", 0) / whole, 1e-4))
    return _assign(score)


def comment_order(pool: Pool) -> Guess:
    """A comment names its author: if comments lie as their responses do, the nth is the nth's."""
    names = [words.split()[0] for _, words in pool.comments]
    if len(names) != len(pool.traces) or set(names) != {trace.person.name for trace in pool.traces}:
        return {}
    person = {trace.person.name: n for n, trace in enumerate(pool.traces)}
    rows = sorted(range(len(pool.kept)), key=lambda m: pool.kept[m].positions.get("column 0", 0))
    return {person[name]: row for name, row in zip(names, rows, strict=True)}


def feelings(pool: Pool) -> Guess:
    """A comment that names its author says too how the author's response felt."""
    felt = {words.split()[0]: how for how, words in pool.comments}
    rated = questionnaire()
    score = [
        [float(felt.get(trace.person.name) == rated.sentiment(row.answers)) for row in pool.kept]
        for trace in pool.traces
    ]
    return _assign(np.array(score))


_GROUPS = ("favourable", "neither", "unfavourable")


def _order(name: str, backwards: bool, *, by: str | None = None) -> Attack:
    def attack(pool: Pool) -> Guess:
        rows = [m for m, row in enumerate(pool.kept) if name == "id" or name in row.positions]
        rows.sort(key=lambda m: _place(pool.kept[m], name), reverse=backwards)
        places = [_place(pool.kept[m], name) for m in rows]
        people = list(range(len(pool.traces)))
        if by is not None:
            if any(getattr(trace, by) is None for trace in pool.traces):
                return {}
            people.sort(key=lambda n: getattr(pool.traces[n], by))
        if len(rows) != len(people) or all(one == other for one, other in pairwise(places)):
            return {}  # e.g. one transaction wrote them all: xmin says nothing
        return dict(zip(people, rows, strict=True))

    return attack


def _place(row: Kept, name: str) -> tuple[int, str] | float:
    return (len(row.id), row.id) if name == "id" else row.positions[name]


def _assign(score: np.ndarray) -> Guess:
    noise = np.random.default_rng().random(score.shape) * 1e-9  # equals are guessed, not taken in order
    people, rows = linear_sum_assignment(score + noise, maximize=True)
    return {int(n): int(m) for n, m in zip(people, rows, strict=True)}


def _hits(pool: Pool, guess: Guess) -> int:
    left = [m for m in range(len(pool.kept)) if m not in set(guess.values())]
    random.shuffle(left)
    whole = {n: guess[n] if n in guess else left.pop() for n in range(len(pool.traces))}
    return sum(
        dict(pool.kept[m].answers) == dict(pool.traces[n].person.response.answers) for n, m in whole.items()
    )


def _derived(trace: Trace) -> set[str]:
    known = [
        trace.person.ticket.encode(),
        trace.burned,
        trace.row_id,
        trace.body,
        trace.body and trace.body[:32],
    ]
    ways = (hashlib.sha256, hashlib.sha1, hashlib.md5, hashlib.blake2b)
    found = {one.hex() for one in known if one}
    return found | {way(one).hexdigest() for one in known if one for way in ways}


def _open(trace: Trace, key: Path) -> dict[str, str] | None:
    try:
        plain = unseal(trace.body or b"", box=trace.box or "", key=read_box_key(key))
    except (InvalidTag, Misconfigured):
        return None
    return dict(Response.decode(plain).answers)
