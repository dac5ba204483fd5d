"""The survey in the language that was chosen: the page, what is wrong, thanks, and what is kept of it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.domain.response import Response
from survey.services import subgroups
from survey.web.patient.app import create_app, create_preview
from tests.town import Town
from tests.translated import SHIPPED
from tests.transport import SERVICE, received, site_of, ticket_of, transport_town

PACKET = 14_600
URDU = "مجموعی طور پر"  # how the first question begins
UNREVIEWED = "Jak ogólnie"


@pytest.fixture
def town(sqlite: Engine, keys_dir: Path, reviewed: Catalogue) -> Town:
    return transport_town(sqlite, keys_dir, reviewed)


@pytest.fixture
def client(town: Town) -> FlaskClient:
    return site_of(town).test_client()


def links(page: str) -> list[str]:
    return re.findall(r'href="(\?[^"]*)"', page)


def test_the_first_screen_links_to_what_is_reviewed_and_to_nothing_else(
    town: Town, client: FlaskClient
) -> None:
    for path in (f"/i/{ticket_of(town)}", f"/s/{SERVICE}"):
        page = client.get(path).text
        assert links(page) == ["?lang=en-easy", "?lang=ur", "?lang=en&amp;print=large"]
        assert '<a href="?lang=ur" lang="ur" dir="rtl" hreflang="ur">اردو</a>' in page
        assert links(client.get(f"{path}?lang=ur&print=large").text) == [
            "?lang=en&amp;print=large",
            "?lang=en-easy&amp;print=large",
            "?lang=ur",
        ]


def test_a_chosen_language_is_the_same_survey_in_other_words(town: Town, client: FlaskClient) -> None:
    path = f"/i/{ticket_of(town)}"
    english, urdu = client.get(path).text, client.get(f"{path}?lang=ur").text
    assert '<html lang="ur" dir="rtl"' in urdu
    assert URDU in urdu
    assert "Overall, how was" not in urdu
    for pattern in (r'name="(q_\w+)"', r'value="(\w+)"', r'data-if="([^"]*)"'):
        assert re.findall(pattern, urdu[: urdu.index('name="version"')]) == re.findall(
            pattern, english[: english.index('name="version"')]
        )
    # What is left in English belongs to the service, or is an address.
    body = re.sub(r"<[^>]*>", " ", urdu[urdu.index("<main") :])
    assert set(re.findall(r"[A-Za-z]{3,}", body)) <= {"English", "Easy", "read", "Samaritans", "PALS"}


def test_a_draft_cannot_be_had_by_its_address(town: Town, client: FlaskClient) -> None:
    ticket = ticket_of(town)
    for tag in ("pl", "xx", "en-easy-easy", "../ur", "UR", "", "💩", "ur'--"):
        page = client.get(f"/i/{ticket}", query_string={"lang": tag}).text
        assert '<html lang="en" dir="ltr"' in page
        assert UNREVIEWED not in page
        assert UNREVIEWED not in client.post(f"/i/{ticket}", data={"lang": tag, "q_fft": "x"}).text
    client.post(f"/i/{ticket}", data={"lang": "pl", "q_fft": "good"})
    assert received(town) == [Response({"fft": "good"})]


def test_what_is_wrong_is_said_in_the_language_and_the_answers_are_kept(
    town: Town, client: FlaskClient
) -> None:
    path, data = f"/i/{ticket_of(town)}?lang=ur&print=large", {"lang": "ur", "print": "large"}
    reply = client.post(path, data={**data, "q_comment": "x" * 1001, "q_kindness": "kind"})
    assert reply.status_code == 400
    assert "آپ کا تبصرہ 1000 حروف یا کم کا ہونا چاہیے" in reply.text
    assert 'class="large"' in reply.text
    assert re.search(r'value="kind" checked', reply.text)
    assert 'name="lang" value="ur"' in reply.text
    assert 'name="print" value="large"' in reply.text
    assert links(reply.text) == []  # to follow one would lose the answers
    assert received(town) == []


def test_thanks_are_in_the_language_and_what_was_read_is_kept_apart(town: Town, client: FlaskClient) -> None:
    path = f"/i/{ticket_of(town)}?lang=ur"
    sent = {"lang": "ur", "q_fft": "poor", "q_age_band": "age_25_44", "version": "patient-transport/v1"}
    replies = [client.post(path, data=sent) for _ in range(2)]
    assert [one.headers["Location"] for one in replies] == ["/thanks?lang=ur"] * 2
    thanks = client.get("/thanks?lang=ur").text
    assert '<html lang="ur" dir="rtl"' in thanks
    assert "شکریہ" in thanks
    assert received(town) == [Response({"fft": "poor"}, {}, {"age_band": "age_25_44"}, {"language": "ur"})]
    cells = subgroups._counted(received(town), town.catalogue.get("patient-transport/v1"))
    assert cells == {
        ("age_band", "age_25_44", "fft", "unfavourable"): 1,
        ("language", "ur", "fft", "unfavourable"): 1,
        ("channel", "online", "fft", "unfavourable"): 1,
    }


def test_english_is_kept_as_nothing_at_all(town: Town, client: FlaskClient) -> None:
    reply = client.post(f"/i/{ticket_of(town)}?lang=en", data={"lang": "en", "q_fft": "good"})
    assert reply.headers["Location"] == "/thanks"
    assert received(town) == [Response({"fft": "good"})]


def test_easy_read_is_told_from_english(town: Town, client: FlaskClient) -> None:
    page = client.get(f"/s/{SERVICE}?lang=en-easy").text
    assert '<html lang="en" dir="ltr" class="easy"' in page
    form = re.search(r'name="form" value="([^"]*)"', page)
    assert form is not None
    client.post(f"/s/{SERVICE}", data={"form": form[1], "lang": "en-easy", "q_fft": "good"})
    assert received(town) == [Response({"fft": "good"}, way={"language": "en-easy"})]


def test_a_language_alone_is_no_answer(town: Town, client: FlaskClient) -> None:
    assert client.post(f"/i/{ticket_of(town)}", data={"lang": "ur"}).status_code == 400
    assert received(town) == []


def test_choosing_a_language_spends_nothing_sets_no_cookie_and_changes_no_policy(
    town: Town, client: FlaskClient
) -> None:
    path = f"/i/{ticket_of(town)}"
    replies = [
        client.get(f"{path}?lang={tag}&print={size}")
        for tag in ("en", "ur", "en-easy")
        for size in ("", "large")
    ]
    assert {one.status_code for one in replies} == {200}
    assert not any("Set-Cookie" in one.headers for one in replies)
    assert len({one.headers["Content-Security-Policy"] for one in replies}) == 1
    assert len({re.search(r"<script>(.*?)</script>", one.text, re.DOTALL)[1] for one in replies}) == 1  # type: ignore[index]
    assert client.post(path, data={"q_fft": "good"}).status_code == 303


def test_every_page_that_says_what_is_in_the_way_says_it_in_the_language(
    town: Town, client: FlaskClient
) -> None:
    path = f"/i/{ticket_of(town)}"
    client.post(path, data={"q_fft": "good"})
    ended = client.get(f"{path}?lang=ur")
    assert ended.status_code == 410
    assert "یہ لنک استعمال ہو چکا ہے" in ended.text
    assert '<html lang="ur" dir="rtl"' in client.get("/nothing?lang=ur").text
    easy = client.get("/nothing?lang=en-easy&print=large").text
    assert 'class="easy large"' in easy
    assert "Did you type the link?" in easy
    assert '<html lang="en" dir="ltr" class=""' in client.get("/nothing?lang=pl").text


def test_not_saved_is_said_in_the_language(town: Town, client: FlaskClient) -> None:
    ticket = ticket_of(town)
    town.do("UPDATE box SET state = 'closed'")
    data = {"q_fft": "good", "q_comment": "رکھیں", "version": "patient-transport/v1", "lang": "ur"}
    reply = client.post(f"/i/{ticket}?lang=ur", data=data)
    assert reply.status_code == 503
    assert "آپ کے جوابات محفوظ نہیں ہوئے" in reply.text
    assert ">رکھیں</textarea>" in reply.text


def test_what_came_as_a_language_is_never_markup(town: Town, client: FlaskClient) -> None:
    evil = '"><script>alert(1)</script>'
    for reply in (
        client.get(f"/s/{SERVICE}", query_string={"lang": evil, "print": evil}),
        client.post(f"/i/{ticket_of(town)}", data={"lang": evil, "print": evil}),
        client.get("/thanks", query_string={"lang": evil}),
    ):
        assert "alert(1)" not in reply.text


def test_a_translation_that_cannot_be_read_keeps_no_site_from_starting(
    town: Town, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = tmp_path / "own"
    (own / "patient-transport").mkdir(parents=True)
    (own / "patient-transport" / "v1.en-easy.yaml").write_text("titel: x\nreviewed: {by: x}\n", "utf-8")
    spoiled = Catalogue.load([SHIPPED, own])
    desk = type(town.desk)(town.desk.engine, town.desk.keys, spoiled)
    client = create_app(desk).test_client()
    assert client.get(f"/s/{SERVICE}").status_code == 200
    assert "1 translations cannot be read" in caplog.text


def test_every_shipped_survey_is_one_small_response_in_easy_read_and_in_urdu(reviewed: Catalogue) -> None:
    from survey.catalogue.editions import Editions
    from survey.catalogue.pieces import Translations

    editions = Editions(Translations.load(reviewed, drafts=False))
    for version in reviewed.all():
        client = create_preview(version, editions=editions).test_client()
        for tag in editions.tags(version):
            reply = client.get(f"/?lang={tag}", headers={"Accept-Encoding": "gzip"})
            assert len(reply.data) <= PACKET, (version.key, tag)
            page = gzip.decompress(reply.data).decode()
            assert not re.search(r'<(img|link)\b|\bsrc=|url\(|style="', page)
            assert "\x00" not in page
