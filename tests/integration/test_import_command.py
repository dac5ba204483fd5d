"""`heard import` at the keyboard: what it asks for, prints and answers to mistakes."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from survey.cli.import_ import import_
from survey.domain.calendar import Week
from survey.domain.errors import HeardError
from survey.services.release import released
from tests.exports import HEADER, MAPPING, NEAS

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


def test_what_taking_back_means_is_said_before_and_after(run, sqlite, catalogue, tmp_path):
    (tmp_path / "small.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "export.csv").write_text(f"{HEADER}\na1,person-01,31/05/2022,Bus,1,Kind\n", encoding="utf-8")
    done = run(str(tmp_path / "export.csv"), "--mapping", str(tmp_path / "small.yaml"))
    batch = done.stdout.rsplit(maxsplit=1)[-1]
    assert "had been released" not in run("--undo", batch, "--dry-run").stdout
    released(sqlite, catalogue, Week(2022, 22))
    before = run("--undo", batch, "--dry-run").stdout
    assert before.startswith(f"{batch} would be taken back, with 1 responses and 1 comments")
    assert before.endswith("dry run: nothing was written\n")
    after = run("--undo", batch).stdout
    for said in (before, after):
        assert "1 of its services' weeks had been released: the next release marks what was told" in said
        assert "stay out of figures" in said


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
