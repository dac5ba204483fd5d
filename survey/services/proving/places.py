"""Places: where ids of kept rows stand in anything that was stolen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

_LENGTH = 32  # hexadecimal digits of an id
_DIGITS = bytes(ord("x") if byte in b"0123456789abcdef" else 0 for byte in range(256))


def find_ids(parts: Iterable[tuple[int, bytes]], ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """First and last place of each id in `parts`, which are (where the part begins, its bytes)."""
    wanted = {one.encode(): one for one in ids}
    found: dict[str, tuple[int, int]] = {}
    for start, part in parts:
        for at in _runs(part):
            name = wanted.get(part[at : at + _LENGTH])
            if name is not None:
                found[name] = (found.get(name, (start + at, 0))[0], start + at)
    return found


def _runs(part: bytes) -> Iterator[int]:
    # Wherever an id may begin: a byte before one may look like a digit too. Logs are long: no regular
    # expression, which looks at each byte.
    shape, run = part.translate(_DIGITS), b"x" * _LENGTH
    at = shape.find(run)
    while at >= 0:
        yield at
        at = shape.find(run, at + 1)
