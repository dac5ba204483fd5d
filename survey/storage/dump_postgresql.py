"""PostgreSQL's own programs: pg_dump and pg_restore, never with a password on a command line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import URL, Connection, text

from survey.domain.errors import HeardError, Misconfigured

_COPY = re.compile(rb'COPY (?:"(?:[^"]|"")+"|\w+)\.(\w+) \(([^)]*)\) FROM stdin;')
_SECRET = {"password", "sslpassword"}  # parts of an address that no list of processes may show


def program(name: str) -> str:
    """Where one of PostgreSQL's programs lies; Misconfigured says what to install."""
    found = shutil.which(name)
    if found is None:
        raise Misconfigured(
            f"{name} is not on this machine: install PostgreSQL's client programs, of the server's version or"
            " newer (Debian: postgresql-client); or take and check a backup by other means,"
            " then run `heard backup --vouch`"
        )
    return found


def dump(connection: Connection, file: Path) -> None:
    """pg_dump of the schema that `connection` works in, in the snapshot of its transaction."""
    look = text("SELECT pg_export_snapshot(), quote_ident(current_schema()), current_user, session_user")
    snapshot, schema, role, login = connection.execute(look).one()
    run(
        [
            program("pg_dump"),
            "--format=custom",
            f"--file={file}",
            f"--snapshot={snapshot}",
            f"--schema={schema}",
            "--enable-row-security",  # the clock's policy shows it every row; the numbers are compared
            "--no-password",
            "--lock-wait-timeout=60s",
            *([f"--role={role}"] if role != login else []),
        ],
        connection.engine.url,
    )


def restore(file: Path, into: URL) -> None:
    """pg_restore of a dump into an empty database, all or nothing."""
    # A schema named public is in every database already.
    create = [line for line in _list(file) if not re.search(r" SCHEMA - public ", line)]
    chosen = file.with_name("chosen")
    chosen.write_text("\n".join(create), encoding="utf-8")
    run(
        [
            program("pg_restore"),
            "--no-owner",
            "--exit-on-error",
            "--single-transaction",
            f"--use-list={chosen}",
            "--no-password",
        ],
        into,
        str(file),
    )


def read(file: Path, look: Callable[[bytes], None]) -> tuple[Counter[str], set[str]]:
    """Rows of each table of a dump, and the ids of its counted boxes; `look` is shown all that it holds."""
    _list(file)
    rows: Counter[str] = Counter()
    counted: set[str] = set()
    table, place = "", (0, 0)
    for line in _lines([program("pg_restore"), "--file=-", str(file)], look):
        if table and line == b"\\.":
            table = ""
        elif table:
            rows[table] += 1
            cells = line.split(b"\t") if table == "box" else []
            if cells and cells[place[1]] == b"counted":
                counted.add(cells[place[0]].decode())
        elif match := _COPY.fullmatch(line):
            table = match[1].decode()
            rows[table] += 0
            columns = [one.strip().strip('"') for one in match[2].decode().split(",")]
            place = (columns.index("id"), columns.index("state")) if table == "box" else (0, 0)
    return rows, counted


def run(command: list[str], url: URL, *more: str) -> None:
    """Run a program against a database; HeardError with its first words, without a row that it quotes."""
    done = subprocess.run(  # noqa: S603
        [*command, f"--dbname={_without_secrets(url)}", *more],
        env=os.environ | _secrets(url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise HeardError(_said(command[0], done.stderr))


def _list(file: Path) -> list[str]:
    command = [program("pg_restore"), "--list", str(file)]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        raise HeardError(_said(command[0], done.stderr))
    return done.stdout.decode().splitlines()


def _lines(command: list[str], look: Callable[[bytes], None]) -> Iterator[bytes]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:  # noqa: S603
        assert running.stdout is not None  # noqa: S101
        assert running.stderr is not None  # noqa: S101
        kept = b""
        while part := running.stdout.read(1 << 20):
            look(part)
            *lines, kept = (kept + part).split(b"\n")
            yield from lines
        said = running.stderr.read()
    if running.returncode:
        raise HeardError(_said(command[0], said))


def _said(command: str, words: bytes) -> str:
    # The first line alone: those after it may quote a row.
    first = words.decode(errors="replace").strip().splitlines()[:1] or ["no reason told"]
    told = re.sub(r"^pg_\w+: (error: )?", "", first[0])
    return f"{Path(command).name}: {told}"


def _without_secrets(url: URL) -> str:
    plain = URL.create(  # not url.set(password=None): that leaves it there
        "postgresql",
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query=url.difference_update_query(_SECRET).query,
    )
    return plain.render_as_string(hide_password=False)


def _secrets(url: URL) -> dict[str, str]:
    if "sslpassword" in url.query:
        raise Misconfigured(
            "an sslpassword in HEARD_DATABASE_URL would show in the list of processes; keep the key file"
            " without one, or name a service of ~/.pg_service.conf"
        )
    password = url.password if url.password is not None else url.query.get("password")
    return {} if password is None else {"PGPASSWORD": str(password)}
