"""The servers around Heard, each a test's own: a PostgreSQL cluster, nginx, `heard serve patient`."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
HOST = "survey.trust.nhs.uk"  # as the shipped configuration has it
HEARD = "from survey.cli.main import main; main()"
# A worker that hangs is killed after a minute; a test does not wait that long.
HASTY = (
    "from survey.web.patient import server as s; of = s.settings;"
    "s.settings = lambda **k: of(**k) | {'timeout': 3, 'graceful_timeout': 3};" + HEARD
)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def required(program: str) -> str:
    """Path of a program; loudly skipped where it is missing, a failure in CI."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is not None:
        return found
    reason = f"NOT RUN: there is no {program} here"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def python_for_all() -> str:
    """An interpreter that any user may start: ours may lie in a folder that is closed to others."""
    ours = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return required(sys.executable if _open_to_all(Path(sys.executable)) else f"/usr/bin/{ours}")


def _open_to_all(path: Path) -> bool:
    return all(one.stat().st_mode & 0o001 for way in (path, path.resolve()) for one in (way, *way.parents))


def _of_postgresql(program: str) -> str:
    shipped = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    return str(shipped[-1]) if shipped else required(program)


class Cluster:
    """A PostgreSQL server of its own, with the shipped settings and the shipped rules of who may come in."""

    logins = ("heard_patient_login", "heard_clock_login", "heard_staff_login")

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.log = folder, free_port(), folder / "log"
        # The server refuses to be root.
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as:
            folder.chmod(0o755)
            shutil.chown(folder, "postgres")
        data = folder / "data"
        trust = ("--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8")
        self._run(_of_postgresql("initdb"), "-D", str(data), *trust)
        own = f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{folder}'\n"
        shipped = (DEPLOY / "postgresql" / "heard.conf").read_text()
        self.write("postgresql.conf", own + "log_destination = stderr\ninclude = 'heard.conf'\n")
        self._append("postgresql.conf", "include_if_exists = 'talk.conf'\n")
        self.write("heard.conf", shipped)
        open_to_us = "\nhost all postgres 127.0.0.1/32 trust\n"
        self.write("pg_hba.conf", (DEPLOY / "postgresql" / "pg_hba.conf").read_text() + open_to_us)
        self.write("pg_ident.conf", (DEPLOY / "postgresql" / "pg_ident.conf").read_text())
        self.start()

    @property
    def pid(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def url(self, database: str = "postgres", *, login: str = "postgres") -> str:
        return f"postgresql://{login}@127.0.0.1:{self.port}/{database}"

    def heard(self, process: str) -> str:
        """Heard's database under the login of one of its processes."""
        return self.url("heard", login=f"heard_{process}_login:of heard_{process}_login".replace(" ", "%20"))

    def start(self) -> None:
        data, log = str(self.folder / "data"), str(self.log)
        self._run(_of_postgresql("pg_ctl"), "start", "-w", "-D", data, "-l", log)

    def stop(self, mode: str = "immediate") -> None:
        with suppress(subprocess.CalledProcessError):  # it may have fallen by itself
            self._run(_of_postgresql("pg_ctl"), "stop", "-D", str(self.folder / "data"), "-m", mode)

    def set(self, **settings: object) -> None:
        """Beyond the shipped settings, from now on; none: as shipped."""
        lines = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        self.write("talk.conf", lines)

    def do(self, sql: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """What the server's administrator does."""
        with psycopg.connect(self.url(database), autocommit=True) as admin:
            found = admin.execute(sql.encode())
            return found.fetchall() if found.description else []

    def fill_the_disk(self, session: object) -> None:
        """No file may grow by that session any more: the same to it as a disk that is full."""
        self._run("prlimit", f"--pid={session}", "--fsize=1:")

    def script(self, name: str, database: str) -> None:
        """Run one of the shipped SQL files, as its first lines say."""
        psql = [required("psql"), "-X", "-q", "-d", self.url(database), "-f"]
        subprocess.run([*psql, str(DEPLOY / "postgresql" / name)], check=True, capture_output=True)

    def _run(self, *command: str) -> None:
        subprocess.run([*self._as, *command], check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=60)

    def write(self, name: str, text: str) -> None:
        """One of the server's files; taken up at once."""
        path = self.folder / "data" / name
        path.write_text(text)
        path.chmod(0o644)
        if (self.folder / "data" / "postmaster.pid").exists():
            self._run(_of_postgresql("pg_ctl"), "reload", "-D", str(self.folder / "data"))
            time.sleep(0.5)  # each session takes it up before its next statement

    def _append(self, name: str, text: str) -> None:
        path = self.folder / "data" / name
        path.write_text(path.read_text() + text)


class Heard:
    """`heard serve patient` in a process of its own, one worker, behind a proxy."""

    def __init__(self, folder: Path, environ: dict[str, str], *, user: int | None = None) -> None:
        self.python = sys.executable if user is None else python_for_all()
        self.port, self.log, self.folder = free_port(), folder / "heard.log", folder
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("HEARD_")}
        self.environ |= environ
        serve = [self.python, "-c", HASTY, "serve", "patient", "--behind-proxy", "--workers", "1"]
        with self.log.open("ab") as stream:
            self.process = subprocess.Popen(
                [*serve, "--port", str(self.port)],
                env=self.environ,
                user=user,
                cwd=folder,  # a core file would lie here
                stdout=stream,
                stderr=stream,
            )
        wait_for(self.port, self.process, self.log)

    def call(self, *arguments: str, user: int | None = None) -> subprocess.CompletedProcess[bytes]:
        """`heard …` with the same settings; what it said and how it ended."""
        command = [self.python, "-c", HEARD, *arguments]
        return subprocess.run(
            command,
            env=self.environ,
            user=user,
            cwd=self.folder,
            capture_output=True,
            timeout=120,
            check=False,
        )

    @property
    def worker(self) -> int:
        """The process that answers; waits for one that is being started anew."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for _ in range(100):
            if found := children.read_text().split():
                return int(found[0])
            time.sleep(0.1)
        raise AssertionError("no worker came back")

    def kill(self, how: signal.Signals) -> None:
        """Kill the worker, wait for the next."""
        dying = self.worker
        os.kill(dying, how)
        for _ in range(150):
            if self.worker != dying:
                break
            time.sleep(0.1)
        wait_for(self.port, self.process, self.log)

    def stop(self) -> None:
        end(self.process)


class Nginx:
    """nginx with a configuration of a test's own paths and ports."""

    def __init__(self, folder: Path, conf: str, *, port: int) -> None:
        self.folder, self.port, self.conf = folder, port, folder / "nginx.conf"
        self.conf.write_text(conf)
        self._command = [required("nginx"), "-p", str(folder), "-c", str(self.conf)]
        self.checked = subprocess.run([*self._command, "-t"], capture_output=True, text=True, check=False)
        assert self.checked.returncode == 0, self.checked.stderr
        with (folder / "nginx.said").open("wb") as said:
            self.process = subprocess.Popen([*self._command, "-g", "daemon off;"], stdout=said, stderr=said)
        wait_for(port, self.process, folder / "nginx.said")

    def stop(self) -> None:
        end(self.process)


def shipped_nginx(folder: Path, *, heard: int, port: int, plain: int, certificate: Path) -> str:
    """The shipped configuration; each path and port of the test's own replaces exactly what it must."""
    conf = (DEPLOY / "nginx.conf").read_text()
    user = "user root;" if os.geteuid() == 0 else ""
    for found, ours, times in (
        ("user www-data;", user, 1),
        ("/run/nginx.pid", str(folder / "nginx.pid"), 1),
        ("/var/log/nginx/", f"{folder}/", 1),
        ("/run/nginx-heard-", f"{folder}/spool-", 2),
        ("listen 80", f"listen 127.0.0.1:{plain}", 2),
        ("listen 443", f"listen 127.0.0.1:{port}", 2),
        ("http://127.0.0.1:8000", f"http://127.0.0.1:{heard}", 1),
        ("/etc/ssl/certs/survey.pem", str(certificate), 1),
        ("/etc/ssl/private/survey.key", str(certificate), 1),
    ):
        assert conf.count(found) == times, f"{found} stands {conf.count(found)} times in deploy/nginx.conf"
        conf = conf.replace(found, ours)
    assert not re.search(r"[^#]*(/etc/|/var/|/run/)", re.sub(r"#.*", "", conf))
    return conf


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until something listens there."""
    for _ in range(300):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
