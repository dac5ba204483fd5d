"""Places: where ids of kept rows stand in anything that was stolen."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

_ID = re.compile(rb"(?=([0-9a-f]{32}))")  # ahead only: a byte before an id may look like a digit


def find_ids(parts: Iterable[tuple[int, bytes]], ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """First and last place of each id in `parts`, which are (where the part begins, its bytes)."""
    wanted = {one.encode(): one for one in ids}
    found: dict[str, tuple[int, int]] = {}
    for start, part in parts:
        for match in _ID.finditer(part):
            name = wanted.get(match[1])
            if name is not None:
                place = start + match.start()
                found[name] = (found.get(name, (place, 0))[0], place)
    return found
