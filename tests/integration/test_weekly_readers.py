"""Who receives the weekly e-mail, and the commands that an operator types."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from survey.cli.main import heard
from survey.delivery import outbox
from survey.domain.calendar import Week
from survey.domain.errors import BadInput, HeardError, NotFound
from survey.services import report
from survey.services.subscribe import subscribe, unsubscribe
from survey.storage.database import transaction
from tests.integration.mail_server import free_port
from tests.town import Town, catalogue_of


@pytest.fixture
def place(one_database: Engine, keys_dir: Path) -> Town:
    return Town(one_database, keys_dir, catalogue_of(v1=date(2020, 12, 28))).build("WORSE")


def weekly(place: Town, later: int = 0) -> report.Written:
    """The e-mails of a week, or of so many weeks later."""
    week = Week.parse("2026-W40") + later
    return report.weekly(place.engine, place.catalogue, week, sender="Heard <heard@icb.nhs.uk>")


def outbox_of(place: Town) -> int:
    return place.number("outbox", "state = 'queued'")


def test_who_leaves_gets_no_more_mail_and_nothing_that_still_waited(place: Town):
    for node in ("QTT", "WORSE"):
        subscribe(place.engine, "anna@trust.nhs.uk", node)
    weekly(place)
    assert unsubscribe(place.engine, "Anna@trust.nhs.uk") == 2
    assert outbox_of(place) == 0
    assert weekly(place, 1).new == 0


def test_who_leaves_one_of_two_keeps_the_other(place: Town):
    for node in ("QTT", "WORSE"):
        subscribe(place.engine, "anna@trust.nhs.uk", node)
    assert unsubscribe(place.engine, "anna@trust.nhs.uk", "WORSE") == 1
    assert weekly(place).new == 1


def test_an_address_is_subscribed_once(place: Town):
    assert subscribe(place.engine, "anna@trust.nhs.uk", "QTT") == ("Test ICB", True)
    assert subscribe(place.engine, " Anna@Trust.NHS.uk ", "QTT") == ("Test ICB", False)


@pytest.mark.parametrize(
    "address", ["", "anna", "anna@", "@trust.nhs.uk", "a b@c.uk", "a@b.uk\nBcc: x@y.uk", "änna@trust.nhs.uk"]
)
def test_an_address_that_mail_cannot_reach_is_refused(place: Town, address: str):
    with pytest.raises(BadInput, match="is no e-mail address"):
        subscribe(place.engine, address, "QTT")


def test_a_node_that_is_not_there_is_said(place: Town):
    with pytest.raises(NotFound, match="NOWHERE"):
        subscribe(place.engine, "anna@trust.nhs.uk", "NOWHERE")
    with pytest.raises(NotFound, match="not subscribed"):
        unsubscribe(place.engine, "anna@trust.nhs.uk", "QTT")


class TestCommands:
    """`heard` as an operator types it, on an installation without a mail server."""

    @pytest.fixture(autouse=True)
    def house(self, sqlite: Engine, sqlite_url: str, keys_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        Town(sqlite, keys_dir).build("BUS1").do("UPDATE service SET pathway = 'inpatient'")
        monkeypatch.setenv("HEARD_DATABASE_URL", sqlite_url)
        monkeypatch.setenv("HEARD_KEYS_DIR", str(keys_dir))
        monkeypatch.delenv("HEARD_SMTP_URL", raising=False)
        self.runner = CliRunner()

    def run(self, *words: str) -> str:
        done = self.runner.invoke(heard, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    def test_say_who_receives_what(self):
        said = self.run("subscribe", "anna@trust.nhs.uk", "--node", "QTT")
        assert "anna@trust.nhs.uk will receive the weekly e-mail of Test ICB" in said
        assert "1 subscription of anna@trust.nhs.uk ended" in self.run("unsubscribe", "anna@trust.nhs.uk")

    def test_say_that_nobody_subscribes(self):
        assert "nobody subscribes" in self.run("report", "weekly", "--week", "2026-W40")

    def test_say_that_mails_wait_for_a_server(self):
        assert "HEARD_SMTP_URL is not set" in self.run("report", "send")

    def test_refuse_a_week_that_is_none(self):
        with pytest.raises(BadInput, match="--week"):
            self.run("report", "weekly", "--week", "2026-W60")

    def test_say_that_the_server_is_down(self, monkeypatch: pytest.MonkeyPatch, sqlite: Engine):
        with transaction(sqlite) as session:
            long_ago = datetime(2026, 1, 5, tzinfo=UTC)
            outbox.put(session, "one", "anna@trust.nhs.uk", b"From: a@b.uk\n\nhello", now=long_ago)
        monkeypatch.setenv("HEARD_SMTP_URL", f"smtp://127.0.0.1:{free_port()}")
        with pytest.raises(HeardError, match=r"does not answer.*1 waiting"):
            self.run("report", "send")
