"""The outbox against a real mail server: nothing lost, nothing doubled, every refusal told."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine, text

from survey.delivery import outbox, smtp
from survey.delivery.outbox import TRIES, Delivered, deliver, put, wait_after
from survey.delivery.smtp import parse
from survey.domain.errors import Misconfigured
from survey.storage.database import transaction
from tests.integration.mail_server import MailServer, free_port, only, running

NOW = datetime(2026, 11, 23, 7, 0)  # noqa: DTZ001  # UTC without a zone, as the table keeps it
LATER = NOW + timedelta(hours=13)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with running(MailServer()) as made:
        yield made


def write(engine: Engine, number: int = 1, *, recipient: str = "anna@trust.nhs.uk") -> None:
    for n in range(number):
        message = EmailMessage()
        message["From"], message["To"] = "Heard <heard@icb.nhs.uk>", recipient
        message["Subject"], message["Message-ID"] = f"Number {n}", f"<{recipient}-{n}@icb.nhs.uk>"
        message.set_content("hello")
        with transaction(engine) as session:
            assert put(session, f"{recipient}-{n}", recipient, message.as_bytes(), now=NOW)


def states(engine: Engine) -> list[tuple[str, int]]:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT state, attempts FROM outbox ORDER BY message_id"))
        return [(row.state, row.attempts) for row in found]


def go(engine: Engine, server: MailServer, now: datetime = NOW) -> Delivered:
    return deliver(engine, parse(server.url, timeout=5), now)


def test_an_email_arrives_once_with_its_sender_and_its_text(database: Engine, server: MailServer):
    write(database)
    assert go(database, server) == Delivered(sent=1)
    assert go(database, server, LATER) == Delivered()
    assert [one.get_content().strip() for one in server.received] == ["hello"]
    assert (server.to, server.senders) == (["anna@trust.nhs.uk"], ["heard@icb.nhs.uk"])


def test_an_email_of_one_id_is_written_once(database: Engine, server: MailServer):
    write(database)
    go(database, server)
    with transaction(database) as session:
        assert not put(session, "anna@trust.nhs.uk-0", "anna@trust.nhs.uk", b"again", now=LATER)
    assert go(database, server, LATER).sent == 0


def test_what_was_sent_does_not_stay_in_the_database(database: Engine, server: MailServer):
    write(database)
    go(database, server)
    with database.connect() as connection:
        assert bytes(connection.scalar(text("SELECT message FROM outbox"))) == b""


def test_while_the_server_is_down_all_waits_and_then_all_goes(database: Engine):
    write(database, 3)
    server = MailServer(port=free_port())
    down = go(database, server)
    assert (down.sent, down.waiting) == (0, 3)
    assert "does not answer" in down.stopped
    with running(server):
        assert go(database, server, NOW + timedelta(minutes=4)).sent == 0  # not due yet
        assert go(database, server, NOW + timedelta(minutes=6)) == Delivered(sent=3)


def test_waits_grow_to_half_a_day_and_end_within_five_days():
    waits = [wait_after(attempt) for attempt in range(1, TRIES)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=5)
    assert max(waits) == timedelta(hours=12)
    assert timedelta(days=4, hours=12) < sum(waits, timedelta()) <= timedelta(days=5)


def test_after_five_days_without_a_server_an_email_is_given_up_and_told(database: Engine):
    write(database)
    nobody, moment, done = MailServer(port=free_port()), NOW, Delivered()
    for attempt in range(1, TRIES + 1):
        done = go(database, nobody, moment)
        moment += wait_after(attempt) + timedelta(minutes=1)
    assert states(database) == [("refused", TRIES)]
    assert done.waiting == 0
    assert [recipient for recipient, _ in done.refused] == ["anna@trust.nhs.uk"]
    assert "given up" in done.refused[0][1]


def test_an_unknown_recipient_is_told_and_holds_nobody_up(database: Engine, server: MailServer):
    server.refuses["anna@trust.nhs.uk"] = "550 5.1.1 no such mailbox"
    write(database)
    write(database, recipient="ben@trust.nhs.uk")
    done = go(database, server)
    reason = "the mail server refuses the recipient: 550 5.1.1 no such mailbox"
    assert done == Delivered(sent=1, refused=(("anna@trust.nhs.uk", reason),))
    assert go(database, server, LATER) == Delivered()  # never tried again


def test_a_full_mailbox_is_tried_again(database: Engine, server: MailServer):
    server.refuses["anna@trust.nhs.uk"] = "452 4.2.2 mailbox full"
    write(database)
    assert go(database, server).waiting == 1
    server.refuses.clear()
    assert go(database, server, LATER).sent == 1


def test_a_message_refused_for_its_size_is_told(database: Engine, server: MailServer):
    server.refuses_data = "552 too large"
    write(database)
    assert go(database, server).refused == (
        ("anna@trust.nhs.uk", "the mail server refuses the message: 552 too large"),
    )


def test_a_sender_that_is_refused_is_our_fault_and_the_mail_waits(database: Engine, server: MailServer):
    server.refuses_sender = "550 not your domain"
    write(database)
    assert go(database, server).waiting == 1
    with database.connect() as connection:
        assert "HEARD_MAIL_FROM" in str(connection.scalar(text("SELECT last_error FROM outbox")))


def test_a_line_that_breaks_in_a_message_costs_that_message_a_try_and_the_rest_go_on(
    database: Engine, server: MailServer
):
    server.hangs_up = 1
    write(database, 3)
    done = go(database, server)
    assert (done.sent, done.waiting, done.refused) == (2, 1, ())
    assert go(database, server, LATER) == Delivered(sent=1)
    assert len(set(server.ids)) == len(server.ids) == 3


def test_two_deliverers_at_once_send_nothing_twice(database: Engine, server: MailServer):
    write(database, 40)
    found: list[Delivered] = []
    threads = [Thread(target=lambda: found.append(go(database, server))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done.sent for done in found) == 40
    assert len(server.ids) == len(set(server.ids)) == 40


def test_a_crash_after_the_server_accepted_sends_that_one_again_once_its_claim_is_void(
    database: Engine, server: MailServer, monkeypatch: pytest.MonkeyPatch
):
    def killed(*_args: object, **_values: object) -> None:
        raise KeyboardInterrupt

    write(database)
    with monkeypatch.context() as dying:
        dying.setattr(outbox, "_record", killed)
        with pytest.raises(KeyboardInterrupt):
            go(database, server)
    assert go(database, server, NOW + timedelta(minutes=10)).sent == 0
    assert go(database, server, NOW + timedelta(minutes=20)).sent == 1
    assert len(server.ids) == 2  # the one known window …
    assert len(set(server.ids)) == 1  # … in which the reader's program knows it for the same e-mail


def test_a_user_signs_in_and_a_wrong_password_is_said(sqlite: Engine):
    def signed(password: str) -> Delivered:
        with running(server, authenticator=only(b"anna", b"p@ss/1"), auth_require_tls=False):
            return deliver(sqlite, parse(f"smtp://anna:{password}@127.0.0.1:{server.port}"), NOW)

    server = MailServer(port=free_port())
    write(sqlite)
    assert "refuses user and password" in signed("wrong").stopped
    server.port = free_port()
    with transaction(sqlite) as session:
        session.execute(text("UPDATE outbox SET next_try = :now"), {"now": str(NOW)})
    assert signed("p%40ss%2F1").sent == 1


def test_a_password_is_not_sent_in_the_clear(
    sqlite: Engine, server: MailServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(smtp, "LOOPBACK", frozenset())
    write(sqlite)
    done = deliver(sqlite, parse(f"smtp://anna:secret@127.0.0.1:{server.port}"), NOW)
    assert "offers no TLS" in done.stopped
    assert "secret" not in done.stopped


def test_starttls_with_a_certificate_nobody_vouches_for_is_not_gone_round(sqlite: Engine, tmp_path: Path):
    write(sqlite)
    with running(MailServer(), tls_context=_self_signed(tmp_path)) as server:
        done = go(sqlite, server)
    assert "no safe connection" in done.stopped
    assert server.received == []


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("smtp://", "must look like"),
        ("mailto:anna@trust.nhs.uk", "must look like"),
        ("smtp://mail.trust.nhs.uk:port", "port"),
        ("smtp://mail.trust.nhs.uk:99999", "port"),
        ("smtp://mail.trust.nhs.uk/in/box", "%2F"),
        ("smtp://anna@mail.trust.nhs.uk", "without a password"),
    ],
)
def test_a_wrong_address_of_the_server_is_explained(url: str, says: str):
    with pytest.raises(Misconfigured, match=says):
        parse(url)


def test_the_address_of_the_server_is_read_whole():
    found = parse("smtps://anna%40trust:p%2Fw@mail.trust.nhs.uk")
    assert (found.host, found.port, found.secure) == ("mail.trust.nhs.uk", 465, True)
    assert (found.user, found.password) == ("anna@trust", "p/w")
    assert "p/w" not in repr(found)


def _self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=9))
    )
    certificate = builder.sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain
    ) + certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "server.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context
