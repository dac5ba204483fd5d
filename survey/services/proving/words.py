"""Comments: from one that names its author, or names nobody, to the response of who wrote it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from survey.services.proving.attacks import Attack, Guess, Score, Way, assign, guessing
from survey.services.proving.loot import Comment, Kept, Loot, Pool
from survey.services.proving.town import questionnaire

_RATED = questionnaire()
_ROWID, _XMIN = "hidden row number (rowid)", "transaction number (xmin)"


def comment_attacks(loot: Loot) -> list[Attack]:
    """By how the author felt, and by what was written together."""
    felt = Attack(
        "comments that name their authors, by how they felt",
        {"": _felt},
        note="who signs a comment tells how they felt: guessed among the responses of their box that feel so",
        admitted=True,
    )
    return [
        felt,
        Attack("from a comment to its response, by what was written together", {"": _together(loot)}),
    ]


def _felt(pool: Pool) -> Score:
    named = guessing(by_feeling)(pool)
    # Where a feeling is told, one of those who felt alike is hit on average, and one of the others.
    told = {
        comment.felt if (comment := pool.comments.get(trace.person.name)) else "" for trace in pool.traces
    }
    return Score(named.hits, named.people, float(len(told)))


def by_feeling(pool: Pool) -> Guess:
    """Each author's row among those that feel as the comment says."""
    felt = {name: comment.felt for name, comment in pool.comments.items()}
    score = [
        [float(felt.get(trace.person.name) == _RATED.sentiment(row.answers)) for row in pool.kept]
        for trace in pool.traces
    ]
    return assign(pool, np.array(score)) if np.any(score) else {}


def _together(loot: Loot) -> Way:
    # He takes the rows of the transaction that wrote the comment; or those of the box of the row that lies as
    # far down its table as the comment in its own.
    rows = sorted(
        (row for pool in loot.pools for row in pool.kept), key=lambda row: row.places.get(_ROWID, 0)
    )
    nth = {comment.author: n for n, comment in enumerate(loot.comments)}
    boxes: dict[tuple[str, str], list[Kept]] = defaultdict(list)
    transactions: dict[float, list[Kept]] = defaultdict(list)
    for row in rows:
        boxes[row.service, str(row.span)].append(row)
        transactions[row.places.get(_XMIN, -1)].append(row)

    def chance(comment: Comment, truth: Mapping[str, str]) -> float:
        beside = rows[nth[comment.author] * len(rows) // len(loot.comments)]
        found = transactions.get(comment.place) or boxes[beside.service, str(beside.span)]
        alike = [row for row in found if _RATED.sentiment(row.answers) == comment.felt] or found
        return sum(dict(row.answers) == dict(truth) for row in alike) / len(alike)

    def way(pool: Pool) -> Score:
        answers = {trace.person.name: trace.person.response.answers for trace in pool.traces}
        hits = [chance(one, answers[name]) for name, one in pool.comments.items()]
        return Score(sum(hits), len(hits), len(hits) / max(len(pool.kept), 1))

    return way
