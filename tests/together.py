"""Several threads at one moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


def together(number: int, do: Callable[[int], Any]) -> list[Any]:
    """What `do` returns to as many threads, begun at one moment."""
    start, found = threading.Barrier(number), []

    def one(n: int) -> None:
        start.wait()
        found.append(do(n))

    threads = [threading.Thread(target=one, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
