"""`heard import` at the keyboard: what it asks for, prints and answers to mistakes."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from survey.cli.import_ import import_
from survey.domain.errors import HeardError
from tests.exports import HEADER, NEAS

pytestmark = pytest.mark.usefixtures("sqlite")


@pytest.fixture
def run(monkeypatch, sqlite_url, tmp_path):
    monkeypatch.setenv("HEARD_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("HEARD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HEARD_KEYS_DIR", str(tmp_path / "keys"))

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(import_, list(arguments))

    return call


def test_a_batch_is_imported_listed_and_taken_back(run):
    done = run(str(NEAS), "--mapping", "neas_fft")
    batch = done.stdout.rsplit(maxsplit=1)[-1]
    assert run("--list").stdout.startswith(batch)
    assert "2,714 responses and 3,492 comments are gone" in run("--undo", batch).stdout
    assert run("--list").stdout.endswith("taken back\n")


def test_a_dry_run_says_that_nothing_was_written(run, tmp_path):
    done = run(str(NEAS), "--mapping", "neas_fft", "--dry-run")
    assert done.stdout.endswith("dry run: nothing was written\n")
    assert run("--list").stdout == "nothing was imported yet\n"
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize(
    "arguments", [(), ("a.csv",), ("a.csv", "--undo", "b"), ("--list", "--undo", "b"), ("a.csv", "--list")]
)
def test_a_wrong_use_is_said(run, arguments):
    done = run(*arguments)
    assert done.exit_code == 2
    assert "--mapping" in done.stderr or "give one of FILE" in done.stderr


def test_a_users_mistake_is_an_error_of_ours_with_its_code(run, tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(f"{HEADER}\n", encoding="utf-8")
    done = run(str(path), "--mapping", "neas_fft")
    assert isinstance(done.exception, HeardError)
    assert done.exception.exit_code == 2
