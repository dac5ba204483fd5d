"""The link scanner: a mail filter that opens every link before the patient does, and sometimes its form too.

It holds the link. It asks with every method and header that such filters are known for, twice and from two
addresses as Outlook's Safe Links does, and sends the form back as it found it. No malice, and no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.domain.response import Response
from tests.town import Town
from tests.transport import SERVICE, received, site_of, ticket_of, transport_town

AGENTS = (
    {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) SafeLinks", "X-Forwarded-For": "40.94.36.1"},
    {"User-Agent": "BarracudaCentral", "Accept": "*/*"},
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Purpose": "prefetch", "X-Moz": "prefetch"},
    {"Range": "bytes=0-99"},
    {"If-Modified-Since": "Mon, 02 Nov 2026 09:00:00 GMT"},
)


@pytest.fixture
def town(database: Engine, keys_dir: Path, catalogue: Catalogue) -> Town:
    return transport_town(database, keys_dir, catalogue)


@pytest.fixture
def client(town: Town) -> FlaskClient:
    return site_of(town).test_client()


def scan(client: FlaskClient, path: str) -> None:
    """All that a filter does with a link, its form sent back untouched last."""
    page = ""
    for headers in AGENTS:
        for method in ("GET", "HEAD", "OPTIONS", "GET"):
            reply = client.open(path, method=method, headers=headers)
            page = reply.text if method == "GET" else page
    for method in ("PUT", "PATCH", "DELETE", "TRACE"):
        client.open(path, method=method)
    for data in sent_back(page):
        client.post(path, data=data)
        client.post(path, data=data, content_type="multipart/form-data")
    client.post(path, data=b"{}", content_type="application/json")
    client.post(f"{path}?q_fft=good")


def sent_back(page: str) -> Iterator[dict[str, str]]:
    """The form as it was found, as a browser would send it; its hidden fields alone; and nothing at all."""
    fields = [
        dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<(?:input|textarea)\b[^>]*>", page)
    ]
    hidden = {one["name"]: unescape(one["value"]) for one in fields if one.get("type") == "hidden"}
    typed = {one["name"]: "" for one in fields if one.get("type") not in {"hidden", "radio"}}
    nothing = {one["name"]: "" for one in fields if one.get("type") == "radio"}
    yield hidden | typed
    yield hidden | typed | nothing
    yield hidden
    yield dict.fromkeys(typed, "   ")
    yield {}


def test_a_scanned_link_still_takes_the_patient_s_answer(town: Town, client: FlaskClient) -> None:
    path = f"/i/{ticket_of(town)}"
    scan(client, path)
    assert (town.number("ticket"), town.number("sealed")) == (1, 0)
    assert client.get(path).status_code == 200
    assert client.post(path, data={"q_fft": "good"}).status_code == 303
    assert received(town) == [Response({"fft": "good"})]


def test_a_scanned_poster_s_link_stores_nothing(town: Town, client: FlaskClient) -> None:
    scan(client, f"/s/{SERVICE}")
    assert town.number("sealed") == 0


def test_the_form_that_is_sent_back_is_the_real_one(town: Town, client: FlaskClient) -> None:
    whole, *_ = sent_back(client.get(f"/s/{SERVICE}").text)
    assert {"form", "version", "q_comment"} <= set(whole)
    assert client.post(f"/s/{SERVICE}", data=whole | {"q_fft": "good"}).status_code == 303


def test_no_reply_to_a_scanner_sets_a_cookie_or_may_be_kept(town: Town, client: FlaskClient) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        reply = client.open(f"/i/{ticket_of(town)}", method=method)
        assert reply.status_code == 200
        assert "Set-Cookie" not in reply.headers
        assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("spends_on", ["GET", "HEAD", "POST"])
def test_the_same_scan_burns_the_link_of_a_naive_site(town: Town, spends_on: str) -> None:
    site = naive_site(spends_on)
    scan(site.test_client(), "/i/ticket")
    assert site.test_client().post("/i/ticket", data={"q_fft": "good"}).status_code == 410


def naive_site(spends_on: str) -> Flask:
    """A site whose ticket is spent by the first request of one kind, whatever it brings."""
    site, unspent = Flask("naive"), {"ticket"}
    page = '<form method="post"><input type="hidden" name="version" value="1"></form>'

    @site.route("/i/<ticket>", methods=["GET", "HEAD", "POST"])
    def answer(ticket: str) -> tuple[str, int]:
        known = ticket in unspent
        if request.method == spends_on:
            unspent.discard(ticket)
        return (page, 200) if known else ("used", 410)

    return site
