"""The bare limit of a request: the same gunicorn, bytes made beforehand, one durable commit; no framework."""

from __future__ import annotations

import secrets
import sqlite3
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from survey.web.patient.server import serve

Start = Callable[[str, list[tuple[str, str]]], Any]


def main() -> None:
    """Serve until told to stop."""
    options = ArgumentParser(prog="python -m benchmarks.bare")
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--workers", type=int, required=True)
    options.add_argument("--page-bytes", type=int, required=True, help="size of the answer to a GET")
    options.add_argument("--row-bytes", type=int, required=True, help="size of the row that a POST writes")
    options.add_argument("--database", type=Path, required=True)
    chosen = options.parse_args(sys.argv[1:])
    open_table(chosen.database).close()  # once, before the workers would make it all at once

    def make_app() -> Any:
        return application(secrets.token_bytes(chosen.page_bytes), chosen.row_bytes, chosen.database)

    serve(make_app, host="127.0.0.1", port=chosen.port, workers=chosen.workers)


def application(page: bytes, row_bytes: int, database: Path) -> Callable[..., Iterable[bytes]]:
    """A WSGI callable: a GET gets `page`, a POST is read and a row of so many bytes committed."""
    own = threading.local()

    def commit() -> None:
        if not hasattr(own, "connection"):
            own.connection = open_table(database)
        insert(own.connection, secrets.token_bytes(row_bytes))

    def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            commit()
            start("303 See Other", [("Location", "/"), ("Content-Length", "0")])
            return [b""]
        start("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(page)))])
        return [page]

    return answer


def open_table(database: Path) -> sqlite3.Connection:
    """A connection whose commits are as durable as Heard's, to the one table that rows go into."""
    connection = sqlite3.connect(database, isolation_level=None, timeout=15)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE IF NOT EXISTS sealed (id BLOB PRIMARY KEY, body BLOB)")
    return connection


def insert(connection: sqlite3.Connection, body: bytes) -> None:
    """One row, one durable commit: what it is to promise that nothing is lost."""
    connection.execute("INSERT INTO sealed VALUES (?, ?)", (secrets.token_bytes(32), body))


if __name__ == "__main__":
    main()
