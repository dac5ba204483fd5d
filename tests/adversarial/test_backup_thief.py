"""The thief of backups and of the write-ahead log: he never meets the live database, but holds all of these.

Every file that `heard backup` ever made with the recovery key that opens them, a copy of the tables from
before and after each answer, and the whole write-ahead log. No backup holds a key of the clock's.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import time_machine
from cryptography.exceptions import InvalidTag
from sqlalchemy import Engine

from survey.domain.errors import Misconfigured
from survey.domain.response import Response
from survey.privacy.keys import kept_box_keys
from survey.privacy.opening import read_box_key, unseal
from survey.privacy.traces import Traces, kept_keys
from survey.storage.dump_postgresql import program
from tests.adversarial.thief.attacks import accuracy, attacks
from tests.adversarial.thief.experiment import burgle
from tests.adversarial.thief.houses import Heard, House, Naive
from tests.adversarial.thief.loot import Burglary, Pool
from tests.adversarial.thief.luck import bar
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
    burglary = Burglary(Heard(town), town.keys_dir)
    answered_and_counted(town, thief)
    traces = Traces(kept_keys(everything))
    for file in thief.backups:
        traces.feed(file.read_bytes())
        for line in _lines(file):
            traces.feed(line)
    log = burglary._wal()
    traces.feed(log)
    burglary.pools()
    assert len(log) > 100_000
    assert traces.found == set()


def test_a_key_that_was_written_into_the_database_would_be_found_there(town: Town, tmp_path: Path) -> None:
    town.prepare()
    box = town.box("BUS1")
    ((_, key),) = [one for one in kept_keys(town.keys_dir) if one[0].endswith(box)]
    burglary = Burglary(Heard(town), town.keys_dir)
    town.do("UPDATE box SET signature = :key WHERE id = :box", key=key, box=box)
    traces = Traces(kept_keys(town.keys_dir))
    traces.feed(burglary._wal())
    burglary.pools()
    assert traces.found == {f"clock/boxes/{box}"}


def test_between_two_backups_and_in_the_log_he_links_nobody(database: Engine, keys_dir: Path) -> None:
    pools = _watched(database, keys_dir, "BUS")
    name, share = _best(pools)
    if share > bar(pools):  # luck does not come twice for the same attack
        again = _watched(database, keys_dir, "CAR")
        share = accuracy(again, _attacks(again)[name])
        pools = again
    print(f"\n{database.dialect.name}: '{name}' {share:.1%}, bar {bar(pools):.1%}")
    assert share <= bar(pools)


@pytest.mark.parametrize("serial", [True, False], ids=["serial ids and times", "UUIDs in one transaction"])
def test_between_two_backups_of_a_naive_design_he_links_everybody(
    database: Engine, keys_dir: Path, serial: bool
) -> None:
    Town(database, keys_dir).build("BUS1")
    name, share = _best(_burgle(Naive(database, serial), keys_dir, ["BUS1", "BUS2"]))
    assert share > 0.95, name


def _watched(database: Engine, keys_dir: Path, prefix: str) -> list[Pool]:
    services = [f"{prefix}{n}" for n in range(1, 5)]
    return _burgle(Heard(Town(database, keys_dir).build(*services)), keys_dir, services)


def _burgle(house: House, keys_dir: Path, services: list[str]) -> list[Pool]:
    pools = burgle(house, keys_dir, services=services, weeks=2)
    for pool in pools:
        pool.keys = []  # those lie on the live machine
        for row in pool.kept:
            row.positions = {name: at for name, at in row.positions.items() if not name.startswith("log")}
    return pools


def _attacks(pools: list[Pool]) -> dict[str, Callable[[Pool], dict[int, int]]]:
    return {name: attack for name, attack in attacks(pools).items() if "comment" not in name}


def _best(pools: list[Pool]) -> tuple[str, float]:
    found = {name: accuracy(pools, attack) for name, attack in _attacks(pools).items()}
    name = max(found, key=lambda one: found[one])
    return name, found[name]


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
