"""Whoever holds the database, its log, the rejects and what was printed finds no identifier of an export."""

from __future__ import annotations

import csv
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from survey.services.import_ import undo
from tests.exports import NEAS, Desk, desk_for, real_export

TELLING = re.compile(rb"NEAS (PTS|111|S&C)|Respondent|Comment ID")


def _identifiers(path: Path) -> set[bytes]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row[name].encode() for row in rows for name in ("Respondent ID", "Comment ID")}


def _told(data: bytes, identifiers: set[bytes]) -> list[bytes]:
    # One search for the shape of all of them, then each, for a shape may be missed.
    return [match[0] for match in TELLING.finditer(data)] + [one for one in identifiers if one in data]


def _heard(*arguments: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HEARD_")}
    environ |= {"HEARD_DATA_DIR": str(folder / "data"), "HEARD_KEYS_DIR": str(folder / "keys")}
    command = [sys.executable, "-c", "from survey.cli.main import main; main()", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, timeout=300, check=False, cwd=folder)


@pytest.mark.parametrize("export", ["fixture", pytest.param("real", marks=pytest.mark.proof)])
def test_two_commands_import_the_export_and_keep_no_identifier(tmp_path, export):
    path = NEAS if export == "fixture" else real_export()
    assert _heard("db", "upgrade", folder=tmp_path).returncode == 0
    done = _heard("import", str(path), "--mapping", "neas_fft.yaml", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert b"5,096 read, from 2,959 people" in done.stdout
    assert b"4,612 rows as 2,714 responses and 3,492 comments" in done.stdout
    assert b"Reading: 100 %" in done.stderr
    identifiers = _identifiers(path)
    assert _told(path.read_bytes(), identifiers), "the search finds nothing where all is told"
    for file in (one for one in tmp_path.rglob("*") if one.is_file()):
        assert not _told(file.read_bytes(), identifiers), file.name
    assert not _told(done.stdout + done.stderr, identifiers)


def test_the_log_of_sqlite_keeps_no_identifier_while_it_is_open(sqlite, keys_dir, tmp_path, catalogue):
    desk = desk_for(sqlite, keys_dir, tmp_path, catalogue)
    with sqlite.execution_options(
        reading=True
    ).connect() as reader:  # keeps the write-ahead log from being emptied
        reader.execute(text("SELECT 1"))
        batch = desk.neas().batch
        undo(sqlite, batch)
        desk.neas()
        logs = [path for path in tmp_path.rglob("*-wal") if path.stat().st_size]
        assert logs
        assert not any(_told(path.read_bytes(), _identifiers(NEAS)) for path in logs)


def test_no_table_holds_an_identifier(database: Engine, keys_dir, tmp_path, catalogue):
    desk = desk_for(database, keys_dir, tmp_path, catalogue)
    desk.neas()
    whole = "\n".join(row for rows in desk.everything().values() for row in rows).encode()
    assert not _told(whole, _identifiers(NEAS))


def test_no_log_record_holds_an_identifier_or_a_comment(sqlite, tmp_path, catalogue, caplog):
    desk = desk_for(sqlite, tmp_path / "keys", tmp_path, catalogue)
    with caplog.at_level(logging.DEBUG):
        desk.neas()
    said = caplog.text.encode()
    assert not _told(said, _identifiers(NEAS))
    assert b"Staff were friendly" not in said


def _small(sqlite: Engine, keys_dir: Path, tmp_path: Path, catalogue: object) -> Desk:
    return desk_for(sqlite, keys_dir, tmp_path, catalogue)  # type: ignore[arg-type]


def test_a_comment_that_repeats_its_writers_number_is_not_stored(sqlite, keys_dir, tmp_path, catalogue):
    desk = _small(sqlite, keys_dir, tmp_path, catalogue)
    report = desk.take(desk.csv(["a1,person-01,31/05/2022,Bus,1,my number is PERSON-01"]))
    assert [(one.line, one.column) for one in report.outcome.rejected] == [(2, "Comment")]
    assert desk.count("comment") == desk.count("response") == 0


def test_what_is_said_of_bad_rows_quotes_none_of_their_cells(sqlite, keys_dir, tmp_path, catalogue):
    desk = _small(sqlite, keys_dir, tmp_path, catalogue)
    # Every cell stands one column too far right, so that identifiers lie under other headers.
    report = desk.take(desk.csv(["x,a1-secret,person-01-secret,31/05/2022,Bus,1"]))
    said = "\n".join(report.lines()) + report.rejects.read_text(encoding="utf-8")
    assert len(report.outcome.rejected) == 1
    assert "secret" not in said


def test_the_hashes_say_nothing_of_the_files_order(sqlite, keys_dir, tmp_path, catalogue):
    desk = _small(sqlite, keys_dir, tmp_path, catalogue)
    desk.take(desk.csv([f"a{n},person-{n:03},31/05/2022,Bus,1," for n in range(100)]))
    stored = [row[0] for row in desk.rows("SELECT hash FROM import_seen ORDER BY rowid")]
    assert len(stored) == 201  # a person, a row each, and one that guards the key
    assert stored[:-1] == sorted(stored[:-1])


def test_the_rejects_file_is_the_operators_own(sqlite, keys_dir, tmp_path, catalogue):
    desk = _small(sqlite, keys_dir, tmp_path, catalogue)
    report = desk.take(desk.csv(["a1,person-01,soon,Bus,1,x"]))
    assert report.rejects.stat().st_mode & 0o077 == 0
    assert (keys_dir / "clock" / "import.key").stat().st_mode & 0o077 == 0
