"""Requests as bytes: what goes over the wire is counted whole, head and body."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from urllib.parse import urlencode

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as it came."""

    head: bytes
    body: bytes

    @property
    def status(self) -> int:
        return int(self.head.split(b" ", 2)[1])

    @property
    def size(self) -> int:
        return len(self.head) + len(self.body)


def ask(port: int, method: str, path: str, form: dict[str, str] | None = None) -> Answer:
    """One request on a connection of its own, as a patient's are: minutes lie between the two."""
    body = urlencode(form or {}).encode()
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept-Encoding: gzip, deflate, br\r\n"
        f"Connection: close\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    received = bytearray()
    with socket.create_connection((HOST, port), timeout=30) as connection:
        connection.sendall(head.encode() + body)
        while part := connection.recv(65536):
            received += part
    top, mark, rest = bytes(received).partition(b"\r\n\r\n")
    if not mark:
        raise ConnectionError("the server closed the connection before it had answered")
    return Answer(top + mark, rest)


def sound(answer: Answer, status: int) -> Answer:
    """`answer`, unless it is not the one wanted: what went wrong must not be measured as if it were quick."""
    if answer.status != status:
        raise RuntimeError(f"wanted status {status}; the server said: {answer.head.decode()}")
    return answer


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        number: int = probe.getsockname()[1]
        return number
