"""Marked people at the patient's page: some succeed, and one fails in each way in which a request can."""

from __future__ import annotations

import re
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from survey.privacy.tickets import new_ticket
from tests.adversarial.marks import Marks
from tests.adversarial.servers import HOST
from tests.transport import SERVICE

ANSWER = "dont_know"  # how everybody here answers; no log has a reason to say it
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Person:
    """Somebody of whom everything that a request can carry is marked."""

    ticket: str
    code: str  # of a service that is none
    comment: str
    agent: str
    referer: str
    query: str
    claimed: str  # in X-Forwarded-For
    peer: str  # the address that they come from

    @property
    def link(self) -> str:
        return f"/i/{self.ticket}?from={self.query}"

    @property
    def body(self) -> bytes:
        answers = {"q_fft": ANSWER, "q_comment": self.comment, "version": "patient-transport/v1"}
        return urlencode(answers).encode()


def somebody(marks: Marks, what: str, ticket: str | None = None) -> Person:
    """A person about whom a test says `what`; with a ticket that nobody issued where none is given."""
    return Person(
        marks.note(f"{what}: ticket", ticket or new_ticket()),
        marks.note(f"{what}: service", marks.plain(f"{what}: code")[:12]),
        marks.word(f"{what}: comment"),
        marks.plain(f"{what}: user agent"),
        marks.plain(f"{what}: referer"),
        marks.plain(f"{what}: query"),
        marks.address(f"{what}: claimed address", "8.8"),
        marks.address(f"{what}: own address", "127"),
    )


@dataclass(frozen=True)
class Door:
    """Where people come in: a proxy's port, or Heard's own."""

    port: int
    tls: bool = False

    def line(self, person: Person, *, name: str = HOST) -> socket.socket:
        source = (person.peer, 0)
        line = socket.create_connection(("127.0.0.1", self.port), timeout=30, source_address=source)
        return _secure(line, name) if self.tls else line

    def ask(self, person: Person, request: bytes) -> bytes:
        """Send bytes as they are; what comes back, until the other side is done."""
        with suppress(OSError), self.line(person) as line:
            with suppress(OSError):  # refused half-way: what it says of it is still to be read
                line.sendall(request)
            return _all(line)
        return b""

    def get(self, person: Person, path: str = "", *, method: str = "GET") -> bytes:
        return self.ask(person, head(person, method, path or person.link) + b"\r\n")

    def post(self, person: Person, path: str = "", body: bytes = b"", **headers: str) -> bytes:
        return self.ask(person, form(person, path, body, **headers))

    def abort(self, person: Person, request: bytes, *, after: float = 0) -> None:
        """Send, wait, and vanish with a reset, as a phone does that loses its mast."""
        with suppress(OSError), self.line(person) as line:
            line.sendall(request)
            time.sleep(after)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def head(person: Person, method: str, path: str, **headers: str) -> bytes:
    """A request's first lines, everything in them marked."""
    lines = {
        "Host": HOST,
        "Connection": "close",
        "User-Agent": f"Phone {person.agent}",
        "Referer": f"https://portal.example/{person.referer}",
        "X-Forwarded-For": person.claimed,
        "X-Real-IP": person.claimed,
        "Forwarded": f"for={person.claimed}",
        "Cookie": f"theirs={person.query}",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    written = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{written}".encode()


def form(person: Person, path: str = "", body: bytes = b"", **headers: str) -> bytes:
    """Their answers, as a browser sends them."""
    body = body or person.body
    wanted = {"Content_Type": FORM, "Content_Length": str(len(body))} | headers
    return head(person, "POST", path or person.link, **wanted) + b"\r\n" + body


def status(reply: bytes) -> int:
    """0 where nothing came back."""
    return int(reply.split()[1]) if reply.startswith(b"HTTP/") else 0


Case = tuple[str, Callable[[Door, Person], bytes], set[int]]


def people() -> Iterator[Case]:
    """Every way in which a request can fail by itself: what, how, and which statuses may come back.

    None of them holds a ticket that works.
    """
    long = "x" * 9000
    yield "unknown ticket", lambda door, who: door.get(who), {410}
    yield "unknown ticket, answers", lambda door, who: door.post(who), {410}
    yield "unknown service", lambda door, who: door.get(who, f"/s/{who.code}"), {404}
    yield "a poster's form made elsewhere", _forged, {410}
    yield "unknown route", lambda door, who: door.get(who, f"/x{who.link}"), {404}
    yield "figures", lambda door, who: door.get(who, f"/metrics?{who.query}"), {404}
    yield "ready", lambda door, who: door.get(who, f"/readyz?{who.query}"), {200}
    yield "broken path", lambda door, who: door.get(who, f"/i/%ff%00{who.ticket}"), {400, 404, 410}
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW"):
        yield f"method {method}", partial(Door.get, method=method), {200, 400, 405, 501}
    yield "70 kB", lambda door, who: door.post(who, body=_padded(who, 70_000)), {413}
    yield "300 kB", lambda door, who: door.post(who, body=_padded(who, 300_000)), {413}
    yield "a file", _upload, {410, 400}
    yield "broken form", lambda door, who: door.post(who, body=b"%ff%fe&&=&q_fft=" + who.body), {410, 400}
    yield "a line of 3 kB", lambda door, who: door.get(who, f"{who.link}&{long[:3000]}"), {400, 414}
    yield "a line of 9 kB", lambda door, who: door.get(who, f"{who.link}&{long}"), {400, 414}
    yield (
        "a header of 9 kB",
        lambda door, who: door.ask(who, _headed(who, f"X-A: {who.comment}{long}")),
        {400, 431},
    )
    yield "90 headers", lambda door, who: door.ask(who, _headed(who, *_many(who))), {400, 431}
    yield "bad header", lambda door, who: door.ask(who, _headed(who, f"Bad {who.query} header")), {400, 410}
    yield "HTTP/9.9", lambda door, who: door.ask(who, f"GET {who.link} HTTP/9.9\r\n\r\n".encode()), {400, 505}
    yield "garbage", lambda door, who: door.ask(who, who.comment.encode() + b"\r\n\r\n"), {400}
    yield "two lengths", lambda door, who: door.ask(who, _two_lengths(who)), {400}
    yield "bad chunks", lambda door, who: door.ask(who, _chunks(who, b"zz\r\n" + who.body)), {400, 500}
    yield "cut chunks", lambda door, who: _hung_up(door, who, _chunks(who, b"fff\r\n" + who.body)), {0, 400}
    yield "hung up in the head", lambda door, who: _hung_up(door, who, head(who, "GET", who.link)), {0, 400}
    yield "hung up in the body", lambda door, who: _hung_up(door, who, form(who)[:-20]), {0, 400}
    yield "hung up before the answer", lambda door, who: _hung_up(door, who, form(who)), {0}
    yield "very long words", lambda door, who: door.post(who, body=_padded(who, 60_000)), {410}


def _padded(who: Person, size: int) -> bytes:
    return who.body + b"&q_more=" + b"y" * (size - len(who.body))


def _forged(door: Door, who: Person) -> bytes:
    return door.post(who, f"/s/{SERVICE}?{who.query}", who.body + b"&form=" + who.ticket.encode())


def _upload(door: Door, who: Person) -> bytes:
    part = (
        f'--{who.query}\r\nContent-Disposition: form-data; name="q_comment"; filename="{who.agent}"\r\n\r\n'
    )
    body = part.encode() + who.comment.encode()  # and no end
    return door.post(who, body=body, Content_Type=f"multipart/form-data; boundary={who.query}")


def _headed(who: Person, *lines: str) -> bytes:
    return head(who, "GET", who.link) + "\r\n".join([*lines, "", ""]).encode()


def _many(who: Person) -> list[str]:
    return [f"X-N{n}: {who.referer}" for n in range(90)]


def _two_lengths(who: Person) -> bytes:
    return form(who, Content_Type=f"{FORM}\r\nContent-Length: 7")


def _chunks(who: Person, body: bytes) -> bytes:
    return head(who, "POST", who.link, Content_Type=FORM, Transfer_Encoding="chunked") + b"\r\n" + body


def _hung_up(door: Door, who: Person, request: bytes) -> bytes:
    door.abort(who, request, after=0.05)
    return b""


def form_token(page: bytes) -> str:
    """What a poster's page hides in its form."""
    found = re.search(r'name="?form"? value="?([^">\s]+)', page.decode())
    assert found is not None
    return found[1]


def _secure(line: socket.socket, name: str) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(line, server_hostname=name, suppress_ragged_eofs=True)


def _all(line: socket.socket) -> bytes:
    found = b""
    with suppress(OSError):  # a reset: what came before it counts
        while part := line.recv(65536):
            found += part
    return found
