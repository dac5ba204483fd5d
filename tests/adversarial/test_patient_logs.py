"""The reader of logs: gunicorn as it is served, with faults provoked, says nothing of anybody."""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from tests.town import Town
from tests.transport import SERVICE, received, ticket_of, transport_town

SECRET = "an-answer-that-must-not-be-logged"
MOST_MEMORY = 70 * 1024  # kB of one worker


class Served:
    """`heard serve patient` in a process of its own."""

    def __init__(self, town: Town, url: str, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        environ = {name: value for name, value in os.environ.items() if not name.startswith("HEARD_")}
        environ |= {
            "HEARD_DATABASE_URL": url,
            "HEARD_KEYS_DIR": str(town.keys_dir),
            "HEARD_DATA_DIR": str(folder / "data"),
        }
        self.log = folder / "log"
        command = [sys.executable, "-c", "from survey.cli.main import main; main()"]
        with self.log.open("wb") as stream:
            self.process = subprocess.Popen(
                [*command, "serve", "patient", "--port", str(self.port), "--workers", "1"],
                env=environ,
                stdout=stream,
                stderr=stream,
            )
        self.wait()

    def wait(self) -> None:
        for _ in range(300):
            try:
                return (
                    self.ask(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").decode()
                    and None
                )
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def ask(self, request: bytes) -> bytes:
        """Send bytes as they are; what comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            line.sendall(request)
            with suppress(OSError):  # the server may have refused an oversized body and hung up already
                line.shutdown(socket.SHUT_WR)
            found = b""
            while part := line.recv(65536):
                found += part
            return found

    def get(self, path: str) -> bytes:
        return self.ask(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())

    def post(self, path: str, body: bytes, **headers: str) -> bytes:
        lines = {"Host": "x", "Connection": "close", "Content-Length": str(len(body)), **headers}
        lines["Content-Type"] = "application/x-www-form-urlencoded"
        head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
        return self.ask(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body)

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(one) for one in children.read_text().split()]

    def stop(self) -> str:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=20)
        return self.log.read_text()


@pytest.fixture
def town(sqlite: Engine, keys_dir: Path, catalogue: Catalogue) -> Town:
    return transport_town(sqlite, keys_dir, catalogue)


@pytest.fixture
def allow_core() -> Iterator[None]:
    """As on a machine where a crash is to be looked into."""
    was = resource.getrlimit(resource.RLIMIT_CORE)
    if was[1] == 0:
        pytest.skip("NOT RUN: nobody may leave a core file here")
    resource.setrlimit(resource.RLIMIT_CORE, (was[1], was[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, was)


@pytest.fixture
def served(town: Town, sqlite_url: str, tmp_path: Path) -> Iterator[Served]:
    one = Served(town, sqlite_url, tmp_path)
    yield one
    one.stop()


def test_the_server_logs_neither_address_nor_link_nor_answer(town: Town, served: Served) -> None:
    ticket, other = ticket_of(town), ticket_of(town)
    body = f"q_fft=good&q_comment={SECRET}".encode()
    assert b"303" in served.post(f"/i/{ticket}", body).splitlines()[0]
    assert b"410" in served.get(f"/i/{ticket}")
    served.ask(f"GET /i/{other} HTTP/9.9\r\nHost: x\r\n\r\n".encode())
    served.ask(f"{SECRET} /i/{other}\r\n\r\n".encode())
    served.ask(f"GET /i/{other} HTTP/1.1\r\nBad Header {SECRET}\r\n\r\n".encode())
    served.ask(f"GET /i/{other}?{SECRET * 200} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    served.post(f"/i/{other}", body, Content_Length="99999")
    served.post(f"/i/{other}", b"zz\r\n" + body, Transfer_Encoding="chunked")
    assert b"413" in served.post(f"/i/{other}", b"q_comment=" + b"x" * 200_000).splitlines()[0]
    town.do("ALTER TABLE box RENAME TO box_away")
    failed = served.post(f"/i/{other}", body + b"&version=patient-transport/v1")
    assert b"503" in failed.splitlines()[0]
    town.do("ALTER TABLE box_away RENAME TO box")
    log = served.stop()
    for secret in (ticket, other, SECRET, "127.0.0.1 ", "ip=", "Traceback", "x" * 20, "SELECT", "GET /"):
        assert secret not in log.replace(f"http://127.0.0.1:{served.port}", "")
    assert re.search(r"NotSaved|OperationalError|DatabaseDown|ProgrammingError", log)
    assert "/i/<ticket>" in log
    assert "a request or a worker failed" in log
    assert len(received(town)) == 1


def test_an_oversized_post_on_the_wire_is_answered_with_words(town: Town, served: Served) -> None:
    reply = served.post(f"/i/{ticket_of(town)}", b"q_comment=" + b"x" * 300_000)
    assert b"413" in reply.splitlines()[0]
    assert b"Your answers are too long to send" in reply


def test_a_worker_is_small_and_has_loaded_no_key_of_a_box(town: Town, served: Served) -> None:
    with ThreadPoolExecutor(12) as crowd:
        for reply in crowd.map(served.get, [f"/s/{SERVICE}"] * 200):
            assert b"200" in reply.splitlines()[0]
    served.post(f"/i/{ticket_of(town)}", b"q_fft=good")
    for worker in served.workers():
        # The proportional share: pages that the master holds as well count once over both.
        share = Path(f"/proc/{worker}/smaps_rollup").read_text()
        assert int(re.findall(r"^Pss:\s+(\d+) kB", share, re.MULTILINE)[0]) <= MOST_MEMORY


def test_a_worker_that_crashes_leaves_no_core_file(allow_core: None, served: Served) -> None:
    # This process would: `allow_core` has asked for one of any size, and a child inherits that.
    [worker] = served.workers()
    assert re.search(r"Max core file size +0 +0 ", Path(f"/proc/{worker}/limits").read_text())
    assert resource.getrlimit(resource.RLIMIT_CORE)[0] != 0


def test_importing_the_site_loads_neither_statistics_nor_what_opens_a_box() -> None:
    script = (
        "import sys\n"
        "import survey.cli.serve, survey.web.patient.app, survey.web.patient.server\n"
        "print(*sorted(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(found.stdout.split())
    forbidden = {"pandas", "numpy", "scipy", "survey.privacy.opening", "survey.storage.counts"}
    forbidden |= {"survey.services.tally", "survey.services.assess", "analysis", "pptx", "openpyxl"}
    assert not loaded & forbidden
    assert "survey.web.patient.server" in loaded


SAYS = """
import logging, threading, warnings
from survey.web.patient import logs

class Broken:
    def __del__(self):
        raise KeyError(SECRET)
    def __str__(self):
        raise LookupError(SECRET)

def fail():
    raise ValueError(SECRET)

logs.set_up()
try:
    fail()
except ValueError as error:
    logging.getLogger("sqlalchemy.pool").exception("it was %s", SECRET)
    logs.note_fault(error, "/i/<ticket>")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
del thread
warnings.warn(SECRET)
broken = Broken()
logging.getLogger("heard.patient").error("%s %s", SECRET, broken)
del broken
"""


def test_a_librarys_words_do_not_pass_and_our_own_do() -> None:
    script = SAYS.replace("SECRET", repr(SECRET))
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stderr.splitlines() == [
        "error: sqlalchemy.pool: ValueError",
        "error: ValueError on /i/<ticket>",
        "error: ValueError outside a request",
        "warning: py.warnings",
        "error: KeyError outside a request",
    ]
    assert said.stdout == ""
