"""The restore drill: a backup opens, holds no key, another tally doubles nothing; nothing live is touched."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import Engine, text

from survey.config import Settings
from survey.domain.calendar import today
from survey.domain.errors import BadInput, HeardError, Misconfigured, NotFound
from survey.privacy import archive
from survey.services import backup
from survey.services import drill as drilling
from survey.services.drill import Drilled
from survey.storage import dump, scratch
from survey.storage.database import engine
from tests.backups import back_up, counted, keys, plain_left, settings_of
from tests.town import WEEK, Town, a_response


@pytest.fixture(autouse=True)
def own_scratch(monkeypatch: pytest.MonkeyPatch):
    """Names that no drill of another test has, for all of them are made on one server."""
    monkeypatch.setattr(scratch, "PREFIX", f"heard_drill_{secrets.token_hex(4)}_")


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel("2026-11-16 08:00Z", tick=True):  # the Monday after 2026-W46
        yield


def drill(town: Town, settings: Settings, **other: Path) -> Drilled:
    return drilling.drill(town.clock, settings, catalogue=town.catalogue, **other)


def test_a_backup_of_a_healthy_installation_passes(town: Town):
    settings = counted(town)
    made = back_up(town, settings)
    said = drill(town, settings)
    assert said.wrong == []
    assert said.lines == [
        f"{made.path.name} opens, is whole and holds no private key",
        "12 responses of 1 service, 2026-W45; 5 sealed, 0 withheld",
        "since then the live database counted 0 more",
        "tallied anew, without keys: nothing was counted twice; 5 stay sealed, 0 of them for good, "
        "for their keys are destroyed",
    ]


def test_boxes_counted_since_the_backup_stay_sealed_in_it_for_good(town: Town):
    settings = counted(town)
    town.fill("BUS1", 15, WEEK + 1)
    old = back_up(town, settings).path
    town.count(WEEK + 1)
    back_up(town, settings)
    said = drill(town, settings, file=old)
    assert said.wrong == []
    assert "since then the live database counted 15 more" in said.lines
    assert "20 stay sealed, 15 of them for good" in said.lines[-1]
    assert "27 responses" in drill(town, settings).lines[1]


def test_a_box_that_got_one_more_response_since_is_not_opened_in_the_copy(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    settings = counted(town)
    tickets = town.invite("BUS1", 12, WEEK + 1)
    for n in range(11):
        town.answer(tickets[n], a_response(n), WEEK + 1)
    back_up(town, settings)  # on Friday
    town.answer(tickets[11], a_response(11), WEEK + 1)
    town.count(WEEK + 1)  # on Monday; the key waits for a backup
    seen = []

    def looked(copy, **more):
        before = _written(copy)
        done = real(copy, **more)
        seen.append((before, _written(copy), list(more["keys_dir"].rglob("*"))))
        return done

    real = drilling.tally
    monkeypatch.setattr(drilling, "tally", looked)
    before, files = _written(town.engine), sorted(settings.keys_dir.rglob("*"))
    said = drill(town, settings)
    assert said.wrong == []
    assert "16 stay sealed, 0 of them for good" in said.lines[-1]
    assert [(now == then, keys) for then, now, keys in seen] == [(True, []), (True, [])]
    assert len(seen[0][0]["response"]) == 12
    assert _written(town.engine) == before
    assert sorted(settings.keys_dir.rglob("*")) == files


def test_a_key_that_lies_in_the_second_copy_alone_is_not_gone(town: Town, tmp_path: Path):
    settings = replace(counted(town), keys_copy_dir=tmp_path / "copy")
    shutil.copytree(settings.keys_dir, tmp_path / "copy")
    back_up(town, settings)
    for file in (settings.keys_dir / "clock" / "boxes").iterdir():
        file.unlink()
    assert "5 stay sealed, 0 of them for good" in drill(town, settings).lines[-1]
    shutil.rmtree(tmp_path / "copy" / "clock" / "boxes")
    assert "5 stay sealed, 5 of them for good" in drill(town, settings).lines[-1]


def test_nothing_live_is_touched_and_nothing_is_left(town: Town):
    settings = counted(town)
    town.fill("BUS1", 15, WEEK + 1)
    back_up(town, settings)
    before = _digest(town, settings)
    drill(town, settings)
    assert _digest(town, settings) == before
    assert plain_left(settings) == []
    assert not _scratch_databases(town)


def test_a_tally_that_would_count_twice_is_seen(town: Town, monkeypatch: pytest.MonkeyPatch):
    def twice(engine, **more):
        with engine.begin() as copy:
            copy.execute(
                text(
                    "INSERT INTO response (id, service, questionnaire, span, answers)"
                    " SELECT 'again' || substr(id, 6), service, questionnaire, span, answers FROM response"
                    " WHERE NOT EXISTS (SELECT 1 FROM response WHERE substr(id, 1, 5) = 'again')"
                )
            )
        return real(engine, **more)

    settings = counted(town)
    back_up(town, settings)
    real = drilling.tally
    monkeypatch.setattr(drilling, "tally", twice)
    [wrong] = drill(town, settings).wrong
    assert "made 29 responses of 17" in wrong


def test_responses_that_have_gone_from_the_live_database_are_told(town: Town):
    settings = counted(town)
    back_up(town, settings)
    town.do("DELETE FROM response WHERE id IN (SELECT min(id) FROM response)")
    [wrong] = drill(town, settings).wrong
    assert wrong.startswith("1 responses of BUS1, bus/v1, 2026-W45 are in the backup and not live any more")


def test_what_retention_and_imports_took_away_is_no_loss(town: Town):
    settings = counted(town)
    for key, span, batch in (("old", "2021-W40", None), ("taken", "2026-W40", "b1")):
        if batch:
            town.do(
                "INSERT INTO import_batch (id, day, rows, responses, comments, rejected, undone)"
                " VALUES ('b1', '2026-11-01', 1, 1, 0, 0, false)"
            )
        town.do(
            "INSERT INTO response (id, service, questionnaire, span, answers, batch)"
            " VALUES (:id, 'BUS1', 'bus/v1', :span, '{}', :batch)",
            id=key,
            span=span,
            batch=batch,
        )
    back_up(town, settings)
    town.do("DELETE FROM response WHERE id IN ('old', 'taken')")
    town.do("UPDATE import_batch SET undone = true")
    assert drill(town, settings).wrong == []


def test_a_key_that_stands_in_a_backup_is_told(town: Town, monkeypatch: pytest.MonkeyPatch):
    settings = counted(town)
    box = sorted(keys(town))[0]
    key = (settings.keys_dir / "clock" / "boxes" / box).read_bytes()
    town.do("UPDATE box SET signature = :key WHERE id = :box", key=key, box=box)
    monkeypatch.setattr(backup, "kept_keys", lambda *_: [])
    made = back_up(town, settings)
    monkeypatch.undo()
    if not (settings.keys_dir / "clock" / "boxes" / box).exists():  # its backup let it go
        (settings.keys_dir / "clock" / "boxes" / box).write_bytes(key)
    [wrong] = drill(town, settings, file=made.path).wrong
    assert f"private key clock/boxes/{box} stands in the database" in wrong


def test_a_backup_that_was_changed_does_not_pass(sqlite_town: Town):
    settings = counted(sqlite_town)
    made = back_up(sqlite_town, settings)
    body = bytearray(made.path.read_bytes())
    body[len(body) // 2] ^= 1
    made.path.write_bytes(body)
    with pytest.raises(HeardError, match="changed or cut short"):
        drill(sqlite_town, settings)
    assert plain_left(settings) == []


def test_the_recovery_key_may_come_from_a_safe(sqlite_town: Town, tmp_path: Path):
    settings = counted(sqlite_town)
    back_up(sqlite_town, settings)
    safe = tmp_path / "safe.txt"
    safe.write_text(f"# made by somebody\n{(settings.keys_dir / archive.PRIVATE).read_text()}")
    (settings.keys_dir / archive.PRIVATE).unlink()
    with pytest.raises(BadInput, match="--identity"):
        drill(sqlite_town, settings)
    assert drill(sqlite_town, settings, identity=safe).wrong == []


def test_where_there_is_no_backup_it_is_said(sqlite_town: Town):
    with pytest.raises(NotFound, match="heard backup"):
        drill(sqlite_town, settings_of(sqlite_town))


def test_an_older_backup_is_brought_to_this_revision(sqlite_town: Town, monkeypatch: pytest.MonkeyPatch):
    settings = counted(sqlite_town)
    made = back_up(sqlite_town, settings)
    upgraded = []
    real = scratch.upgrade
    monkeypatch.setattr(scratch, "upgrade", lambda on: upgraded.append(on) or real(on))
    assert drill(sqlite_town, settings, file=made.path).wrong == []
    assert len(upgraded) == 1


def test_the_command_ends_in_one_where_something_is_wrong(town: Town):
    settings = counted(town)
    made = _heard(settings, "backup")
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("backup made: heard-2026-")
    town.do("DELETE FROM response WHERE id IN (SELECT min(id) FROM response)")
    said = _heard(settings, "drill")
    assert said.returncode == 1
    assert "WRONG: 1 responses of BUS1" in said.stderr
    town.do("DELETE FROM response")
    assert _heard(settings, "drill", "/nowhere.age").returncode == 2


@pytest.mark.postgres
def test_a_scratch_database_that_a_killed_drill_left_is_dropped(postgres, keys_dir: Path):
    town = Town(postgres, keys_dir).build("BUS1")
    settings = counted(town)
    old, new = f"{scratch.PREFIX}20260101_left", f"{scratch.PREFIX}{today():%Y%m%d}_another_runs"
    with postgres.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
        server.execute(text(f"CREATE DATABASE {old}"))
        server.execute(text(f"CREATE DATABASE {new}"))
        back_up(town, settings)
        assert drill(town, settings).wrong == []
        left = _scratch_databases(town)
        server.execute(text(f"DROP DATABASE {new}"))
    assert (old in left, new in left) == (False, True)


@pytest.mark.postgres
def test_a_login_that_may_make_no_database_is_told_what_to_do(postgres, keys_dir: Path):
    town = Town(postgres, keys_dir).build("BUS1")
    settings = counted(town)
    back_up(town, settings)
    login = f"heard_test_{secrets.token_hex(4)}"
    town.do(f"CREATE ROLE {login} LOGIN IN ROLE heard_clock")
    url = postgres.url.set(drivername="postgresql", username=login).render_as_string(hide_password=False)
    clock = engine(url, role="clock")
    try:
        with pytest.raises(Misconfigured, match="CREATEDB"):
            drilling.drill(clock, settings, catalogue=town.catalogue)
        assert plain_left(settings) == []
        assert backup.back_up(clock, replace(settings, database_url=url)).boxes == ()
    finally:
        clock.dispose()
        town.do(f"DROP ROLE {login}")


@pytest.mark.postgres
def test_a_dump_of_postgresql_is_not_restored_into_sqlite(postgres, sqlite, keys_dir: Path, tmp_path: Path):
    town = Town(postgres, keys_dir).build("BUS1")
    file = tmp_path / "dump"
    dump.dump(town.clock, file)
    with pytest.raises(BadInput, match="is of PostgreSQL"), scratch.restored(sqlite, file):
        pytest.fail("it was opened")


def _heard(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "HEARD_DATABASE_URL": settings.database_url,
        "HEARD_KEYS_DIR": str(settings.keys_dir),
        "HEARD_DATA_DIR": str(settings.data_dir),
        "HEARD_BACKUP_DIR": str(settings.backup_dir),
        "HEARD_QUESTIONNAIRES_DIR": "",
    }
    command = [sys.executable, "-c", "from survey.cli.main import main; main()", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def _scratch_databases(town: Town) -> set[str]:
    if town.engine.dialect.name == "sqlite":
        return set()
    mine = f"starts_with(datname, '{scratch.PREFIX}')"
    return {row[0] for row in town.rows(f"SELECT datname FROM pg_database WHERE {mine}")}


def _written(database: Engine) -> dict[str, set[str]]:
    # All that a tally writes in the open of what somebody answered.
    tables = ("response", "answer_count", "subgroup_count", "comment")
    with database.connect() as connection:
        return {
            name: {repr(tuple(row)) for row in connection.execute(text(f"SELECT * FROM {name}"))}
            for name in tables
        }


def _digest(town: Town, settings: Settings) -> str:
    # The database's rows, and every file of the keys and the backups.
    files = [
        (str(path), path.read_bytes())
        for folder in (settings.keys_dir, settings.backup_dir)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    rows = [sorted(map(repr, town.rows(f"SELECT * FROM {name}"))) for name in dump.TABLES]
    return hashlib.sha256(repr((files, rows)).encode()).hexdigest()
