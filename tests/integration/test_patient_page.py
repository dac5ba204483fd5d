"""The patient's page over a real database: shown, sent back, stored once, and honest where it was not."""

from __future__ import annotations

import gzip
import re
import socket
import unicodedata
from pathlib import Path
from threading import Event
from typing import Literal

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.cli.run import run
from survey.cli.serve import patient
from survey.domain.errors import Misconfigured
from survey.domain.response import Response
from survey.services.respond import Desk
from survey.storage.database import engine, upgrade
from survey.web.patient.app import create_app, create_preview
from survey.web.patient.brand import Brand
from tests.town import Town
from tests.transport import SERVICE, received, site_of, ticket_of, transport_town

PACKET = 14_600  # bytes that a phone gets in the first round trip


@pytest.fixture
def town(one_database: Engine, keys_dir: Path, catalogue: Catalogue) -> Town:
    return transport_town(one_database, keys_dir, catalogue)


@pytest.fixture
def client(town: Town) -> FlaskClient:
    return site_of(town).test_client()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def test_the_whole_survey_comes_in_one_small_response(town: Town, client: FlaskClient) -> None:
    for path in (f"/i/{ticket_of(town)}", f"/s/{SERVICE}"):
        reply = client.get(path, headers={"Accept-Encoding": "gzip"})
        page = gzip.decompress(reply.data).decode()
        assert len(reply.data) <= PACKET
        assert page.count("<fieldset") == 7
        assert page.count("<textarea") == 1
        assert not re.search(r'<(img|link)\b|\bsrc=|url\(|style="', page)


def test_every_shipped_survey_is_as_small(catalogue: Catalogue) -> None:
    head = 700  # bytes of the reply's own headers
    for one in catalogue.all():
        reply = create_preview(one).test_client().get("/", headers={"Accept-Encoding": "gzip"})
        assert head + len(reply.data) <= PACKET, one.key


def test_a_client_without_gzip_gets_the_same_page_plain(town: Town, client: FlaskClient) -> None:
    path = f"/i/{ticket_of(town)}"
    zipped = client.get(path, headers={"Accept-Encoding": "br, gzip"})
    plain = client.get(path)
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(zipped.data) == plain.data


def test_a_personal_link_is_answered_and_thanked_for(town: Town, client: FlaskClient) -> None:
    reply = client.post(
        f"/i/{ticket_of(town)}",
        data={
            "q_fft": "good",
            "q_comment": "Kind\r\ndriver\x00",
            "q_age_band": "age_25_44",
            "q_kindness": "",
        },
    )
    assert (reply.status_code, reply.headers["Location"]) == (303, "/thanks")
    assert "Thank you" in client.get("/thanks").text
    assert received(town) == [
        Response({"fft": "good"}, {"comment": "Kind\ndriver"}, {"age_band": "age_25_44"})
    ]


def test_a_posters_link_is_answered_once_however_often_it_is_sent(town: Town, client: FlaskClient) -> None:
    page = client.get(f"/s/{SERVICE.lower()}").text
    data = {"form": hidden(page, "form"), "version": hidden(page, "version"), "q_fft": "poor"}
    codes = {client.post(f"/s/{SERVICE}", data=data).status_code for _ in range(3)}
    assert codes == {303}
    assert received(town) == [Response({"fft": "poor"})]


def test_a_replayed_ticket_is_thanked_and_not_stored_again(town: Town, client: FlaskClient) -> None:
    path = f"/i/{ticket_of(town)}"
    data = {"q_fft": "good", "version": "patient-transport/v1"}
    assert [client.post(path, data=data).status_code for _ in range(3)] == [303, 303, 303]
    assert len(received(town)) == 1


def test_a_spent_link_says_so_and_what_to_do(town: Town, client: FlaskClient) -> None:
    path = f"/i/{ticket_of(town)}"
    client.post(path, data={"q_fft": "good"})
    reply = client.get(path)
    assert reply.status_code == 410
    assert "has been used or has ended" in reply.text
    assert "Ask the service" in reply.text


def test_after_the_count_a_replay_is_told_the_truth(town: Town, client: FlaskClient) -> None:
    path = f"/i/{ticket_of(town)}"
    data = {"q_fft": "good", "version": "patient-transport/v1"}
    client.post(path, data=data)
    town.do("DELETE FROM sealed")
    assert client.post(path, data=data).status_code == 410


@pytest.mark.parametrize("ticket", ["x", "A" * 22, "../../etc/passwd", "%00", "💩", "a" * 400])
def test_an_unknown_ticket_ends_the_same_way(client: FlaskClient, ticket: str) -> None:
    assert client.get(f"/i/{ticket}").status_code in {404, 410}
    assert client.post(f"/i/{ticket}", data={"q_fft": "good"}).status_code in {404, 405, 410}


def test_an_unknown_service_and_an_unknown_page_are_not_found(client: FlaskClient) -> None:
    for path in ("/s/NOSUCH", "/", "/i/", "/admin"):
        reply = client.get(path)
        assert reply.status_code == 404
        assert "cannot find that page" in reply.text
        assert "heard" not in reply.text


@pytest.mark.parametrize(
    "code", ["%00", "PTS001%00", "PT", "P" * 13, "PTS-01", "%F0%9F%92%A9", "PTS001%0A", "%FF"]
)
def test_what_can_be_no_services_code_is_not_asked_for(client: FlaskClient, code: str) -> None:
    for reply in (client.get(f"/s/{code}"), client.post(f"/s/{code}", data={"q_fft": "good"})):
        assert reply.status_code == 404
        assert "cannot find that page" in reply.text


def test_a_forged_form_is_refused(town: Town, client: FlaskClient) -> None:
    for token in ("", "x", hidden(client.get(f"/s/{SERVICE}").text, "form")[:-2] + "xx"):
        data = {"form": token, "version": "patient-transport/v1", "q_fft": "good"}
        assert client.post(f"/s/{SERVICE}", data=data).status_code == 410
    assert received(town) == []


def test_nothing_answered_is_an_error_linked_to_the_first_question(town: Town, client: FlaskClient) -> None:
    reply = client.post(f"/i/{ticket_of(town)}", data={"q_comment": "  \r\n "})
    assert reply.status_code == 400
    assert "<title>Error: " in reply.text
    assert 'href="#q_fft"' in reply.text
    assert "Answer at least one question" in reply.text
    assert 'id="q_fft"' in reply.text
    assert received(town) == []


def test_wrong_answers_are_refused_and_the_others_kept(town: Town, client: FlaskClient) -> None:
    path = f"/i/{ticket_of(town)}"
    long = "é" * 1001
    sent = {"q_fft": "excellent", "q_kindness": "very_kind", "q_comment": long}
    reply = client.post(path, data=sent)
    assert reply.status_code == 400
    assert "Choose one of the answers on the list" in reply.text
    assert "1000 characters or fewer" in reply.text
    assert f">{long}</textarea>" in reply.text
    assert re.search(r'value="very_kind" checked', reply.text)
    assert received(town) == []
    assert client.post(path, data={**sent, "q_fft": "good", "q_comment": long[1:]}).status_code == 303
    assert received(town)[0].comments == {"comment": long[1:]}


def test_a_comment_far_too_long_is_kept_on_the_page_with_the_other_answers(
    town: Town, client: FlaskClient
) -> None:
    long = "e\u0301" * 9_000
    sent = {"q_fft": "good", "q_comment": long}
    reply = client.post(f"/i/{ticket_of(town)}", data=sent, content_type="multipart/form-data")
    assert reply.status_code == 400
    assert "1000 characters or fewer" in reply.text
    assert f">{long}</textarea>" in reply.text
    assert re.search(r'value="good" checked', reply.text)
    assert received(town) == []


def test_what_was_sent_is_read_once_a_request(
    town: Town, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    compose = unicodedata.normalize

    def counted(form: Literal["NFC"], text: str) -> str:
        read.append(text)
        return compose(form, text)

    monkeypatch.setattr(unicodedata, "normalize", counted)
    path, version = f"/i/{ticket_of(town)}", "patient-transport/v1"
    wrong = {"q_fft": "excellent", "q_comment": "Read me", "version": version}
    assert client.post(path, data=wrong).status_code == 400
    assert client.post(path, data=wrong | {"q_fft": "good"}).status_code == 303
    assert client.post(path, data=wrong | {"q_fft": "good"}).status_code == 303  # a replay
    assert read.count("Read me") == 3


def test_what_a_patient_wrote_is_never_markup(town: Town, client: FlaskClient) -> None:
    path = f"/i/{ticket_of(town)}"
    sent = {"q_comment": "</textarea><script>alert(1)</script>", "q_fft": '"><b>'}
    page = client.post(path, data=sent | {"form": '"><i>'}).text
    assert "<script>alert" not in page
    assert "<b>" not in page.split("</header>")[1]
    assert "<i>" not in page


def test_with_the_database_down_nobody_is_told_it_was_saved(
    town: Town, tmp_path: Path, catalogue: Catalogue
) -> None:
    away = engine("postgresql://nobody@127.0.0.1:9/nowhere")
    client = create_app(Desk(away, town.desk.keys, catalogue)).test_client()
    ticket = ticket_of(town)
    reply = client.post(
        f"/i/{ticket}",
        data={"q_fft": "good", "q_comment": "Do keep me", "version": "patient-transport/v1"},
    )
    assert reply.status_code == 503
    assert "Your answers were not saved" in reply.text
    assert ">Do keep me</textarea>" in reply.text
    assert re.search(r'value="good" checked', reply.text)
    assert "Thank you" not in reply.text
    assert client.get(f"/i/{ticket}").status_code == 503
    assert site_of(town).test_client().post(f"/i/{ticket}", data={"q_fft": "good"}).status_code == 303


def test_with_no_box_open_nobody_is_told_it_was_saved(town: Town, client: FlaskClient) -> None:
    ticket = ticket_of(town)
    town.do("UPDATE box SET state = 'closed'")
    reply = client.post(f"/i/{ticket}", data={"q_fft": "good", "version": "patient-transport/v1"})
    assert reply.status_code == 503
    assert "Your answers were not saved" in reply.text
    town.do("UPDATE box SET state = 'open'")
    assert client.post(f"/i/{ticket}", data={"q_fft": "good"}).status_code == 303


def test_a_closed_services_links_have_ended(town: Town, client: FlaskClient) -> None:
    ticket = ticket_of(town)
    page = client.get(f"/s/{SERVICE}").text
    town.do("UPDATE service SET closed = true")
    assert client.get(f"/s/{SERVICE}").status_code == 410
    assert client.get(f"/i/{ticket}").status_code == 410
    data = {"form": hidden(page, "form"), "version": hidden(page, "version"), "q_fft": "good"}
    assert client.post(f"/s/{SERVICE}", data=data).status_code == 410


def test_the_names_on_the_page_are_the_services_own(town: Town, client: FlaskClient) -> None:
    town.do("UPDATE service SET name = 'Cars & <Buses>'")
    page = client.get(f"/s/{SERVICE}").text
    assert "<b>Test Trust</b> <span>Cars &amp; &lt;Buses&gt;</span>" in page


def test_health_and_readiness(town: Town, client: FlaskClient) -> None:
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").text == "ready\n"
    town.do("UPDATE alembic_version SET version_num = 'old'")
    assert client.get("/readyz").status_code == 503


def test_a_brand_adds_its_own_name_and_style(town: Town) -> None:
    client = create_app(town.desk, brand=Brand("Testham Care", "header{background:#003087}")).test_client()
    page = client.get("/how").text
    assert "<b>Testham Care</b>" in page
    assert "header{background:#003087}</style>" in page


def test_a_preview_shows_that_it_is_not_live_and_stores_nothing(town: Town, catalogue: Catalogue) -> None:
    client = create_preview(catalogue.get("inpatient/v1")).test_client()
    assert "Not live." in client.get("/").text
    assert client.post("/", data={}).status_code == 400
    assert client.post("/", data={"q_fft": "good"}).headers["Location"] == "/thanks"
    assert "were not kept" in client.get("/thanks").text
    assert received(town) == []


def test_serving_says_what_is_missing_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, town: Town
) -> None:
    monkeypatch.setenv("HEARD_DATA_DIR", str(tmp_path / "new"))
    monkeypatch.setenv("HEARD_DATABASE_URL", f"sqlite:///{tmp_path / 'new' / 'x.sqlite3'}")
    monkeypatch.setenv("HEARD_KEYS_DIR", str(tmp_path / "nokeys"))
    runner = CliRunner()
    with pytest.raises(Misconfigured, match="heard db upgrade"):
        runner.invoke(patient, [], catch_exceptions=False)
    made = engine(f"sqlite:///{tmp_path / 'new' / 'x.sqlite3'}")
    upgrade(made)
    made.dispose()
    with pytest.raises(Misconfigured, match="nokeys"):
        runner.invoke(patient, [], catch_exceptions=False)
    monkeypatch.setenv("HEARD_KEYS_DIR", str(town.keys_dir))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(Misconfigured, match=f"{port} cannot be listened on"):
            runner.invoke(patient, ["--port", port], catch_exceptions=False)


@pytest.mark.parametrize(("given", "passed_on"), [([], False), (["--behind-proxy"], True)])
def test_heard_run_tells_the_site_of_a_proxy_in_front_and_only_where_there_is_one(
    sqlite: Engine, monkeypatch: pytest.MonkeyPatch, given: list[str], passed_on: bool
) -> None:
    started: dict[str, list[str]] = {}
    monkeypatch.setenv("HEARD_DATABASE_URL", str(sqlite.url))
    monkeypatch.setattr("survey.cli.run.side_by_side", lambda commands, _stop: started.update(commands))
    monkeypatch.setattr("survey.cli.run.told_to_stop", Event)
    CliRunner().invoke(run, given, catch_exceptions=False)
    assert ("--behind-proxy" in started["the patient's site"]) is passed_on
    assert "--behind-proxy" not in started["the clock"]
