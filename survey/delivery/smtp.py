"""SMTP as HEARD_SMTP_URL names it: connect, send one message, say plainly what the server said."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from survey.domain.errors import HeardError, Misconfigured

PORTS = {"smtp": 25, "smtps": 465}
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class ServerDown(HeardError):
    """The mail server cannot be used now: everything waits."""


class NotNow(HeardError):
    """The server did not take this message now: it is tried again."""


class Never(HeardError):
    """The server refused this message or its recipient for good."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server. `secure`: TLS from the first byte; otherwise STARTTLS where it is offered."""

    host: str
    port: int
    secure: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 30  # seconds for each answer

    @property
    def name(self) -> str:
        """How the server is named in messages; never with its password."""
        return f"{self.host}:{self.port}"


def parse(url: str, *, timeout: float = 30) -> Smtp:
    """Read smtp://[user:password@]host[:port] or smtps://…; Misconfigured says what is wrong with it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Misconfigured("HEARD_SMTP_URL: the port must be a number from 1 to 65535") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise Misconfigured(
            "HEARD_SMTP_URL must look like smtp://mail.trust.nhs.uk:587 or smtps://user:password@host; "
            "signs such as @ or / in a password are written %40 and %2F"
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise Misconfigured("HEARD_SMTP_URL: nothing may follow the port; a / in a password is written %2F")
    if bool(parts.username) != bool(parts.password):
        raise Misconfigured("HEARD_SMTP_URL has a user without a password, or the other way round")
    return Smtp(
        parts.hostname,
        port or PORTS[parts.scheme],
        secure=parts.scheme == "smtps",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        timeout=timeout,
    )


@contextmanager
def connected(server: Smtp) -> Iterator[smtplib.SMTP]:
    """A session with the server, signed in; ServerDown says what to look at."""
    link = _open(server)
    try:
        _greet(link, server)
        yield link
    finally:
        with suppress(smtplib.SMTPException, OSError):
            link.quit()
        link.close()


def hand_over(link: smtplib.SMTP, message: bytes, *, sender: str, recipient: str) -> None:
    """Give one message to the server; when this returns, the server answers for it."""
    try:
        link.sendmail(sender, [recipient], message)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = error.recipients[recipient]
        raise _refusal(code, f"the mail server refuses the recipient: {_plain(code, said)}") from None
    except smtplib.SMTPSenderRefused as error:
        # The sender is our setting and not this reader's fault: it is put right, and the mail goes.
        raise NotNow(f"the mail server refuses the sender, see HEARD_MAIL_FROM: {_reply(error)}") from None
    except smtplib.SMTPDataError as error:
        raise _refusal(error.smtp_code, f"the mail server refuses the message: {_reply(error)}") from None
    except smtplib.SMTPServerDisconnected:
        raise ServerDown("the mail server hung up in the middle of a message") from None
    except (smtplib.SMTPException, OSError) as error:
        raise ServerDown(f"the connection to the mail server broke ({type(error).__name__})") from None


def _open(server: Smtp) -> smtplib.SMTP:
    try:
        if server.secure:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=context)
        return smtplib.SMTP(server.host, server.port, timeout=server.timeout)
    except ssl.SSLError as error:
        raise ServerDown(f"no safe connection to the mail server {server.name}: {error.reason}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise ServerDown(f"the mail server {server.name} does not answer: {_reason(error)}") from None


def _greet(link: smtplib.SMTP, server: Smtp) -> None:
    """EHLO, STARTTLS where it is offered, sign in where the URL has a user."""
    try:
        link.ehlo_or_helo_if_needed()
        encrypted = server.secure
        if not server.secure and link.has_extn("starttls"):
            # Offered and then broken is an attack or a wrong certificate: never on in the clear.
            link.starttls(context=ssl.create_default_context())
            link.ehlo()
            encrypted = True
        if server.user is not None and server.password is not None:
            _require_cover(server, encrypted=encrypted)
            link.login(server.user, server.password)
    except smtplib.SMTPAuthenticationError as error:
        said = _reply(error)
        raise ServerDown(f"the mail server {server.name} refuses user and password: {said}") from None
    except ssl.SSLError as error:
        raise ServerDown(f"no safe connection to the mail server {server.name}: {error.reason}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise ServerDown(f"the mail server {server.name} broke off: {_reason(error)}") from None


def _require_cover(server: Smtp, *, encrypted: bool) -> None:
    if not encrypted and server.host not in LOOPBACK:
        raise ServerDown(
            f"the mail server {server.name} offers no TLS, and a password is not sent in the clear; "
            "use smtps:// or a port with STARTTLS"
        )


def _refusal(code: int, says: str) -> HeardError:
    return Never(says) if 500 <= code < 600 else NotNow(says)


def _reply(error: smtplib.SMTPResponseException) -> str:
    return _plain(error.smtp_code, error.smtp_error)


def _plain(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())[:200]}"


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
