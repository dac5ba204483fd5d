"""Commands as an operator meets them: nothing to list is said, and what is stopped leaves nothing behind."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

import survey.cli.invite as command
from survey.cli.main import heard
from survey.domain.calendar import this_week
from survey.domain.errors import DatabaseDown, Misconfigured, NotFound
from survey.privacy.archive import PRIVATE, PUBLIC
from survey.privacy.keys import SIGNING
from survey.services import recovery
from tests.town import Town


@pytest.fixture(autouse=True)
def settings(sqlite_url: str, keys_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARD_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("HEARD_KEYS_DIR", str(keys_dir))
    monkeypatch.setenv("HEARD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HEARD_BACKUP_DIR", str(tmp_path / "backups"))


def run(*words: str) -> Result:
    return CliRunner().invoke(heard, words, catch_exceptions=False)


@pytest.fixture
def ward(tmp_path: Path) -> str:
    """A new installation's one service: its code."""
    organisations = tmp_path / "organisations.csv"
    organisations.write_text("code,name,kind,parent\nRZ1,Trust,provider,\nQZZ,ICB,icb,\n")
    run("db", "upgrade")
    run("organisation", "load", str(organisations))
    told = {"code": "WARD7", "name": "W", "pathway": "inpatient", "organisation": "RZ1", "place": "QZZ"}
    run("service", "add", *(f"--{option}={value}" for option, value in told.items()))
    return "WARD7"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("organisation", "list"), "there are none yet: `heard organisation load FILE`\n"),
        (("service", "list"), "there are none yet: `heard service add`\n"),
        (("quarantine", "list"), "no box is in quarantine\n"),
        (("import", "--list"), "nothing was imported yet\n"),
    ],
)
def test_a_list_of_nothing_says_so(words: tuple[str, ...], said: str) -> None:
    assert run("db", "upgrade").exit_code == 0
    assert run(*words).output == said


def test_an_invitation_that_is_stopped_leaves_no_file_that_refuses_the_next(
    ward: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> list[str]:
        raise KeyboardInterrupt

    out = tmp_path / "tickets.csv"
    words = ("invite", ward, "--count", "3", "--out", str(out))
    with monkeypatch.context() as patched:
        patched.setattr(command, "issue", stopped)
        assert run(*words).exit_code == 1
    assert run(*words).exit_code == 0
    assert len(out.read_text().splitlines()) == 4


def test_no_ticket_is_issued_that_cannot_be_written_down(
    ward: str, tmp_path: Path, sqlite: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    run("keys", "new")
    out = tmp_path / "tickets.csv"
    with monkeypatch.context() as patched:
        patched.setattr(command.os, "fsync", full)
        refused = CliRunner().invoke(heard, ["invite", ward, "--count", "3", "--out", str(out)])
    assert "No space left on device); no ticket was issued" in str(refused.exception)
    assert issued(sqlite) == 0
    assert not list(tmp_path.glob("tickets*"))


def test_many_invitations_show_how_far_they_are(ward: str, tmp_path: Path, sqlite: Engine) -> None:
    out = tmp_path / "tickets.csv"
    said = run("invite", ward, "--count", "12000", "--out", str(out)).output
    assert said.splitlines()[:3] == ["Inviting: 40 %", "Inviting: 80 %", "Inviting: 100 %"]
    assert len(set(out.read_text().splitlines())) == 12_001
    assert issued(sqlite) == 12_000
    assert [path.name for path in tmp_path.glob("tickets*")] == ["tickets.csv"]


def issued(sqlite: Engine) -> int:
    with sqlite.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM ticket")) or 0)


def test_a_node_that_is_neither_service_nor_organisation_is_said_to_be_neither(ward: str) -> None:
    with pytest.raises(NotFound, match="no service or organisation 'NOPE'"):
        run("subscribe", "anna@trust.nhs.uk", "--node", "NOPE")
    for node, name in ((ward, "W"), ("RZ1", "Trust")):
        assert run("subscribe", "anna@trust.nhs.uk", "--node", node).output.endswith(f"e-mail of {name}\n")


def test_counting_the_running_week_says_what_that_does(ward: str) -> None:
    run("keys", "new")
    week = this_week()
    assert f"{week} is still running: boxes of it that are full" in run("tally", "--week", str(week)).output
    assert "still running" not in run("tally").output


def test_keys_are_not_asked_about_where_none_is_named() -> None:
    run("db", "upgrade")
    asked = CliRunner().invoke(heard, ["keys", "destroy"])
    assert "name boxes" in str(asked.exception)
    assert "Destroy them?" not in asked.output


def test_a_first_backup_that_makes_the_recovery_key_says_so(sqlite_town: Town) -> None:
    assert "put a copy into a safe" in run("backup").output
    assert "put a copy into a safe" not in run("backup").output


def test_a_pair_that_cannot_be_recorded_is_not_made(
    ward: str, keys_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise DatabaseDown("away")

    monkeypatch.setattr(recovery, "record", away)
    assert "away" in str(CliRunner().invoke(heard, ["backup"]).exception)
    assert not (keys_dir / PUBLIC).exists()
    assert not (keys_dir / PRIVATE).exists()


@pytest.mark.parametrize("backups", ["kept", "moved away"])
def test_no_backup_is_made_for_another_recovery_key_than_the_one_in_the_safe(
    ward: str, keys_dir: Path, tmp_path: Path, backups: str
) -> None:
    run("keys", "new")
    run("backup")
    safe = (keys_dir / PUBLIC).read_bytes()
    for name in (PUBLIC, PRIVATE):
        (keys_dir / name).unlink()
    if backups == "moved away":  # the audit chain remembers
        (tmp_path / "backups").rename(tmp_path / "elsewhere")
    made = sorted((tmp_path / "backups").glob("*.age"))
    for words in (("backup",), ("keys", "new"), ("keys", "check", "--mend")):
        refused = CliRunner().invoke(heard, words)
        assert "age.pub is gone though backups were made" in str(refused.exception)
    assert not (keys_dir / PUBLIC).exists()
    assert sorted((tmp_path / "backups").glob("*.age")) == made
    checked = run("keys", "check")
    assert checked.exit_code == Misconfigured.exit_code
    assert "BAD   The recovery key: recovery/age.pub is gone" in checked.output
    (keys_dir / PUBLIC).write_bytes(safe)
    assert run("backup").exit_code == 0


def test_another_recovery_key_is_made_on_a_person_s_word_and_recorded(ward: str, keys_dir: Path) -> None:
    run("keys", "new")
    run("backup")
    before = (keys_dir / PUBLIC).read_text()
    for name in (PUBLIC, PRIVATE):
        (keys_dir / name).unlink()
    assert "now put into a safe" in run("keys", "new", "--replace-lost").output
    assert (keys_dir / PUBLIC).read_text() != before
    assert (keys_dir / PUBLIC).read_text().strip() in run("audit", "list", "--json").output
    assert run("backup").exit_code == 0


def test_the_second_copy_knows_whom_backups_are_sealed_for(
    ward: str, keys_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEARD_KEYS_COPY_DIR", str(tmp_path / "copy"))
    run("keys", "new")
    run("backup")
    safe = (keys_dir / PUBLIC).read_bytes()
    for name in (PUBLIC, PRIVATE):
        (keys_dir / name).unlink()
    assert run("backup").exit_code == 0
    assert (keys_dir / PUBLIC).read_bytes() == safe


def test_a_slip_in_the_keys_folder_that_makes_a_third_copy_is_said(
    ward: str, keys_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEARD_KEYS_COPY_DIR", str(tmp_path / "copy"))
    first = run("keys", "new").output
    assert f"{tmp_path / 'copy'} held no keys and was filled from {keys_dir}" in first
    assert "was filled from" not in run("keys", "new").output
    monkeypatch.setenv("HEARD_KEYS_DIR", str(tmp_path / "kyes"))
    said = run("keys", "new").output
    assert f"{tmp_path / 'kyes'} held no keys and was filled from {tmp_path / 'copy'}" in said
    assert "delete it again" in said


def test_a_wrong_keys_folder_of_a_used_database_is_not_told_to_be_filled(
    ward: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEARD_KEYS_DIR", str(tmp_path / "kyes"))
    refused = CliRunner().invoke(heard, ["keys", "new"])
    assert isinstance(refused.exception, Misconfigured)
    assert "this database has boxes: set HEARD_KEYS_DIR to its keys" in str(refused.exception)
    assert not (tmp_path / "kyes").exists()


def test_a_signing_key_that_others_may_read_is_closed_and_not_put_back(ward: str, keys_dir: Path) -> None:
    run("keys", "new")
    (keys_dir / SIGNING).chmod(0o644)
    said = run("keys", "check").output
    assert "put each back" not in said
    assert said.count("close it as said: the key itself is in its place") == 2
