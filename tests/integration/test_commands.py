"""Commands as an operator meets them: nothing to list is said, and what is stopped leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import survey.cli.invite as command
from survey.cli.main import heard
from survey.privacy.archive import PRIVATE, PUBLIC
from tests.town import Town


@pytest.fixture(autouse=True)
def settings(sqlite_url: str, keys_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARD_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("HEARD_KEYS_DIR", str(keys_dir))
    monkeypatch.setenv("HEARD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HEARD_BACKUP_DIR", str(tmp_path / "backups"))


def run(*words: str) -> Result:
    return CliRunner().invoke(heard, words, catch_exceptions=False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("organisation", "list"), "there are none yet: `heard organisation load FILE`\n"),
        (("service", "list"), "there are none yet: `heard service add`\n"),
        (("quarantine", "list"), "no box is in quarantine\n"),
    ],
)
def test_a_list_of_nothing_says_so(words: tuple[str, ...], said: str) -> None:
    assert run("db", "upgrade").exit_code == 0
    assert run(*words).output == said


def test_an_invitation_that_is_stopped_leaves_no_file_that_refuses_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> list[str]:
        raise KeyboardInterrupt

    organisations = tmp_path / "organisations.csv"
    organisations.write_text("code,name,kind,parent\nRZ1,Trust,provider,\nQZZ,ICB,icb,\n")
    out = tmp_path / "tickets.csv"
    words = ("invite", "WARD7", "--count", "3", "--out", str(out))
    run("db", "upgrade")
    run("organisation", "load", str(organisations))
    ward = {"code": "WARD7", "name": "W", "pathway": "inpatient", "organisation": "RZ1", "place": "QZZ"}
    run("service", "add", *(f"--{option}={value}" for option, value in ward.items()))
    with monkeypatch.context() as patched:
        patched.setattr(command, "issue", stopped)
        assert run(*words).exit_code == 1
    assert run(*words).exit_code == 0
    assert len(out.read_text().splitlines()) == 4


def test_keys_are_not_asked_about_where_none_is_named() -> None:
    run("db", "upgrade")
    asked = CliRunner().invoke(heard, ["keys", "destroy"])
    assert "name boxes" in str(asked.exception)
    assert "Destroy them?" not in asked.output


def test_a_backup_that_makes_another_recovery_key_says_so(sqlite_town: Town, keys_dir: Path) -> None:
    first = run("backup").output
    assert "put a copy into a safe" in first
    assert "put a copy into a safe" not in run("backup").output
    for name in (PUBLIC, PRIVATE):
        (keys_dir / name).unlink()
    assert "They open with the key of before" in run("backup").output
