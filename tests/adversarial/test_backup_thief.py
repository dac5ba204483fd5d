"""The thief of backups and of the write-ahead log: he never meets the live database, but holds all of these.

Every file that `heard backup` ever made with the recovery key that opens them, a copy of the tables from
before and after each answer, and the whole write-ahead log. No backup holds a key of the clock's.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import time_machine
from cryptography.exceptions import InvalidTag

from survey.domain.errors import Misconfigured
from survey.domain.response import Response
from survey.privacy.keys import kept_box_keys
from survey.privacy.opening import read_box_key, unseal
from survey.privacy.traces import Traces, kept_keys
from survey.services.proving.ahead_log import AheadLog, ahead_log
from survey.storage.dump_postgresql import program
from tests.backups import back_up, opened, settings_of
from tests.town import Town, a_response

PEOPLE = 12
Row = tuple[str, bytes]  # box and body


@dataclass
class Thief:
    """What he has carried away: opened backups, and folders that somebody backed up beside them."""

    folder: Path
    backups: list[Path] = field(default_factory=list)

    def take(self, plain: bytes) -> None:
        """Keep a backup that he opened with the recovery key."""
        self.backups.append(self.folder / f"{len(self.backups)}.dump")
        self.backups[-1].write_bytes(plain)

    def sealed(self) -> set[Row]:
        """Every sealed row of every backup."""
        return {row for one in self.backups for row in _rows(one) if row[1]}

    def answers(self) -> list[Response]:
        """What he opens of them, with any file that he holds."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and path not in self.backups]
        return [
            found
            for box, body in self.sealed()
            if (found := _first(_open(box, body, file) for file in files))
        ]


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel("2026-11-09 08:00Z", tick=True):
        yield


@pytest.fixture
def thief(tmp_path: Path) -> Thief:
    (tmp_path / "loot").mkdir()
    return Thief(tmp_path / "loot")


def answered_and_counted(town: Town, thief: Thief) -> None:
    """A backup before anyone answers, one half-way, one before the count and one after it."""
    settings = settings_of(town)
    tickets = town.invite("BUS1", PEOPLE)
    for n, ticket in enumerate(tickets):
        if n in {0, 6}:
            thief.take(opened(settings, back_up(town, settings).path))
        town.answer(ticket, a_response(n, comment=f"words {n}"))
    thief.take(opened(settings, back_up(town, settings).path))
    assert town.count().responses == PEOPLE
    thief.take(opened(settings, back_up(town, settings).path))


def test_with_every_backup_opened_he_reads_no_answer_in_them(town: Town, thief: Thief) -> None:
    answered_and_counted(town, thief)
    assert len(thief.sealed()) == PEOPLE
    shutil.copytree(town.keys_dir / "recovery", thief.folder / "recovery")
    assert thief.answers() == []


def test_a_backup_that_took_the_keys_along_would_open_every_one(town: Town, thief: Thief) -> None:
    town.prepare()
    shutil.copytree(town.keys_dir, thief.folder / "the whole server, on tape")
    answered_and_counted(town, thief)
    assert len(thief.answers()) == PEOPLE


def test_even_the_keys_that_are_left_afterwards_open_none(town: Town, thief: Thief) -> None:
    answered_and_counted(town, thief)
    assert kept_box_keys(town.keys_dir)  # of boxes that are open still
    shutil.copytree(town.keys_dir, thief.folder / "keys")
    assert thief.answers() == []


def test_neither_a_backup_nor_the_log_holds_a_part_of_any_key(
    town: Town, thief: Thief, tmp_path: Path
) -> None:
    town.prepare()
    everything = shutil.copytree(town.keys_dir, tmp_path / "the test's own copy")
    log = ahead_log(town.engine)
    answered_and_counted(town, thief)
    traces = Traces(kept_keys(everything))
    for file in thief.backups:
        traces.feed(file.read_bytes())
        for line in _lines(file):
            traces.feed(line)
    written = _read(log)
    traces.feed(written)
    assert len(written) > 100_000
    assert traces.found == set()


def test_a_key_that_was_written_into_the_database_would_be_found_there(town: Town, tmp_path: Path) -> None:
    town.prepare()
    box = town.box("BUS1")
    ((_, key),) = [one for one in kept_keys(town.keys_dir) if one[0].endswith(box)]
    log = ahead_log(town.engine)
    town.do("UPDATE box SET signature = :key WHERE id = :box", key=key, box=box)
    traces = Traces(kept_keys(town.keys_dir))
    traces.feed(_read(log))
    assert traces.found == {f"clock/boxes/{box}"}


def _read(log: AheadLog) -> bytes:
    found = b"".join(part for _, part in log.parts())
    log.close()
    assert log.unseen == ""
    return found


def _rows(backup: Path) -> Iterator[Row]:
    if backup.read_bytes().startswith(b"SQLite format 3"):
        with closing(sqlite3.connect(backup)) as copy:
            yield from copy.execute("SELECT box, body FROM sealed").fetchall()
        return
    text = b"\n".join(_lines(backup, "--data-only", "--table=sealed")).decode()
    for box, body in re.findall(r"^\\\\x[0-9a-f]{64}\t([0-9a-f]{32})\t\\\\x([0-9a-f]*)$", text, re.MULTILINE):
        yield box, bytes.fromhex(body)


def _lines(backup: Path, *options: str) -> list[bytes]:
    if backup.read_bytes().startswith(b"SQLite format 3"):
        return []  # its bytes are all there is
    command = [program("pg_restore"), "--file=-", *options, str(backup)]
    return subprocess.run(command, capture_output=True, check=True).stdout.splitlines()


def _open(box: str, body: bytes, file: Path) -> Response | None:
    try:
        return Response.decode(unseal(body, box=box, key=read_box_key(file)))
    except (InvalidTag, Misconfigured):
        return None


def _first(found: Iterator[Response | None]) -> Response | None:
    return next((one for one in found if one is not None), None)
