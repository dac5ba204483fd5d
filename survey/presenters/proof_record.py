"""A proof as JSON: every figure and finding under keys that stay; docs/proving.md lists them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from survey.domain.proof import Attempt, Proof
from survey.presenters import proof_words

FORMAT = "heard-proof/1"


def record(proof: Proof, *, installation: str) -> str:
    """The whole proof as JSON text."""
    return json.dumps(content(proof, installation=installation), indent=2, ensure_ascii=False) + "\n"


def content(proof: Proof, *, installation: str) -> dict[str, Any]:
    """What the JSON holds."""
    return {
        "format": FORMAT,
        "installation": installation,
        "day": proof.day.isoformat(),
        "version": proof.version,
        "database": proof.database,
        "holds": proof.holds,
        "verdict": proof_words.verdict(proof),
        "people": proof.people,
        "boxes": proof.boxes,
        "attempts": [_attempt(one) for one in proof.attempts],
        "naive": [asdict(one) for one in proof.naive],
        "configuration": [asdict(one) for one in proof.configuration],
        "problems": list(proof.problems),
    }


def _attempt(one: Attempt) -> dict[str, Any]:
    return {
        "attack": one.attack,
        "examined": one.examined,
        "people": one.people,
        "hits": one.hits,
        "accuracy": one.accuracy,
        "interval": [one.low, one.high],
        "chance": one.chance,
        "bar": one.bar,
        "won": one.won,
        "note": one.note,
    }
