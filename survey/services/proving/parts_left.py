"""About-you counts that lay sealed, opened with the keys that quarters have left when they ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag

from survey.privacy.parts import open_part
from survey.services import subgroups
from survey.services.proving.loot import Cell, Part, Pool, Release


def opened_releases(pools: Sequence[Pool], keys: Sequence[Path], *, ended_before: str) -> list[Release]:
    """The counts of each pool whose part opens: a dozen people's, exact.

    Keys of the quarter that goes on are no loot, as those of boxes that are open are not.
    """
    ended = [file for file in keys if file.parent.name == "quarters" and _quarter(file) < ended_before]
    return [
        Release(cells, [pool])
        for pool in pools
        for part in pool.parts
        for cells in _opened(part, [file.read_bytes() for file in ended if _quarter(file) == part.quarter])
    ]


def _opened(part: Part, keys: Sequence[bytes]) -> Iterator[Counter[Cell]]:
    place = "\n".join((part.quarter, part.icb, part.pathway))
    for key in keys:
        try:
            plain = open_part(part.body, key=key, kind="about-you", place=place)
        except (InvalidTag, ValueError):
            continue
        found: Counter[Cell] = Counter()
        for attribute, option, question, group, n in msgspec.json.decode(plain, type=subgroups.Part).cells:
            found[attribute, option, question, group] += n
        yield found


def _quarter(file: Path) -> str:
    return file.name.replace("_", "/")
