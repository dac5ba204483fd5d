"""Lines cut under TCP: between the page and PostgreSQL, and between the phone and the page."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import this_week
from survey.domain.errors import DatabaseDown, NotSaved
from survey.storage import database as databases
from tests.integration.proxies import CutWire
from tests.town import Town, a_response
from tests.transport import SERVICE, transport_town


@pytest.mark.postgres
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_wire_cut_when_the_server_has_committed_loses_and_doubles_nothing(
    postgres: Engine, keys_dir: Path, nth: int
) -> None:
    town = Town(postgres, keys_dir).build("BUS1")
    tickets = town.invite("BUS1", 10)
    host, port = postgres.url.host or "127.0.0.1", postgres.url.port or 5432
    with CutWire(host, port, nth=nth) as wire:
        query = {"sslmode": "disable", "gssencmode": "disable"}
        url = postgres.url.set(host="127.0.0.1", port=wire.port).update_query_dict(query)
        behind = databases.engine(url.render_as_string(hide_password=False))
        desk = Town(behind, keys_dir)
        for n, ticket in enumerate(tickets):
            try:
                desk.answer(ticket, a_response(n))
            except (DatabaseDown, NotSaved):
                desk.answer(ticket, a_response(n))
        assert wire.cut
        behind.dispose()
    assert (town.number("sealed"), town.number("ticket")) == (10, 0)
    assert town.tally().responses == 10


@pytest.fixture
def town(sqlite: Engine, keys_dir: Path, catalogue: Catalogue) -> Town:
    return transport_town(sqlite, keys_dir, catalogue)


@pytest.fixture
def port(town: Town, tmp_path: Path) -> Iterator[int]:
    """The patient's site of the town, as it is served."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        number: int = asked.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEARD_")}
    settings = {
        "HEARD_DATABASE_URL": str(town.engine.url),
        "HEARD_KEYS_DIR": str(town.keys_dir),
        "HEARD_DATA_DIR": str(tmp_path / "data"),
    }
    heard = [sys.executable, "-c", "from survey.cli.main import main; main()"]
    with subprocess.Popen(
        [*heard, "serve", "patient", "--port", str(number), "--workers", "1"],
        env=kept | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        _wait_for(number)
        yield number
        server.terminate()


def send(port: int, ticket: str, *, cut: str | None = None) -> str:
    """POST an answer; '' where the line is cut: within the request, or before the reply is read."""
    body = urlencode({"q_fft": "good", "version": "patient-transport/v1"})
    head = f"POST /i/{ticket} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    whole = (head + body).encode()
    with socket.create_connection(("127.0.0.1", port), timeout=20) as phone:
        if cut == "within":
            phone.sendall(whole[:-3])
            return ""
        phone.sendall(whole)
        return "" if cut == "before the reply" else phone.recv(65536).decode()


def test_a_phone_that_loses_its_line_and_sends_again_is_counted_once(town: Town, port: int) -> None:
    tickets = town.invite(SERVICE, 12, this_week())
    for n, ticket in enumerate(tickets):
        for cut in ("within", "before the reply", "before the reply")[n % 3 :]:
            send(port, ticket, cut=cut)
    for ticket in tickets:
        reply = send(port, ticket)
        assert reply.startswith("HTTP/1.1 303"), reply[:200]
    assert (town.number("sealed"), town.number("ticket")) == (12, 0)
    assert town.tally(this_week()).responses == 12
    assert send(port, tickets[0]).startswith("HTTP/1.1 410")  # honest, once the box has been counted


def _wait_for(port: int) -> None:
    for _ in range(150):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the patient's site did not come up")
