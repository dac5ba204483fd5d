"""Findings that need no database, each made to go wrong: folders, swap, agents, loggers, libraries."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import create_engine

from survey.config import Settings
from survey.domain.proof import Level
from survey.services.proving.examined import folders, server, sqlite, surroundings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name in ("keys", "data", "backups"):
        (tmp_path / name).mkdir()
    return Settings(
        "sqlite:///x", tmp_path / "keys", data_dir=tmp_path / "data", backup_dir=tmp_path / "backups"
    )


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may enter; pytest's own are closed."""
    with TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_folder_is_open_only_where_each_folder_above_it_is(open_folder: Path) -> None:
    inner = open_folder / "inner"
    inner.mkdir(mode=0o755)
    assert folders.closed("x", inner).level == "bad"
    open_folder.chmod(0o750)
    assert folders.closed("x", inner).level == "good"


def test_a_file_that_others_may_read_is_found_and_a_closed_one_is_not(open_folder: Path) -> None:
    file = open_folder / "heard.sqlite3-wal"
    file.touch(mode=0o644)
    assert sqlite.files(open_folder / "heard.sqlite3").level == "bad"
    file.chmod(0o640)
    assert sqlite.files(open_folder / "heard.sqlite3").level == "good"


def test_a_log_that_is_never_folded_in_is_found(tmp_path: Path) -> None:
    log = tmp_path / "heard.sqlite3-wal"
    log.touch()
    assert sqlite.log_left(tmp_path / "heard.sqlite3").level == "good"
    os.truncate(log, sqlite.MUCH + 1)
    assert sqlite.log_left(tmp_path / "heard.sqlite3").level == "warning"


@pytest.mark.parametrize("name", ["signing.key", "old/clock/boxes/" + 32 * "a", "clock/quarters/2026_27-Q3"])
def test_a_copy_of_a_key_among_backups_is_bad(settings: Settings, name: str) -> None:
    copy = settings.backup_dir / name
    copy.parent.mkdir(parents=True, exist_ok=True)
    assert folders.keys_among_data(settings).level == "good"
    copy.touch()
    found = folders.keys_among_data(settings)
    assert (found.level, str(copy) in found.says) == ("bad", True)


def test_too_many_files_to_look_at_are_said_to_be_not_examined(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "MOST", 2)
    for name in "abc":
        (settings.data_dir / name).touch()
    assert folders.keys_among_data(settings).level == "not examined"


def test_backups_are_told_apart_when_they_lie_on_another_disk(settings: Settings) -> None:
    assert folders.apart(settings).level == "warning"  # the same disk
    assert folders.apart(replace(settings, backup_dir=Path("/proc"))).level == "good"
    assert folders.apart(replace(settings, backup_dir=settings.data_dir / "none")).level == "warning"


@pytest.mark.parametrize(
    ("device", "level"),
    [("/dev/sda2", "warning"), ("/swapfile", "warning"), ("/dev/zram0", "good"), ("", "good")],
)
def test_swap_in_the_clear_is_a_warning(tmp_path: Path, device: str, level: Level) -> None:
    swaps = tmp_path / "swaps"
    swaps.write_text(f"Filename Type Size Used Priority\n{device and device + ' partition 1 0 -2'}\n")
    assert folders.swap(swaps, tmp_path).level == level


@pytest.mark.parametrize(("uuid", "level"), [("CRYPT-PLAIN-x", "good"), ("LVM-abc", "warning")])
def test_swap_on_an_encrypted_device_is_good(tmp_path: Path, uuid: str, level: Level) -> None:
    (tmp_path / "swaps").write_text("Filename Type\n/dev/dm-1 partition\n")
    (tmp_path / "dm-1" / "dm").mkdir(parents=True)
    (tmp_path / "dm-1" / "dm" / "uuid").write_text(uuid)
    assert folders.swap(tmp_path / "swaps", tmp_path).level == level


def test_a_system_that_says_nothing_of_swap_is_not_examined(tmp_path: Path) -> None:
    assert folders.swap(tmp_path / "none").level == "not examined"


def test_a_folder_that_may_not_be_looked_into_is_not_examined() -> None:
    def refused() -> None:
        raise PermissionError(13, "Permission denied", "/srv/heard")

    found = folders._seen("The data folder", refused)  # type: ignore[arg-type]
    assert (found.level, "/srv/heard" in found.says) == ("not examined", True)


@pytest.mark.parametrize(
    "name", ["OTEL_EXPORTER_OTLP_ENDPOINT", "SENTRY_DSN", "NEW_RELIC_LICENSE_KEY", "DD_SITE"]
)
def test_a_variable_of_an_agent_is_a_warning(name: str) -> None:
    assert surroundings.agents({}, lambda _: None).level == "good"
    found = surroundings.agents({name: "x"}, lambda _: None)
    assert (found.level, name in found.says) == ("warning", True)


def test_an_agent_that_could_be_imported_is_a_warning() -> None:
    found = surroundings.agents({}, lambda module: object() if module == "ddtrace" else None)
    assert (found.level, "Datadog" in found.says) == ("warning", True)


def test_variables_that_change_a_process_are_warnings() -> None:
    assert surroundings.gunicorn({}).level == surroundings.preloaded({}).level == "good"
    assert surroundings.gunicorn({"GUNICORN_CMD_ARGS": "--access-logfile=-"}).level == "warning"
    assert surroundings.preloaded({"LD_PRELOAD": "/lib/spy.so"}).level == "warning"


def test_python_without_its_checks_is_a_warning() -> None:
    assert [surroundings.asserts(level).level for level in (0, 1, 2)] == ["good", "warning", "warning"]


def test_a_driver_that_writes_values_into_the_statement_is_bad() -> None:
    assert surroundings.driver("psycopg2").level == "bad"
    found = surroundings.driver("psycopg", lambda package: "2.9" if package == "psycopg2" else "3.2")
    assert (found.level, "psycopg2 is installed too" in found.says) == ("good", True)


def test_statements_or_values_in_sqlalchemys_log_are_bad() -> None:
    assert surroundings.loggers(create_engine("sqlite://", hide_parameters=True)).level == "good"
    assert surroundings.loggers(create_engine("sqlite://", hide_parameters=True, echo=True)).level == "bad"
    assert surroundings.loggers(create_engine("sqlite://")).level == "bad"


def test_a_logger_that_somebody_made_chatty_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("sqlalchemy.engine"), "level", logging.INFO)
    assert surroundings.loggers(create_engine("sqlite://", hide_parameters=True)).level == "bad"


@pytest.mark.parametrize(
    ("url", "level"),
    [
        ("https://survey.trust.nhs.uk", "good"),
        ("http://127.0.0.1:8000", "warning"),
        ("http://survey.trust.nhs.uk", "bad"),
    ],
)
def test_links_that_can_be_read_on_the_way_are_bad(url: str, level: Level) -> None:
    assert surroundings.way_in(url).level == level


@pytest.mark.parametrize(
    ("judge", "values", "level"),
    [
        (server.commit_times, {"track_commit_timestamp": "on"}, "bad"),
        (server.commit_times, {"track_commit_timestamp": "off"}, "good"),
        (server.pgaudit, {}, "good"),
        (server.pgaudit, {"pgaudit.log": "none"}, "good"),
        (server.pgaudit, {"pgaudit.log": "write", "pgaudit.log_parameter": "off"}, "warning"),
        (server.pgaudit, {"pgaudit.log": "write", "pgaudit.log_parameter": "on"}, "bad"),
        (server.libraries, {"shared_preload_libraries": "pg_stat_statements, $libdir/auto_explain"}, "good"),
        (server.libraries, {"shared_preload_libraries": "pg_stat_monitor"}, "warning"),
        (server.fsync, {"fsync": "off", "full_page_writes": "on"}, "warning"),
        (server.fsync, {"fsync": "on", "full_page_writes": "on"}, "good"),
        (server.encoding, {"server_encoding": "LATIN1"}, "warning"),
        (server.encoding, {"server_encoding": "UTF8"}, "good"),
        (server.slow_statements, {"log_min_duration_statement": "2min"}, "warning"),
        (server.auto_explain, {"session_preload_libraries": "auto_explain"}, "good"),
    ],
)
def test_a_setting_of_the_server_is_judged(judge: object, values: dict[str, str], level: Level) -> None:
    assert callable(judge)
    found = judge(values)
    assert (found.level, bool(found.do)) == (level, level != "good")
