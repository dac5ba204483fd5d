"""`heard run` and `heard clock` as a person starts and stops them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from threading import Event, Timer
from urllib.error import HTTPError

import pytest
from sqlalchemy import Engine

from survey.cli.run import side_by_side
from survey.domain.errors import HeardError
from survey.privacy.keys import make_lasting_keys

PYTHON = (sys.executable, "-c")
HEARD = (*PYTHON, "from survey.cli.main import main; main()")
WAITS = [*PYTHON, "import time; time.sleep(60)"]


@pytest.fixture
def environment(sqlite: Engine, keys_dir: Path, tmp_path: Path) -> dict[str, str]:
    """An installation on SQLite, its keys made."""
    make_lasting_keys(keys_dir)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEARD_")}
    return kept | {
        "HEARD_DATABASE_URL": str(sqlite.url),
        "HEARD_KEYS_DIR": str(keys_dir),
        "HEARD_DATA_DIR": str(tmp_path / "data"),
    }


@pytest.fixture
def port() -> int:
    """One that was free a moment ago."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        number: int = asked.getsockname()[1]
    return number


def heard(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*HEARD, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*HEARD, *arguments],
        env=environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    except HTTPError as error:
        error.close()  # an answer all the same
    except OSError:
        return False
    return True


def wait_until(true: object, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.1)


# -- side by side ----------------------------------------------------------------------------------------


def test_a_child_that_dies_ends_the_run_and_is_named():
    began = time.monotonic()
    with pytest.raises(HeardError, match=r"^the clock ended by itself \(exit code 3; its words are above\)"):
        side_by_side({"the site": WAITS, "the clock": [*PYTHON, "raise SystemExit(3)"]}, Event())
    assert time.monotonic() - began < 20  # the other was stopped, not waited for


def test_a_child_that_is_killed_is_told_by_its_signal():
    kills_itself = [*PYTHON, "import os; os.kill(os.getpid(), 9)"]
    with pytest.raises(HeardError, match="the clock ended by itself \\(signal SIGKILL\\)"):
        side_by_side({"the site": WAITS, "the clock": kills_itself}, Event())


def test_children_that_were_told_to_stop_are_no_error():
    stop = Event()
    Timer(0.5, stop.set).start()
    side_by_side({"the site": WAITS, "the clock": WAITS}, stop)


# -- heard run -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.proof)])
def test_one_command_serves_the_page_and_keeps_time_until_it_is_told_to_stop(
    environment: dict[str, str], port: int, how: signal.Signals
):
    with start(environment, "run", "--port", str(port)) as run:
        wait_until(lambda: answers(port))
        wait_until(lambda: "tally" in heard(environment, "clock", "status").stdout)
        run.send_signal(how)
        said, _ = run.communicate(timeout=60)
    assert run.returncode == 0, said
    assert said.rstrip().endswith("stopped")
    assert "the clock has stopped" in said, said
    assert not answers(port)


def test_a_port_that_is_taken_ends_the_run_with_the_sites_name(environment: dict[str, str]):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with start(environment, "run", "--port", str(taken)) as run:
            said, _ = run.communicate(timeout=90)
    assert run.returncode == 1
    assert "error: the patient's site ended by itself" in said


def test_a_database_without_a_schema_is_told_once_before_anything_starts(
    environment: dict[str, str], tmp_path: Path
):
    said = heard(
        environment | {"HEARD_DATABASE_URL": f"sqlite:///{tmp_path / 'new' / 'heard.sqlite3'}"}, "run"
    )
    assert said.returncode == 3
    assert said.stderr.count("heard db upgrade") == 1
    assert "Traceback" not in said.stderr


def test_on_postgresql_each_process_is_started_apart(environment: dict[str, str]):
    said = heard(environment | {"HEARD_DATABASE_URL": "postgresql://heard@127.0.0.1/heard"}, "run")
    assert said.returncode == 5
    assert "`heard serve patient` and `heard clock`" in said.stderr


# -- heard clock -----------------------------------------------------------------------------------------


def test_a_clock_that_never_ran_says_how_to_start_it(environment: dict[str, str]):
    assert "start `heard clock` or `heard run`" in heard(environment, "clock", "status").stdout


def test_the_clock_does_what_is_owed_and_stops_where_another_timer_calls_it(environment: dict[str, str]):
    ran = heard(environment, "clock", "--once")
    assert (ran.returncode, ran.stderr) == (0, "")
    status = heard(environment, "clock", "status").stdout
    for job in ("tally", "release", "assess", "report"):
        [line] = [line for line in status.splitlines() if f"  {job} " in line]
        assert " done " in line
    assert "0 responses counted" in status
