"""How long work tells that it goes on."""

from __future__ import annotations

from collections.abc import Callable

Advance = Callable[[int], None]  # called with how many more are done


def silent(_n: int) -> None:
    """For callers that show no progress."""
