"""The patient's site under gunicorn, with logs that name no address, no request and no body."""

from __future__ import annotations

import ctypes
import logging
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from survey.domain.errors import Misconfigured
from survey.web.patient import logs

THREADS = 8
_M_ARENA_MAX = -8  # of mallopt(3)
# The few of gunicorn's messages that speak of processes and never of a request.
_OF_PROCESSES = (
    "Starting gunicorn",
    "Listening at: %s (%s)",
    "Using worker: %s",
    "Booting worker with pid: %s",
    "Worker exiting (pid: %s)",
    "Worker (pid:%s)",
    "Handling signal: %s",
    "Shutting down: %s",
    "WORKER TIMEOUT (pid:%s)",
    "graceful stop of workers",
)


class QuietLogger(Logger):  # type: ignore[misc]  # gunicorn is not typed
    """Gunicorn's log without its 'Invalid request from ip=…' and 'Error handling request /i/…'."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        logs.set_up()
        for handler in self.error_log.handlers:
            handler.addFilter(_reveals_nothing)
        self.error_log.propagate = False

    def access(self, *_args: Any) -> None:
        """No access log, whatever the settings say."""


def _reveals_nothing(record: logging.LogRecord) -> bool:
    # Deny by default: the formatted message of a record that is not about processes is replaced.
    if not str(record.msg).startswith(_OF_PROCESSES):
        kind = record.exc_info[0] if record.exc_info else None
        record.msg = f"a request or a worker failed{f' ({kind.__name__})' if kind else ''}"
        record.args = None
    record.exc_info = record.exc_text = record.stack_info = None
    return True


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, make_app: Callable[[], Flask], settings: dict[str, Any]) -> None:
        self._make_app, self._settings = make_app, settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._make_app()


def serve(make_app: Callable[[], Flask], *, host: str, port: int, workers: int) -> None:
    """Serve until told to stop. `make_app` is called in each worker: no connection crosses a fork."""
    _require_free(host, port)
    _share_heap()
    _leave_no_core()
    _Server(make_app, settings(host=host, port=port, workers=workers)).run()


def _share_heap() -> None:
    # glibc gives every thread a heap of its own, which costs a worker of eight threads about 10 MB.
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _leave_no_core() -> None:
    # The memory of a worker that crashes holds answers. systemd-coredump and apport heed this as well.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _require_free(host: str, port: int) -> None:
    # Gunicorn would say so in its log, which passes little, and try for five seconds.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise Misconfigured(
                f"{host}:{port} cannot be listened on ({error.strerror}); choose another --host or --port"
            ) from None


def settings(*, host: str, port: int, workers: int) -> dict[str, Any]:
    """Gunicorn's settings for the patient's site."""
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return {
        "bind": address,
        "workers": workers,
        "worker_class": "gthread",
        "threads": THREADS,
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "info",
        "logger_class": QuietLogger,
        "control_socket_disable": True,  # it would lie in the home folder and show requests
        "limit_request_line": 2048,
        "limit_request_fields": 64,
        "keepalive": 5,
        "timeout": 60,
        "graceful_timeout": 30,
        "proc_name": "heard-patient",
    }
