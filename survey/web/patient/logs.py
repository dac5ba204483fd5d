"""Logs that cannot tell on a patient: of a fault, its kind and the route's template; nothing else."""

from __future__ import annotations

import logging
import sys
import threading
from typing import Any

LOGGER = "heard.patient"


class Quiet(logging.Formatter):
    """Only our own words pass whole; of anybody else's record, its logger and the exception's class.

    A library's message may hold a URL, an answer, an address or a ticket, and a traceback may too.
    """

    def format(self, record: logging.LogRecord) -> str:
        if record.name == LOGGER:
            return f"{record.levelname.lower()}: {record.getMessage()}"
        return f"{record.levelname.lower()}: {record.name}{_kind(record.exc_info)}"


def _kind(exc_info: Any) -> str:
    found = exc_info[0] if isinstance(exc_info, tuple) else None
    return "" if found is None else f": {found.__name__}"


def set_up(stream: Any = None) -> None:
    """Send every log record of this process through `Quiet`, and what Python itself prints of faults."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Quiet())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(LOGGER).setLevel(logging.INFO)
    logging.raiseExceptions = False  # a record that cannot be written would be printed with its values
    logging.captureWarnings(True)
    # Python's own words for what nobody caught hold the exception's, and a file's line or two.
    threading.excepthook = _uncaught
    sys.unraisablehook = _uncaught


def _uncaught(about: Any) -> None:
    if about.exc_type is not SystemExit:
        logging.getLogger(LOGGER).error("%s outside a request", about.exc_type.__name__)


def note_fault(error: BaseException, rule: object) -> None:
    """Note that a request failed: the exception's class and the route's template."""
    logging.getLogger(LOGGER).error("%s on %s", type(error).__name__, rule or "a path that is no route")


def note_spoiled(files: int) -> None:
    """Note that translations were left out."""
    said = "%d translations cannot be read and are not offered: `heard questionnaire check` says why"
    logging.getLogger(LOGGER).warning(said, files)
