"""Answers that staff key: the response that the patient would have sent, by another channel, once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.domain.organisation import Service
from survey.storage import directory
from survey.storage.database import transaction
from survey.web.keying.app import create_app
from tests.integration.test_patient_page import hidden
from tests.town import Town
from tests.transport import SERVICE, received, site_of, transport_town

PAPER = {"service": SERVICE, "channel": "paper_home"}
ANSWERS = {"q_fft": "poor", "q_kindness": "kind", "q_age_band": "age_25_44", "q_comment": " It was\r\ncold. "}


@pytest.fixture
def town(sqlite: Engine, keys_dir: Path, catalogue: Catalogue) -> Town:
    return transport_town(sqlite, keys_dir, catalogue)


@pytest.fixture
def client(town: Town) -> FlaskClient:
    return create_app(town.desk, one_in=0).test_client()


def token_of(client: FlaskClient, **batch: str) -> str:
    return hidden(client.get("/form", query_string=PAPER | batch).text, "form")


def post(client: FlaskClient, token: str, answers: dict[str, str] = ANSWERS, **batch: str) -> int:
    return client.post("/form", query_string=PAPER | batch, data=answers | {"form": token}).status_code


def test_a_keyed_form_is_the_response_that_the_patients_own_page_would_have_sent(
    town: Town, client: FlaskClient
) -> None:
    assert post(client, token_of(client)) == 303
    page = site_of(town).test_client()
    page.post(f"/s/{SERVICE}", data=ANSWERS | {"form": hidden(page.get(f"/s/{SERVICE}").text, "form")})
    keyed, own = sorted(received(town), key=lambda one: not one.way)
    assert (keyed.answers, keyed.comments, keyed.about_you) == (own.answers, own.comments, own.about_you)
    assert (keyed.way, own.way) == ({"channel": "paper_home"}, {})


@pytest.mark.parametrize("channel", ["online", "kiosk", "", "paper", "telephone'--"])
def test_staff_cannot_pass_answers_off_as_somebodys_own(client: FlaskClient, channel: str) -> None:
    assert client.get("/form", query_string=PAPER | {"channel": channel}).status_code == 400
    assert post(client, token_of(client), channel=channel) == 400


def test_a_token_opens_one_door_once(town: Town, client: FlaskClient) -> None:
    """Not another service's, not another channel's; a poster's, which anybody has, opens none here."""
    with transaction(town.engine) as session:
        directory.keep_service(session, Service("PTS002", "Another", "patient-transport", "RTT01", "PL1"))
    token = token_of(client)
    poster = hidden(site_of(town).test_client().get(f"/s/{SERVICE}").text, "form")
    assert post(client, token, service="PTS002") == 410
    assert post(client, token, channel="telephone") == 410
    assert post(client, poster) == 410
    assert (
        site_of(town).test_client().post(f"/s/{SERVICE}", data=ANSWERS | {"form": token}).status_code == 410
    )
    assert received(town) == []
    assert [post(client, token), post(client, token, {"q_fft": "good"})] == [303, 303]
    assert [one.answers["fft"] for one in received(town)] == ["poor"]


def test_another_sites_page_can_send_nothing(town: Town, client: FlaskClient) -> None:
    token = token_of(client)
    for site in ("cross-site", "same-site", "none"):
        reply = client.post(
            "/form",
            query_string=PAPER,
            data=ANSWERS | {"form": token},
            headers={"Sec-Fetch-Site": site},
        )
        assert reply.status_code == 403
    for forged in ("", "x", token[:-2] + "xx", f"{token}.x"):
        assert post(client, forged) == 410
    assert received(town) == []


def test_the_version_on_the_forms_foot_decides_what_is_asked(town: Town, client: FlaskClient) -> None:
    pathways = {one.pathway: one.key for one in town.catalogue.all()}
    page = client.get("/form", query_string=PAPER).text
    (current,) = set(re.findall(r"patient-transport/v\d+", page))
    assert client.get("/form", query_string=PAPER | {"version": current.upper()}).status_code == 200
    for wrong in (pathways["inpatient"], "patient-transport/v99", "../v1", "patient-transport"):
        assert client.get("/form", query_string=PAPER | {"version": wrong}).status_code == 400


def test_what_is_wrong_keeps_what_was_keyed_and_an_unknown_service_is_said(
    town: Town, client: FlaskClient
) -> None:
    reply = client.post("/form", query_string=PAPER, data={"form": token_of(client), "q_fft": "blue"})
    assert (reply.status_code, "Choose one of the answers" in reply.text) == (400, True)
    assert client.post("/form", query_string=PAPER, data={"form": token_of(client)}).status_code == 400
    for code, status in (("NOSUCH", 404), ("x", 400), ("PTS\x00", 400)):
        assert client.get("/form", query_string=PAPER | {"service": code}).status_code == status
    assert received(town) == []


def test_every_page_bears_the_walls(client: FlaskClient) -> None:
    for path in ("/", f"/form?service={SERVICE}&channel=telephone", "/keying.js", "/nothing"):
        reply = client.get(path)
        if path != "/nothing":
            assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
            assert reply.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in reply.headers
