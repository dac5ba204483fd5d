"""What a stranger, a scanner or a script in the page can make the patient's site do: nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.web.patient.app import LARGEST_POST, create_app
from survey.web.patient.limits import MOST, WINDOW, Limiter
from tests.town import Town
from tests.transport import SERVICE, received, site_of, ticket_of, transport_town


@pytest.fixture
def town(sqlite: Engine, keys_dir: Path, catalogue: Catalogue) -> Town:
    return transport_town(sqlite, keys_dir, catalogue)


@pytest.fixture
def client(town: Town) -> FlaskClient:
    return site_of(town).test_client()


def sha256(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def test_every_answer_bears_the_walls(town: Town, client: FlaskClient) -> None:
    ticket = ticket_of(town)
    paths = (
        f"/i/{ticket}",
        f"/s/{SERVICE}",
        f"/k/{SERVICE}",
        f"/k/{SERVICE}/thanks",
        "/thanks",
        "/how",
        "/promise",
        "/healthz",
        "/readyz",
        "/nothing",
        "/i/x",
    )
    replies = [client.get(path) for path in paths]
    replies += [client.post(f"/i/{ticket}", data=data) for data in ({}, {"q_fft": "good"})]
    replies.append(client.delete(f"/i/{ticket}"))
    for reply in replies:
        policy = reply.headers["Content-Security-Policy"].split("; ")
        assert "default-src 'none'" in policy
        assert {"form-action 'self'", "connect-src 'self'"} <= set(policy)
        assert {"frame-ancestors 'none'", "base-uri 'none'"} <= set(policy)
        assert "unsafe" not in reply.headers["Content-Security-Policy"]
        assert reply.headers["Referrer-Policy"] == "no-referrer"
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert "max-age=" in reply.headers["Strict-Transport-Security"]
        assert "noindex" in reply.headers["X-Robots-Tag"]
        assert "Set-Cookie" not in reply.headers


@pytest.mark.parametrize(("path", "many"), [(f"/s/{SERVICE}", 1), (f"/k/{SERVICE}", 2)])
def test_the_policy_names_exactly_the_pages_own_style_and_scripts(
    client: FlaskClient, path: str, many: int
) -> None:
    reply = client.get(path)
    styles = re.findall(r"<style>(.*?)</style>", reply.text, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", reply.text, re.DOTALL)
    assert (len(styles), len(scripts)) == (1, many)
    policy = reply.headers["Content-Security-Policy"]
    assert f"style-src {sha256(styles[0])};" in policy
    assert f"script-src {' '.join(map(sha256, reversed(scripts)))};" in policy


def test_link_scanners_spend_nothing(town: Town, client: FlaskClient) -> None:
    path = f"/i/{ticket_of(town)}"
    for _ in range(3):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
        assert client.options(path).status_code == 200
        assert client.post(path).status_code == 400
        assert client.post(path, data={"version": "patient-transport/v1", "form": ""}).status_code == 400
        assert client.post(path, json={"q_fft": "good"}).status_code == 400
    assert received(town) == []
    assert client.post(path, data={"q_fft": "good"}).status_code == 303


def test_a_ticket_takes_the_answers_of_its_own_version_only(town: Town, client: FlaskClient) -> None:
    path = f"/i/{ticket_of(town)}"
    other = {"version": "inpatient/v1", "q_nursing": "x", "q_fft": "good", "q___class__": "x"}
    assert client.post(path, data=other).status_code == 303
    assert received(town)[0].answers == {"fft": "good"}


def test_an_oversized_post_is_told_so(town: Town, client: FlaskClient) -> None:
    path = f"/i/{ticket_of(town)}"
    reply = client.post(path, data={"q_comment": "x" * LARGEST_POST})
    assert reply.status_code == 413
    assert "too long to send" in reply.text
    assert client.get(path).status_code == 200


def test_the_longest_survey_that_is_allowed_fits(town: Town, client: FlaskClient) -> None:
    assert client.post(f"/i/{ticket_of(town)}", data={"q_comment": "\U0001f691" * 1000}).status_code == 303
    assert len(received(town)[0].comments["comment"]) == 1000


def test_a_flood_from_one_address_is_slowed_and_others_are_not(town: Town) -> None:
    client = create_app(town.desk, limiter=Limiter(most=3)).test_client()
    flood = {"REMOTE_ADDR": "81.2.69.142"}
    codes = [client.get("/how", environ_overrides=flood).status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    reply = client.get("/how", environ_overrides=flood)
    assert reply.headers["Retry-After"] == "600"
    assert client.get("/how", environ_overrides={"REMOTE_ADDR": "81.2.69.143"}).status_code == 200


def test_a_header_cannot_change_the_address_unless_a_proxy_is_declared(town: Town) -> None:
    for behind, expected in ((False, 429), (True, 200)):
        client = create_app(town.desk, limiter=Limiter(most=2), behind_proxy=behind).test_client()
        codes = [
            client.get(
                "/how",
                environ_overrides={"REMOTE_ADDR": "81.2.69.142"},
                headers={"X-Forwarded-For": f"1.1.1.1, 90.0.0.{n}"},
            ).status_code
            for n in range(4)
        ]
        assert codes[-1] == expected


def test_the_limit_forgets_after_ten_minutes_and_keeps_no_address() -> None:
    now = [0.0]
    limiter = Limiter(most=1, clock=lambda: now[0])
    assert [limiter.allows("81.2.69.142"), limiter.allows("81.2.69.142")] == [True, False]
    assert "81.2.69.142" not in repr(vars(limiter))
    now[0] = WINDOW + 1
    assert limiter.allows("81.2.69.142")


def test_one_subscribers_ipv6_addresses_count_as_one_and_proxies_do_not_count() -> None:
    limiter = Limiter(most=1)
    assert [limiter.allows(f"2a00:23c7::{n}") for n in (1, 2)] == [True, False]
    for address in ("127.0.0.1", "10.0.0.8", "", None, "unix:"):
        assert all(limiter.allows(address) for _ in range(3))


def test_an_ipv4_address_written_as_ipv6_is_counted_as_itself() -> None:
    limiter = Limiter(most=1)
    assert limiter.allows("::ffff:81.2.69.142")
    assert limiter.allows("::ffff:90.0.0.1")
    assert not limiter.allows("81.2.69.142")
    assert all(limiter.allows("::ffff:10.0.0.8") for _ in range(3))


def test_a_port_behind_an_address_opens_no_second_account() -> None:
    limiter = Limiter(most=1)
    assert [limiter.allows(f"8.8.8.8:{port}") for port in (5001, 5002)] == [True, False]
    assert not limiter.allows("8.8.8.8")
    assert [limiter.allows(f"[2a00:23c7::1]:{port}") for port in (443, 444)] == [True, False]
    assert not limiter.allows("[2a00:23c7::2]")


def test_a_flood_of_addresses_neither_fills_memory_nor_locks_anyone_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("survey.web.patient.limits.ADDRESSES", 10)
    limiter = Limiter(most=MOST)
    assert all(limiter.allows(f"81.2.{n // 256}.{n % 256}") for n in range(1000))
    assert len(limiter._counts) == 10
