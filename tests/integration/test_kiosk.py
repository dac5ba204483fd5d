"""The tablet's pages: the same survey by another channel, small, locked to itself, never held up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.web.patient.app import create_app
from survey.web.patient.doors import DraftDoor
from survey.web.patient.limits import Limiter
from survey.web.patient.views import survey
from tests.integration.test_patient_page import hidden
from tests.town import Town
from tests.transport import SERVICE, received, site_of, transport_town

ROOM = 14_600 + 2_048  # bytes: a tablet stands on one network all day, and can wait for its own script
KIOSK = f"/k/{SERVICE}"
ONE_PLACE = {"REMOTE_ADDR": "81.2.69.142"}


@pytest.fixture
def town(sqlite: Engine, keys_dir: Path, catalogue: Catalogue) -> Town:
    return transport_town(sqlite, keys_dir, catalogue)


@pytest.fixture
def client(town: Town) -> FlaskClient:
    return site_of(town).test_client()


def sent(client: FlaskClient, path: str = KIOSK, **more: str) -> str:
    """Answer once; the place that the reply leads to."""
    data = {"form": hidden(client.get(path).text, "form"), "q_fft": "good", **more}
    return client.post(path, data=data).headers["Location"]


def test_the_channel_is_the_addresss_and_never_the_forms_own_word(town: Town, client: FlaskClient) -> None:
    assert sent(client, channel="telephone", q_channel="telephone") == f"{KIOSK}/thanks"
    sent(client, f"/s/{SERVICE}", channel="kiosk")
    assert sorted(str(one.way) for one in received(town)) == ["{'channel': 'kiosk'}", "{}"]


def test_a_tablet_never_leads_out_of_its_survey(client: FlaskClient) -> None:
    for path in (KIOSK, f"{KIOSK}/thanks?lang=en-easy", "/k/NOSUCH", f"{KIOSK}?lang=en-easy"):
        page = client.get(path).text
        for place in re.findall(r'(?:href="|;url=)([^"#]*)"', page):
            assert place.startswith((KIOSK, "?lang=", "/k/NOSUCH")), place
    assert "how your answers" not in client.get(KIOSK).text.lower()


def test_only_a_tablets_pages_have_its_script(client: FlaskClient) -> None:
    assert "alertdialog" in client.get(KIOSK).text
    for path in (f"/s/{SERVICE}", "/thanks"):
        assert "heardTicks" not in client.get(path).text
    assert "heardTicks" in client.get(f"{KIOSK}/thanks").text


def test_whatever_is_in_the_way_a_tablet_returns_to_its_start(town: Town, client: FlaskClient) -> None:
    town.do("UPDATE service SET closed = true")
    for reply in (client.get(KIOSK), client.post(KIOSK, data={"form": "x", "q_fft": "good"})):
        assert reply.status_code == 410
        assert f'content="60;url={KIOSK}"' in reply.text


def test_tablets_of_a_whole_hospital_behind_one_address_are_not_slowed(town: Town) -> None:
    """Thirty of them, each with a new person every minute of the ten: four requests each."""
    client = create_app(town.desk, limiter=Limiter(clock=lambda: 0)).test_client()
    replies = {client.get("/healthz", environ_base=ONE_PLACE).status_code for _ in range(30 * 10 * 4)}
    assert replies == {200}
    assert client.get(KIOSK, environ_base=ONE_PLACE).status_code == 200


def test_every_packs_page_is_hardly_heavier_than_on_a_phone(town: Town) -> None:
    found, site = {}, site_of(town)
    for version in town.catalogue.all():
        for lang in ("en", "en-easy"):
            asked = f"{KIOSK}?lang={lang}"
            with site.test_request_context(asked, headers={"Accept-Encoding": "gzip"}):
                found[version.key, lang] = len(survey(DraftDoor(version)).data)
    assert {one: size for one, size in found.items() if size > ROOM} == {}
