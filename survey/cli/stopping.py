"""How a command that goes on is told to stop: by Ctrl-C, or by SIGTERM from whoever started it."""

from __future__ import annotations

import signal
from threading import Event
from typing import Any


def told_to_stop() -> Event:
    """An event that is set by the first SIGINT or SIGTERM; the work at hand is finished, none is begun."""
    stop = Event()

    def told(*_: Any) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, told)
    signal.signal(signal.SIGINT, told)
    return stop
