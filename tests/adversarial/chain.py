"""nginx, Heard and a database in a row, as an operator sets them up, with all that any of them writes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from survey.domain.calendar import this_week
from survey.privacy.keys import PatientKeys
from survey.privacy.tickets import row_id, ticket_hash
from tests.adversarial import traffic
from tests.adversarial.marks import Marks
from tests.adversarial.servers import HOST, Heard, Nginx, free_port, shipped_nginx
from tests.adversarial.traffic import Door, Person, somebody, status
from tests.town import Town
from tests.transport import SERVICE


@dataclass
class Chain:
    """The road of a request: `front` is nginx by TLS, `plain` its other port, `back` Heard itself."""

    folder: Path
    town: Town
    marks: Marks
    heard: Heard
    nginx: Nginx
    plain: Door
    tickets: list[str]  # issued before anything goes wrong

    @property
    def front(self) -> Door:
        return Door(self.nginx.port, tls=True)

    @property
    def back(self) -> Door:
        return Door(self.heard.port)

    def person(self, what: str, *, ticket: bool = False) -> Person:
        """Somebody marked, with a ticket of the town or one that it does not know."""
        who = somebody(self.marks, what, self.tickets.pop() if ticket else None)
        keys = PatientKeys.read(self.town.keys_dir)
        # All that the database ever sees of a ticket.
        self.marks.note(f"{what}: the ticket's hash", ticket_hash(keys.pepper, who.ticket))
        self.marks.note(f"{what}: the row's id", row_id(keys.server_key, who.ticket))
        return who

    def answers(self, what: str, *expected: int) -> Person:
        """Somebody with a ticket sends their answers; the status must be one of those expected."""
        who = self.person(what, ticket=True)
        found = status(self.front.post(who))
        assert found in expected, (what, found)
        return who

    def settles(self) -> None:
        """Until a worker answers again, database and all."""
        for _ in range(200):
            if status(self.front.get(self.person("waiting"), "/readyz")) == 200:
                return
            time.sleep(0.1)
        raise AssertionError("it did not come back: " + self.heard.log.read_text())

    def logs(self) -> list[Path]:
        """What everything wrote, the settings with which it was started left out; sealed rows are no log."""
        return [
            path
            for path in self.folder.rglob("*")
            if path.is_file() and path.suffix not in {".conf", ".pem"} and "keys" not in path.parts
        ]


@contextmanager
def chain(folder: Path, town: Town, url: str) -> Iterator[Chain]:
    """Start Heard and nginx with the shipped configuration; stop both."""
    folder.mkdir(exist_ok=True)
    settings = {"DATABASE_URL": url, "KEYS_DIR": str(town.keys_dir), "DATA_DIR": str(folder / "data")}
    heard = Heard(folder, {f"HEARD_{name}": value for name, value in settings.items()})
    port, plain = free_port(), free_port()
    conf = shipped_nginx(
        folder, heard=heard.port, port=port, plain=plain, certificate=certificate(folder / "site.pem")
    )
    tickets = town.invite(SERVICE, 60, this_week())
    nginx = Nginx(folder, conf, port=port)
    try:
        yield Chain(folder, town, Marks(), heard, nginx, Door(plain), tickets)
    finally:
        nginx.stop()
        heard.stop()


def certificate(path: Path) -> Path:
    """One that says of itself that it is the survey's."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)]),
    )
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=1),
        not_valid_after=now + timedelta(days=2),
    ).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def everybody(one: Chain) -> None:
    """Success in each way, then each failure that a request brings upon itself, at nginx and behind it."""
    _succeed(one)
    for where, door in (("at nginx", one.front), ("behind it", one.back)):
        slow = [_slowly(one, door, where, rest) for rest in (b"", b"q_fft=")]
        for what, ask, expected in traffic.people():
            found = status(ask(door, one.person(f"{what} {where}")))
            assert found in expected | ({0} if where == "behind it" else set()), (what, where, found)
        for each in slow:
            each.join()
    _misdirected(one)
    _flood(one)


def _succeed(one: Chain) -> None:
    who = one.answers("success", 303)
    assert status(one.front.post(who)) == 303  # a replay is thanked as well
    assert status(one.front.get(who)) == 410
    assert status(one.front.get(one.person("opened", ticket=True))) == 200
    long = one.person("a comment that is too long", ticket=True)
    assert status(one.front.post(long, body=long.body + b"&q_comment=" + b"x" * 1200)) in {303, 400}
    wrong = one.person("an option that is none", ticket=True)
    assert status(one.front.post(wrong, body=b"q_fft=" + wrong.query.encode() + b"&" + wrong.body)) == 400
    visitor = one.person("poster")
    token = traffic.form_token(one.front.get(visitor, f"/s/{SERVICE}"))
    one.marks.note("poster: form", token)
    body = visitor.body + b"&form=" + token.encode()
    assert status(one.front.post(visitor, f"/s/{SERVICE}", body)) == 303


def _slowly(one: Chain, door: Door, where: str, begun: bytes) -> Thread:
    # Longer than nginx waits for a body, and than gunicorn waits for anything.
    who = one.person(f"slow {where}")
    request = traffic.form(who)[:-20] if begun else traffic.head(who, "POST", who.link)
    thread = Thread(target=door.abort, args=(who, request), kwargs={"after": 11})
    thread.start()
    return thread


def _misdirected(one: Chain) -> None:
    who = one.person("without TLS")
    assert status(one.plain.get(who)) == 301
    assert status(Door(one.nginx.port).get(who)) == 400  # no TLS where TLS is spoken
    Door(one.nginx.port).abort(who, b"\x16\x03\x01\x02\x00\x01" + who.comment.encode() * 9, after=0.1)
    one.plain.ask(who, f"GET {who.link} HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n".encode())
    elsewhere = one.front.ask(who, f"GET {who.link} HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n".encode())
    assert status(elsewhere) in {0, 421}


def _flood(one: Chain) -> None:
    who = one.person("flood at nginx")
    again = traffic.head(who, "GET", f"/healthz?{who.query}", Connection="keep-alive") + b"\r\n"
    replies = one.front.ask(who, again * 600 + traffic.head(who, "GET", "/healthz") + b"\r\n")
    assert b" 200 " in replies
    assert b" 429 " in replies
    who = one.person("flood behind it")
    again = traffic.head(who, "GET", f"/healthz?{who.query}", Connection="keep-alive") + b"\r\n"
    replies = b""
    for _ in range(40):
        replies = one.back.ask(who, again * 99 + traffic.head(who, "GET", who.link) + b"\r\n")
        if b" 429 " in replies:
            break
    assert b" 429 " in replies
