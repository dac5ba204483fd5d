"""Who is at the keyboard is what the kernel says; the environment makes nobody a second person."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from survey.cli import state

FORGED = {
    "SUDO_USER": "daemon",
    "SUDO_UID": "1",
    "LOGNAME": "bob",
    "USER": "bob",
    "LNAME": "b",
    "USERNAME": "b",
}
UNSET = "4294967295"
# Imports come first: another user may not be able to read them.
ASK = """
import os, sys
from pathlib import Path
from survey.cli import state
state.LOGINUID = Path(sys.argv[1])
if os.getuid() == 0:
    os.setuid(int(sys.argv[2]))
print(os.getuid(), state.who())
"""


def ask(login: Path, *, run_as: int) -> tuple[int, str]:
    """The user id and name of a process with a forged environment."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(login), str(run_as)],
        env={"PATH": os.environ["PATH"], **FORGED},
        cwd=Path(state.__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    uid, name = done.stdout.split(maxsplit=1)
    return int(uid), name.strip()


@pytest.fixture
def login() -> Iterator[Path]:
    # Not pytest's folder: another user cannot look into it.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "loginuid"


@pytest.mark.parametrize("said", [None, UNSET, "", "no number"])
def test_who_is_not_root_is_the_user_the_process_runs_as(login: Path, said: str | None) -> None:
    if said is not None:
        login.write_text(said)
    uid, name = ask(login, run_as=65534)
    assert uid != 0
    assert name == pwd.getpwuid(uid).pw_name


def test_the_login_that_the_kernel_keeps_goes_before_user_and_environment(login: Path) -> None:
    login.write_text("2")
    assert ask(login, run_as=0)[1] == pwd.getpwuid(2).pw_name


# A login program's child sets whom the session is for, becomes that user and stays above all that they run;
# or somebody whom the kernel knows no login of writes one for themself.
SESSION = """
import ctypes, os, sys
from pathlib import Path
from survey.cli import state
given, forged = sys.argv[1:]
if given:
    Path("/proc/self/loginuid").write_text(given)
if os.fork():
    os.wait()
    sys.exit()
os.setuid(65534)
ctypes.CDLL(None).prctl(4, 1)  # dumpable, as after any exec: its own /proc files are its own again
if forged:
    Path("/proc/self/loginuid").write_text(forged)
if os.fork() == 0:
    print(state.who())
else:
    os.wait()
"""


@pytest.mark.skipif(os.getuid() != 0, reason="NOT RUN: only root opens sessions for others")
@pytest.mark.parametrize(
    ("given", "forged", "who"), [("2", "", 2), ("", "2", 65534), ("", "", 65534)], ids=str
)
def test_a_login_counts_that_was_given_and_none_that_somebody_took(given: str, forged: str, who: int) -> None:
    if state.LOGINUID.read_text().strip() != UNSET:
        pytest.skip("NOT RUN: these tests run in a session that has a login")
    done = subprocess.run(
        [sys.executable, "-c", SESSION, given, forged],
        cwd=Path(state.__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == pwd.getpwuid(who).pw_name


def test_whoever_cannot_see_above_them_is_the_user_they_run_as(
    login: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    login.write_text("2")
    monkeypatch.setattr(state, "LOGINUID", login)
    monkeypatch.setattr(state, "PROC", login.parent)
    monkeypatch.setattr(os, "getuid", lambda: 65534)
    assert state.who() == pwd.getpwuid(65534).pw_name


@pytest.mark.skipif(os.getuid() != 0, reason="NOT RUN: only root can be called by sudo")
def test_root_without_a_login_is_whom_sudo_names_where_there_is_such_an_account(login: Path) -> None:
    assert ask(login, run_as=0) == (0, "daemon")


@pytest.mark.parametrize("made_up", ["", "nobody-of-that-name", "ada"])
def test_root_is_root_where_sudo_names_nobody_who_is_there(
    login: Path, monkeypatch: pytest.MonkeyPatch, made_up: str
) -> None:
    monkeypatch.setattr(state, "LOGINUID", login)
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setenv("SUDO_USER", made_up)
    assert state.who() == pwd.getpwuid(0).pw_name


def test_a_user_without_an_account_is_a_number(login: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    login.write_text("3999999999")
    monkeypatch.setattr(state, "LOGINUID", login)
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert state.who() == "uid 3999999999"
