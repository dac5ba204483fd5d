"""Backups: whole, encrypted, without a key; and no key goes before one that holds what its box held."""

from __future__ import annotations

import base64
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import time_machine

from survey.config import Settings
from survey.domain.errors import HeardError, Misconfigured, Refused
from survey.privacy import archive
from survey.privacy.keys import box_key_file, kept_box_keys
from survey.services import auditing, backup
from survey.storage import dump, dump_postgresql
from survey.storage.workroom import workroom
from tests.backups import after, back_up, counted, keys, opened, plain_left, waiting
from tests.town import WEEK, Town, a_response


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel("2026-11-09 08:00Z", tick=True):
        yield


# -- what a backup is -----------------------------------------------------------------------------------


def test_a_backup_holds_what_was_counted_and_then_the_keys_go(town: Town):
    settings = counted(town)
    waited, carried = waiting(town), keys(town) - waiting(town)
    made = back_up(town, settings)
    assert set(made.boxes) == waited
    assert made.keys_destroyed == len(waited) > 0
    assert keys(town) == carried
    assert waiting(town) == set()
    assert made.path.parent == settings.backup_dir
    assert backup.NAME.fullmatch(made.path.name)
    assert plain_left(settings) == []
    assert made.path.stat().st_mode & 0o077 == 0


def test_the_audit_chain_tells_of_the_backup_and_of_the_keys_that_went(town: Town):
    settings = counted(town)
    made = back_up(town, settings)
    said = dict(town.rows("SELECT act, about FROM audit ORDER BY number"))
    assert list(said)[-2:] == ["backup made", "keys destroyed"]
    assert made.path.name in str(said["backup made"])
    assert archive.sha256_of(made.path) in str(said["backup made"])


def test_a_signed_head_of_the_audit_chain_is_no_key_in_the_database(town: Town):
    settings = counted(town)
    auditing.record(town.engine, who="anna", act="a test", about={})
    assert auditing.sign_head(town.clock, settings.keys_dir, date(2026, 11, 9))
    assert back_up(town, settings).keys_destroyed > 0
    assert back_up(town, settings).path.exists()


def test_where_the_second_copy_is_away_the_backup_stands_and_the_keys_wait_for_the_next(town: Town):
    settings = replace(counted(town), keys_copy_dir=town.keys_dir.with_name("copy"))
    waited, kept = waiting(town), keys(town)
    made = back_up(town, settings)
    assert "no key destroyed: the second copy of the keys is not at" in str(made)
    assert made.path.exists()
    assert (waiting(town), keys(town)) == (waited, kept)
    shutil.copytree(settings.keys_dir, settings.keys_copy_dir)
    assert back_up(town, settings).keys_destroyed == len(waited)
    assert not waited & {*keys(town), *kept_box_keys(settings.keys_copy_dir)}


def test_nothing_of_a_backup_can_be_read_without_the_recovery_key(town: Town):
    settings = counted(town)
    made = back_up(town, settings)
    shut = made.path.read_bytes()
    assert shut.startswith(b"age-encryption.org/v1\n")
    assert b"BUS1" not in shut
    assert b"SQLite format 3" not in shut
    plain = opened(settings, made.path)
    assert plain.startswith((b"SQLite format 3\0", b"PGDMP"))
    strange = archive.Identity.generate()
    with pytest.raises(HeardError, match="does not open"):
        archive.open_file(made.path, strange, archive.Digest())


def test_the_recovery_key_may_lie_in_a_safe(town: Town):
    settings = counted(town)
    archive.recipient(settings.keys_dir)
    safe = settings.keys_dir.parent / "safe.key"
    shutil.move(settings.keys_dir / archive.PRIVATE, safe)
    made = back_up(town, settings)
    assert made.keys_destroyed
    assert not (settings.keys_dir / archive.PRIVATE).exists()
    into = archive.Digest()
    archive.open_file(made.path, archive.read_identity(safe), into)


def test_two_halves_of_a_recovery_key_that_do_not_fit_make_no_backup(sqlite_town: Town):
    settings = counted(sqlite_town)
    archive.recipient(settings.keys_dir)
    (settings.keys_dir / archive.PRIVATE).write_text(f"{archive.Identity.generate()}\n")
    with pytest.raises(Misconfigured, match="put back the right one"):
        back_up(sqlite_town, settings)
    assert waiting(sqlite_town) <= keys(sqlite_town)


def test_the_newest_backups_are_kept_and_the_new_one_whatever_the_clock_says(sqlite_town: Town):
    settings = counted(sqlite_town, backups=3)
    archive.recipient(settings.keys_dir)
    settings.backup_dir.mkdir()
    later = settings.backup_dir / "heard-2031-01-01-00000000.age"
    other = settings.backup_dir / "notes.txt"
    for file in (later, other):
        file.write_text("x")
    made = [back_up(sqlite_town, settings).path for _ in range(4)]
    left = {path.name for path in settings.backup_dir.iterdir() if path.name != ".lock"}
    assert left == {made[3].name, made[2].name, later.name, other.name}


def test_a_person_may_vouch_for_a_backup_of_their_own(town: Town):
    settings = counted(town)
    waited = waiting(town)
    assert backup.vouch(town.clock, settings, who="jo") == len(waited)
    assert not keys(town) & waited
    assert "vouched for by jo" in str(town.rows("SELECT about FROM audit ORDER BY number DESC LIMIT 1"))
    assert backup.vouch(town.clock, settings, who="jo") == 0


# -- what is refused ------------------------------------------------------------------------------------

SPELLINGS = {
    "raw": lambda key: key,
    "hex": lambda key: key.hex().encode(),
    "HEX": lambda key: key.hex().upper().encode(),
    "base64": base64.b64encode,
    "base64 in something longer": lambda key: base64.b64encode(b"a" + key + b"b"),
    "for a link": base64.urlsafe_b64encode,
    "a half of it": lambda key: key[-48:],
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_private_key_that_stands_in_a_table_is_found(town: Town, spelling: str):
    settings = counted(town)
    box = sorted(keys(town))[0]
    planted = SPELLINGS[spelling](box_key_file(town.keys_dir, box).read_bytes())
    town.do("UPDATE box SET signature = :planted WHERE id = :box", planted=b"...." + planted, box=box)
    _refused(town, settings, f"private key clock/boxes/{box} stands in the database")


def test_the_recovery_key_and_the_pepper_are_looked_for_too(sqlite_town: Town):
    settings = counted(sqlite_town)
    archive.recipient(settings.keys_dir)
    for name in (archive.PRIVATE, "patient/pepper", "clock/signing.key", "clock/import.key"):
        planted = (settings.keys_dir / name).read_bytes()
        sqlite_town.do("UPDATE service SET name = :planted", planted=planted)
        _refused(sqlite_town, settings, name)


def test_a_damaged_dump_is_refused(town: Town, monkeypatch: pytest.MonkeyPatch):
    def damage(_engine: object, file: Path) -> None:
        body = bytearray(file.read_bytes())
        middle = len(body) // 2
        body[middle : middle + 4096] = bytes(4096)
        file.write_bytes(body)

    settings = counted(town)
    monkeypatch.setattr(backup, "dump", after(dump.dump, damage))
    _refused(town, settings, "no backup was made: (SQLite finds|.*malformed|pg_restore|.*other bytes)")


def test_a_dump_that_was_cut_short_is_refused(town: Town, monkeypatch: pytest.MonkeyPatch):
    def cut(_engine: object, file: Path) -> None:
        os.truncate(file, file.stat().st_size * 2 // 3)

    settings = counted(town)
    monkeypatch.setattr(backup, "dump", after(dump.dump, cut))
    _refused(town, settings, "no backup was made")


def test_a_dump_without_a_counted_box_is_refused(town: Town, monkeypatch: pytest.MonkeyPatch):
    # As of a dump that was taken a moment before the tally.
    settings = counted(town)
    real = dump.facts_of
    monkeypatch.setattr(dump, "facts_of", lambda on: replace(real(on), counted=real(on).counted | {"0" * 32}))
    _refused(town, settings, "1 of 2 counted boxes are not in it")


def test_a_dump_without_a_response_is_refused(sqlite_town: Town, monkeypatch: pytest.MonkeyPatch):
    def forget(_engine: object, file: Path) -> None:
        with sqlite3.connect(file) as copy:
            copy.execute("DELETE FROM response WHERE id = (SELECT min(id) FROM response)")
        copy.close()

    settings = counted(sqlite_town)
    monkeypatch.setattr(backup, "dump", after(dump.dump, forget))
    _refused(sqlite_town, settings, "11 of 12 rows of response")


def test_an_encrypted_file_that_reads_back_wrongly_is_refused(
    sqlite_town: Town, monkeypatch: pytest.MonkeyPatch
):
    def flip(_plain: Path, sealed: Path, _to: object) -> None:
        body = bytearray(sealed.read_bytes())
        body[-100] ^= 1
        sealed.write_bytes(body)

    settings = counted(sqlite_town)
    monkeypatch.setattr(archive, "seal_file", after(archive.seal_file, flip))
    _refused(sqlite_town, settings, "reads back other than it was written")


def test_a_backup_that_would_not_open_again_is_refused(sqlite_town: Town, monkeypatch: pytest.MonkeyPatch):
    settings = counted(sqlite_town)
    other = archive.Identity.generate().to_public()
    real = archive.seal_file
    monkeypatch.setattr(archive, "seal_file", lambda plain, sealed, _: real(plain, sealed, other))
    _refused(sqlite_town, settings, "does not open")


def test_what_does_not_fit_on_the_disk_is_no_backup(town: Town):
    # A real limit on the size of files, in a process of its own.
    settings = counted(town)
    archive.recipient(settings.keys_dir)
    waited = waiting(town)
    limited = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000));"
        "from survey.cli.main import main; sys.argv[1:] = ['backup']; main()"
    )
    said = _heard(settings, limited)
    assert said.returncode == 1, said.stderr
    assert "no backup was made" in said.stderr
    assert "Traceback" not in said.stderr
    assert waiting(town) == waited <= keys(town)
    assert plain_left(settings) == []
    assert back_up(town, settings).keys_destroyed == len(waited)


def test_two_backups_do_not_work_in_one_folder_at_once(sqlite_town: Town):
    settings = counted(sqlite_town)
    with workroom(settings.backup_dir), pytest.raises(Refused, match="another backup or drill"):
        back_up(sqlite_town, settings)
    assert back_up(sqlite_town, settings).keys_destroyed


def test_a_folder_that_cannot_be_written_to_is_told(sqlite_town: Town):
    settings = counted(sqlite_town)
    settings.backup_dir.write_text("a file")
    with pytest.raises(Misconfigured, match="HEARD_BACKUP_DIR"):
        back_up(sqlite_town, settings)
    assert waiting(sqlite_town) <= keys(sqlite_town)


# -- PostgreSQL's programs ------------------------------------------------------------------------------


@pytest.mark.postgres
def test_without_pg_dump_it_is_said_what_to_install(
    postgres, keys_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    town = Town(postgres, keys_dir).build("BUS1")
    settings = counted(town)
    assert backup.can_dump(town.clock)
    monkeypatch.setenv("PATH", "/nowhere")
    assert not backup.can_dump(town.clock)
    _refused(town, settings, "pg_dump is not on this machine.*--vouch")


@pytest.mark.postgres
def test_a_password_is_on_no_command_line(postgres, keys_dir: Path, monkeypatch: pytest.MonkeyPatch):
    town = Town(postgres, keys_dir).build("BUS1")
    seen: list[tuple[list[str], str | None]] = []
    real = subprocess.run

    def watched(command, **more):
        seen.append((command, more.get("env", {}).get("PGPASSWORD")))
        return real(command, **more)

    monkeypatch.setattr(dump_postgresql.subprocess, "run", watched)
    url = postgres.url.set(password="correct-horse").update_query_dict({"sslmode": "disable"})
    dump_postgresql.run([dump_postgresql.program("pg_dump"), "--schema-only", "--file=/dev/null"], url)
    assert town.number("service") == 1
    [(command, password)] = seen
    assert password == "correct-horse"
    assert not any("correct-horse" in word for word in command)
    assert any("sslmode=disable" in word for word in command)


# -- while others are at work, and when it is killed -----------------------------------------------------


def test_responses_that_arrive_meanwhile_do_not_spoil_a_backup(town: Town):
    settings = counted(town)
    tickets = town.invite("BUS1", 200)
    ended = threading.Event()

    def arrive() -> None:
        for n, ticket in enumerate(tickets):
            if ended.is_set():
                return
            town.answer(ticket, a_response(n), WEEK + 1)

    writer = threading.Thread(target=arrive)
    writer.start()
    try:
        made = back_up(town, settings)
    finally:
        ended.set()
        writer.join()
    assert made.keys_destroyed
    assert opened(settings, made.path)


def test_what_a_killed_backup_left_is_cleared_by_the_next(town: Town):
    settings = counted(town)
    left = settings.backup_dir / ".making"
    left.mkdir(parents=True)
    (left / "dump").write_bytes(b"plain" * 1000)
    back_up(town, settings)
    assert plain_left(settings) == []


def test_a_backup_that_is_told_to_end_leaves_nothing_readable(town: Town):
    settings = counted(town)
    waited = waiting(town)
    told = (
        "import os, signal, sys; from survey.services import backup; real = backup.verify;\n"
        "def told(*a):\n    os.kill(os.getpid(), signal.SIGTERM); return real(*a)\n"
        "backup.verify = told\n"
        "from survey.cli.main import main; sys.argv[1:] = ['backup']; main()"
    )
    assert _heard(settings, told).returncode == 128 + 15
    assert plain_left(settings) == []
    assert waiting(town) == waited <= keys(town)


def _refused(town: Town, settings: Settings, words: str) -> None:
    # Nothing is made, nothing is left, and every key stays.
    waited = waiting(town)
    with pytest.raises(HeardError, match=words):
        back_up(town, settings)
    assert waiting(town) == waited != set()
    assert waited <= keys(town)
    assert [path.name for path in settings.backup_dir.iterdir()] == [".lock"]


def _heard(settings: Settings, script: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "HEARD_DATABASE_URL": settings.database_url,
        "HEARD_KEYS_DIR": str(settings.keys_dir),
        "HEARD_DATA_DIR": str(settings.data_dir),
        "HEARD_BACKUP_DIR": str(settings.backup_dir),
    }
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
