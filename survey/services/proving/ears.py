"""The thief's ears: what every library in this process logs, at its most talkative."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class Ears:
    """Hears while it listens; nobody else does, so that nothing of it reaches the operator's terminal."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._since, self._deaf = 0, False
        self._handler = logging.Handler()
        self._handler.emit = self._hear  # type: ignore[method-assign]

    def last(self) -> str:
        """What was heard since listening last began."""
        return "\n".join(self.heard[self._since :])

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Every logger of the process tells all, to us alone."""
        self._since = len(self.heard)
        loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
        before = [(one, one.level, one.handlers, one.propagate) for one in loggers]
        try:
            for one in loggers:
                one.setLevel(logging.DEBUG)
                one.handlers, one.propagate = [], True
            logging.getLogger().handlers = [self._handler]
            yield
        finally:
            for one, level, handlers, propagate in before:
                one.setLevel(level)
                one.handlers, one.propagate = handlers, propagate

    @contextmanager
    def deaf(self) -> Iterator[None]:
        """While the thief himself looks: his own questions would name what they look for."""
        self._deaf = True
        try:
            yield
        finally:
            self._deaf = False

    def _hear(self, record: logging.LogRecord) -> None:
        if not self._deaf:
            self.heard.append(record.getMessage())
