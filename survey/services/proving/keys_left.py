"""Sealed rows from old backups, opened with whatever is left where keys lay."""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import InvalidTag

from survey.domain.errors import Misconfigured
from survey.domain.response import Response
from survey.privacy.opening import read_box_key, unseal
from survey.services.proving.attacks import Attack, Guess, guessing
from survey.services.proving.loot import Loot, Pool, Trace


def key_attack(loot: Loot) -> Attack:
    """Each box's rows, with each key that is left once all has been counted; opened at once, keys go."""
    traces = [trace for pool in loot.pools for trace in pool.traces]
    first = {trace.box: trace for trace in traces}
    fitting = {
        box: next((key for key in loot.keys if _open(trace, key) is not None), None)
        for box, trace in first.items()
    }
    opened = {
        id(trace): response.answers
        for trace in traces
        if (key := fitting[trace.box]) is not None and (response := _open(trace, key)) is not None
    }

    def name(pool: Pool) -> Guess:
        return {n: opened[id(trace)] for n, trace in enumerate(pool.traces) if id(trace) in opened}

    return Attack("sealed rows opened with keys that are left", {"": guessing(name)})


def _open(trace: Trace, key: Path) -> Response | None:
    if trace.box is None or trace.body is None:
        return None
    try:
        return Response.decode(unseal(trace.body, box=trace.box, key=read_box_key(key)))
    except (InvalidTag, Misconfigured, ValueError):
        return None
