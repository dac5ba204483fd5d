"""A process that backs up and is killed at its nth step: a file, a statement, a commit, a program."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

from sqlalchemy import event

from survey.config import Settings
from survey.privacy import archive
from survey.services import backup, drill
from survey.storage.database import engine
from tests.integration.deaths import DIED, ENDED

FILES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "subprocess.Popen", "sqlite3.connect"}
LOADED = (archive, drill)  # before the fork, so that no step is an import's


def die_at(nth: int, settings: Settings) -> None:
    """In a child: back up, die at step `nth`."""
    seen = 0

    def step() -> None:
        nonlocal seen
        seen += 1
        if seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    def audited(what: str, about: tuple[Any, ...]) -> None:
        # Opened for writing, or one of the rest that change anything.
        if what in FILES or (what == "open" and isinstance(about[2], int) and about[2] & 3):
            step()

    made = engine(settings.database_url, role="clock")
    for moment in ("before_cursor_execute", "commit"):
        event.listen(made, moment, lambda *_: step())
    sys.addaudithook(audited)
    backup.back_up(made, settings)
    os._exit(ENDED)


def deaths(settings: Settings, put_back: Any) -> Iterator[int]:
    """Let a child die at its nth step, for every n there is; `put_back` before each."""
    command = [sys.executable, "-m", "tests.integration.backup_deaths"]
    folders = [settings.database_url, *map(str, (settings.keys_dir, settings.data_dir, settings.backup_dir))]
    with Popen(command, cwd=Path(__file__).parents[2], stdin=PIPE, stdout=PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        for nth in range(1, 1000):
            put_back()
            server.stdin.write(json.dumps([nth, *folders]) + "\n")
            server.stdin.flush()
            code = int(server.stdout.readline())
            assert code in (DIED, ENDED), code
            yield nth
            if code == ENDED:
                server.stdin.close()
                return


def serve() -> None:
    """Fork a child for each line; this process has no threads and everything loaded, so a fork is quick."""
    for line in sys.stdin:
        nth, url, *folders = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                die_at(nth, Settings(url, *map(Path, folders)))
            finally:
                os._exit(1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    serve()
