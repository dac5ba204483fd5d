"""Servers as child processes: started in a group of their own, measured through /proc, always stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from benchmarks import wire

PROC = Path("/proc")
READABLE = (PROC / "self" / "stat").exists()  # elsewhere nothing tells what a child costs while it runs
HEARD = ("survey.cli.main", "serve", "patient")
ROOT = Path(__file__).resolve().parent.parent
STARTS_WITHIN = 30  # seconds
STOPS_WITHIN = 10


@dataclass(frozen=True, slots=True)
class Child:
    """A running server and its workers."""

    pid: int  # also the number of its process group
    port: int

    def cpu(self) -> float | None:
        """Seconds of processor, user and system, that the group has used; None without /proc."""
        if not READABLE:
            return None
        ticks = sum(int(stat[11]) + int(stat[12]) for _, stat in self._group())
        return ticks / os.sysconf("SC_CLK_TCK")

    def worker_mb(self) -> float | None:
        """Resident memory of the largest worker, in MB of a million bytes; None without /proc."""
        if not READABLE:
            return None
        workers = [pid for pid, _ in self._group() if pid != self.pid]
        return max(memory_mb("VmRSS", pid) or 0 for pid in workers)

    def _group(self) -> Iterator[tuple[int, list[str]]]:
        # Fields of /proc/<pid>/stat after the name: state, parent, group, … ; the name may hold blanks.
        for entry in PROC.iterdir():
            if not entry.name.isdigit():
                continue
            with suppress(OSError):  # it has just ended
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(stat[2]) == self.pid:
                    yield int(entry.name), stat


def memory_mb(name: str, pid: int | str = "self") -> float | None:
    """VmRSS (now) or VmHWM (the most so far) of a process; None without /proc."""
    with suppress(OSError):
        for line in (PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024 / 1e6
    return None


@contextmanager
def serving(module: Sequence[str], *, environ: Mapping[str, str], answers: str) -> Iterator[Child]:
    """Run `python -m …` with --port until the block ends; ready once a GET of `answers` succeeds."""
    port = wire.free_port()
    command = [sys.executable, "-m", *module, "--port", str(port)]
    with TemporaryFile() as said:
        process = subprocess.Popen(
            command, env=dict(environ), cwd=ROOT, stdout=said, stderr=said, start_new_session=True
        )
        try:
            _wait(process, port, answers=answers, said=said)
            yield Child(process.pid, port)
        finally:
            _stop(process)


def _wait(process: subprocess.Popen[bytes], port: int, *, answers: str, said: IO[bytes]) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError):
            if wire.ask(port, "GET", answers).status == 200:
                return
        time.sleep(0.05)
    said.seek(0)
    last = said.read()[-2000:].decode(errors="replace")
    raise RuntimeError(f"{' '.join(map(str, process.args))} did not start:\n{last}")  # type: ignore[arg-type]


def _stop(process: subprocess.Popen[bytes]) -> None:
    # The group: a worker must not outlive a master that was killed.
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOPS_WITHIN)
