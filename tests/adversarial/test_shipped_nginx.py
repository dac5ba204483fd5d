"""The shipped nginx.conf under a real nginx: what it keeps off the disk, out of the log and off the wire."""

from __future__ import annotations

import gzip
import re
import resource
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from ssl import TLSVersion

import pytest
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from tests.adversarial import traffic
from tests.adversarial.chain import Chain, chain
from tests.adversarial.servers import HOST, Nginx, free_port, required
from tests.adversarial.traffic import Door, Person, status
from tests.town import Town
from tests.transport import transport_town

SILENT = "error_log /dev/null emerg;"
SPOOLED = "is buffered to a temporary file"


@pytest.fixture
def one(town: Town, sqlite_url: str, tmp_path: Path) -> Iterator[Chain]:
    with chain(tmp_path / "served", town, sqlite_url) as made:
        yield made


@pytest.fixture
def town(sqlite: Engine, keys_dir: Path, catalogue: Catalogue) -> Town:
    return transport_town(sqlite, keys_dir, catalogue)


@pytest.fixture
def who(one: Chain) -> Person:
    return one.person("somebody")


@contextmanager
def changed(one: Chain, **changes: str) -> Iterator[tuple[Nginx, Path]]:
    """A second nginx with the same settings but these, and a log of requests at the level `log`."""
    folder = one.folder / "changed"
    folder.mkdir()
    port, log = free_port(), folder / "requests.log"
    conf = one.nginx.conf.read_text().replace(str(one.nginx.port), str(port))
    conf = conf.replace(str(one.plain.port), str(free_port())).replace(f"{one.folder}/", f"{folder}/")
    conf = conf.replace(f"{folder}/site.pem", f"{one.folder}/site.pem")
    assert SILENT in conf
    conf = conf.replace(SILENT, f"error_log {log} {changes.pop('log')};")
    for name, value in changes.items():
        conf, times = re.subn(rf"\b{name} [^;]+;", f"{name} {value};", conf)
        assert times == 1
    nginx = Nginx(folder, conf, port=port)
    yield nginx, log
    nginx.stop()


def test_nginx_finds_nothing_to_say_of_it(one: Chain) -> None:
    assert "syntax is ok" in one.nginx.checked.stderr
    assert len(one.nginx.checked.stderr.splitlines()) == 2  # that, and that the test is successful


@pytest.mark.parametrize("http", ["--http1.1", "--http2"])
def test_answers_are_never_spooled_to_a_disk(one: Chain, who: Person, tmp_path: Path, http: str) -> None:
    largest = tmp_path / "largest"
    largest.write_bytes(who.body + b"&q_more=" + b"y" * 120_000)
    with changed(one, log="warn") as (nginx, log):
        _curl(nginx, http, who.link, largest)
        assert SPOOLED not in log.read_text()


def test_a_smaller_buffer_would_spool_them(one: Chain, who: Person, tmp_path: Path) -> None:
    with changed(one, log="warn", client_body_buffer_size="8k") as (nginx, log):
        Door(nginx.port, tls=True).post(who, body=who.body + b"&q_more=" + b"y" * 60_000)
        assert SPOOLED in log.read_text()


def test_even_at_crit_nginx_would_name_address_and_link(one: Chain, who: Person) -> None:
    # Why no request is logged at any level: a disk that is full is told with both.
    with changed(one, log="crit", client_body_buffer_size="8k") as (nginx, log):
        children = Path(f"/proc/{nginx.process.pid}/task/{nginx.process.pid}/children")
        for worker in children.read_text().split():
            resource.prlimit(int(worker), resource.RLIMIT_FSIZE, (4096, -1))
        Door(nginx.port, tls=True).post(who, body=who.body + b"&q_more=" + b"y" * 60_000)
        assert who.peer in log.read_text()
        assert who.ticket in log.read_text()


def test_each_header_comes_once_and_the_page_as_heard_sent_it(one: Chain, who: Person) -> None:
    asked = traffic.head(who, "GET", "/how", Accept_Encoding="gzip") + b"\r\n"
    head, _, body = one.front.ask(who, asked).partition(b"\r\n\r\n")
    _, _, sent = one.back.ask(who, asked).partition(b"\r\n\r\n")
    names = [line.partition(":")[0].lower() for line in head.decode().splitlines()[1:]]
    assert len(names) == len(set(names))
    assert {"strict-transport-security", "content-security-policy", "content-encoding"} <= set(names)
    assert b"nginx/" not in head
    assert gzip.decompress(body) == gzip.decompress(sent)


def test_what_heard_does_not_need_does_not_reach_it(one: Chain, who: Person) -> None:
    # An ear in Heard's place hears what nginx hands on.
    with socket.create_server(("127.0.0.1", 0)) as ear:
        ear.settimeout(10)
        port = ear.getsockname()[1]
        with (
            changed(one, log="warn", proxy_pass=f"http://127.0.0.1:{port}") as (nginx, _),
            Door(nginx.port, tls=True).line(who) as line,
        ):
            line.sendall(traffic.form(who))
            with ear.accept()[0] as call:
                heard = call.recv(65536)
    assert heard.startswith(f"POST {who.link} HTTP/1.1\r\n".encode())
    assert f"X-Forwarded-For: {who.peer}\r\n".encode() in heard
    for unwanted in (who.claimed, who.agent, who.referer, f"theirs={who.query}"):
        assert unwanted.encode() not in heard


def test_http_2_is_spoken_and_another_name_is_refused(one: Chain) -> None:
    assert _greet(one, TLSVersion.TLSv1_2) == ("TLSv1.2", "h2")
    assert _greet(one, TLSVersion.TLSv1_3) == ("TLSv1.3", "h2")
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
        _greet(one, TLSVersion.TLSv1_3, name="elsewhere.example")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_old_tls_is_refused(one: Chain) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)protocol.version"):
        _greet(one, TLSVersion.TLSv1_1)


def test_a_link_opened_without_tls_is_sent_to_tls(one: Chain, who: Person) -> None:
    reply = one.plain.get(who)
    assert status(reply) == 301
    assert f"Location: https://{HOST}{who.link}\r\n".encode() in reply


def test_when_heard_is_away_a_patient_reads_so_and_nothing_is_kept(one: Chain, who: Person) -> None:
    one.heard.stop()
    reply = one.front.post(who)
    assert status(reply) == 503
    assert b"This survey is not working just now" in reply
    assert b"Cache-Control: no-store" in reply
    assert not [mark for mark in (who.ticket, who.comment, who.peer) if mark.encode() in reply]


def test_what_says_whether_it_runs_says_nothing_else(one: Chain, who: Person) -> None:
    for path, says in (("/healthz", b"ok\n"), ("/readyz", b"ready\n")):
        head, _, body = one.front.get(who, f"{path}?{who.query}").partition(b"\r\n\r\n")
        assert body == says
        assert who.query.encode() not in head
    one.town.do("ALTER TABLE alembic_version RENAME TO lost")
    assert one.front.get(who, "/readyz").endswith(b"\r\n\r\nnot ready: Misconfigured\n")
    for path in ("/metrics", "/status", "/nginx_status", "/stub_status", "/server-status", "/debug"):
        assert status(one.front.get(who, path)) == status(one.back.get(who, path)) == 404


def _curl(nginx: Nginx, http: str, link: str, body: Path) -> None:
    address = f"https://{HOST}:{nginx.port}{link}"
    found = ("--connect-to", f"::127.0.0.1:{nginx.port}", "--write-out", "%{http_code} %{http_version}")
    command = [required("curl"), "-sk", http, "--output", "/dev/null", *found]
    said = subprocess.run(
        [*command, "--data-binary", f"@{body}", address], capture_output=True, text=True, check=True
    )
    assert said.stdout == f"413 {'2' if http == '--http2' else '1.1'}"  # Heard's own: it had the whole


def _greet(one: Chain, version: TLSVersion, *, name: str = HOST) -> tuple[str | None, str | None]:
    # Which TLS and which HTTP are agreed on.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", one.nginx.port), timeout=10) as line,
        context.wrap_socket(line, server_hostname=name) as secure,
    ):
        return secure.version(), secure.selected_alpn_protocol()
