"""A mail server over TCP that does as a test says: accepts, refuses, hangs up, dawdles."""

# ruff: noqa: ARG002, N802, PLR0917  # aiosmtpd calls these by name and position

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Lock
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


@dataclass
class MailServer:
    """What came in, and how to behave."""

    port: int = 0
    received: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)  # recipient, reply
    refuses_sender: str = ""
    refuses_data: str = ""
    hangs_up: int = 0  # so many times, once the message is in and before the reply
    lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def ids(self) -> list[str]:
        return [str(one["Message-ID"]) for one in self.received]

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.refuses_sender:
            return self.refuses_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        with self.lock:
            if self.hangs_up:
                self.hangs_up -= 1
                server.transport.abort()
                return "421 gone"
            if self.refuses_data:
                return self.refuses_data
            self.received.append(message_from_bytes(envelope.content, policy=policy.default))
            self.to += envelope.rcpt_tos
            self.senders.append(envelope.mail_from)
        return "250 accepted"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(server: MailServer, **options: Any) -> Iterator[MailServer]:
    """`server`, listening."""
    server.port = server.port or free_port()
    controller = Controller(server, hostname="127.0.0.1", port=server.port, **options)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


def only(user: bytes, password: bytes) -> Any:
    """An authenticator that knows one user."""

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (user, password), handled=False)

    return check
