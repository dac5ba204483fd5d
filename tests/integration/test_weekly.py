"""The weekly e-mail from counts in a database to a mail that a reader opens."""

from __future__ import annotations

import re
from datetime import date
from email.message import EmailMessage
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import Engine

from survey.domain.calendar import Week
from survey.domain.findings import Assessment, Finding
from survey.presenters.letter import CLIPPED
from survey.presenters.words import NO_LEAGUE_TABLE, UNTOLD
from survey.services import report
from survey.services.reading import reading
from survey.services.subscribe import subscribe
from survey.storage import counts, findings
from survey.storage.database import transaction
from tests.integration.mail_server import MailServer, running
from tests.town import Town, catalogue_of

FIRST, WEEK = Week.parse("2026-W01"), Week.parse("2026-W40")
SENDER = "Heard <heard@icb.nhs.uk>"


@pytest.fixture
def place(one_database: Engine, keys_dir: Path) -> Town:
    """Three services: one whose last eight weeks are worse, one steady, one unheard."""
    known = catalogue_of(v1=date(2020, 12, 28))
    made = Town(one_database, keys_dir, known).build("WORSE", "STEADY", "UNHEARD")
    answers(made, "WORSE", before=85, since=60)
    answers(made, "STEADY", before=85, since=85)
    return made


def answers(place: Town, service: str, *, before: int, since: int, weeks: int = 8) -> None:
    """Forty weeks of a hundred answers: so many of them good, and so many in the last `weeks`."""
    rows = []
    for ago in range(40):
        good = (since if ago < weeks else before) + (ago * 7) % 5 - 2
        cells = (("good", good), ("poor", 100 - good))
        where = {"service": service, "questionnaire": "bus/v1", "span": str(WEEK + -ago), "question": "fft"}
        rows += [{**where, "option": option, "n": n} for option, n in cells]
    with transaction(place.engine) as session:
        counts.add_counts(session, rows)


def weekly(place: Town, week: Week = WEEK, **more: object) -> report.Written:
    return report.weekly(place.engine, place.catalogue, week, sender=SENDER, **more)  # type: ignore[arg-type]


def delivered(place: Town) -> list[EmailMessage]:
    """What a mail server receives."""
    with running(MailServer()) as server:
        report.send(place.engine, smtp_url=server.url)
    return server.received


class Page(HTMLParser):
    """Pictures and headings of an e-mail's HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pictures: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.pictures.append(dict(attrs))


def html_of(message: EmailMessage) -> str:
    page = message.get_body(("html",))
    assert page is not None
    return str(page.get_content())


def text_of(message: EmailMessage) -> str:
    plain = message.get_body(("plain",))
    assert plain is not None
    return str(plain.get_content()).replace("\u00a0", " ")


@pytest.fixture
def message(place: Town) -> EmailMessage:
    subscribe(place.engine, "anna@trust.nhs.uk", "QTT")
    weekly(place)
    (found,) = delivered(place)
    return found


def test_the_subject_is_the_finding(message: EmailMessage):
    assert message["Subject"] == (
        "Bus WORSE: fewer people said ‘positive’ since 10 August 2026: 85 % before, 60 % since"
    )


def test_where_the_answers_went_is_said_answer_by_answer(message: EmailMessage):
    said = text_of(message)
    assert (
        "Answer by answer, 17 weeks before, then 8 weeks since: Very good 0 %, then 0 %;"
        " Good 85 %, then 60 %; Neither good nor poor 0 %, then 0 %; Poor 15 %, then 40 %;" in said
    )


def test_in_public_answers_are_told_in_groups_alone(place: Town):
    weekly(place)
    with transaction(place.engine, reading=True) as session:
        in_public, for_staff = (
            reading(session, place.catalogue, WEEK, node="QTT", form=form).what
            for form in ("public", "staff")
        )
    assert in_public.findings
    assert (dict(in_public.shifts), len(for_staff.shifts)) == ({}, 1)


def test_a_mail_has_text_html_and_its_pictures(message: EmailMessage):
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert kinds[:2] == ["text/plain", "text/html"]
    assert set(kinds[2:]) == {"image/png"}
    assert message["From"] == SENDER
    assert message["To"] == "anna@trust.nhs.uk"
    assert message["Auto-Submitted"] == "auto-generated"


def test_every_picture_of_the_page_is_in_the_mail_and_says_what_it_shows(message: EmailMessage):
    carried = {str(part["Content-ID"]).strip("<>") for part in message.walk() if part["Content-ID"]}
    pictures = Page(html_of(message)).pictures
    assert {str(one["src"]).removeprefix("cid:") for one in pictures} == carried
    assert all(one["alt"] for one in pictures)
    chart = next(one for one in pictures if "chart" in str(one["src"]))
    assert str(chart["alt"]).startswith("Chart. Bus WORSE: fewer people said ‘positive’ since")


def test_both_bodies_say_the_same(message: EmailMessage):
    page = " ".join(unescape(re.sub(r"<[^>]+>", " ", html_of(message).split("</head>")[1])).split())
    for says in (
        "One of 3 services changed: one concern.",
        "85 % before, 60 % since (25 points lower; likely between",
        "had nothing changed, evidence as strong as this would come up less than once in a hundred years.",
        "agree one thing to try, with a name and a date",
        f"Nothing is told yet of: Bus UNHEARD ({UNTOLD}).",
        NO_LEAGUE_TABLE,
    ):
        assert says in page
        assert says in text_of(message)


def test_services_are_listed_by_need_of_attention(message: EmailMessage):
    said = text_of(message)
    assert said.index("- Bus WORSE: ") < said.index("- Bus STEADY: ")
    assert "100 answers. Concern." in said
    assert "100 answers. No change of level." in said


def test_nobodys_address_can_be_read_from_a_message_id(message: EmailMessage):
    key, _, domain = str(message["Message-ID"]).strip("<>").partition("@")
    assert re.fullmatch(r"[0-9a-f]{32}", key)
    assert domain == "icb.nhs.uk"


def test_a_mail_fits_dark_screens_and_old_programs(message: EmailMessage):
    html = html_of(message)
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "prefers-color-scheme: dark" in html
    assert 'style="' in html
    assert "<script" not in html
    assert not re.findall(r'(?:src|href)="https?:', html)


def test_a_week_is_written_once_for_each_reader(place: Town):
    for address in ("anna@trust.nhs.uk", "ben@trust.nhs.uk"):
        subscribe(place.engine, address, "QTT")
    subscribe(place.engine, "anna@trust.nhs.uk", "STEADY")
    assert weekly(place).new == 3
    again = weekly(place)
    assert (again.new, again.already) == (0, 3)
    received = delivered(place)
    assert len({str(one["Message-ID"]) for one in received}) == len(received) == 3
    assert delivered(place) == []
    assert weekly(place, WEEK + 1).new == 3


def test_a_quiet_week_is_one_sentence_and_the_table(place: Town):
    subscribe(place.engine, "anna@trust.nhs.uk", "STEADY")
    weekly(place)
    (found,) = delivered(place)
    assert "Nothing changed in this service." in text_of(found)
    assert "What you could do" not in text_of(found)
    assert "- Positive: " in text_of(found)
    assert not any("chart" in str(one["src"]) for one in Page(html_of(found)).pictures)


def test_nothing_changed_is_not_said_of_a_week_nobody_has_looked_at(place: Town):
    subscribe(place.engine, "anna@trust.nhs.uk", "WORSE")
    weekly(place)  # without `heard assess` before it
    assert "One concern in this service." in text_of(delivered(place)[0])


def test_what_was_said_last_week_is_not_called_new(place: Town):
    subscribe(place.engine, "anna@trust.nhs.uk", "QTT")
    weekly(place)
    assert "new this week" not in text_of(delivered(place)[0])


def test_a_change_of_this_week_is_called_new(place: Town):
    answers(place, "UNHEARD", before=85, since=60, weeks=1)
    subscribe(place.engine, "anna@trust.nhs.uk", "QTT")
    weekly(place)
    said = text_of(delivered(place)[0])
    assert "CONCERN (new this week): Bus UNHEARD" in said
    assert "CONCERN (first told in the week of 10 August 2026): Bus WORSE" in said
    assert said.index("Bus UNHEARD") < said.index("Bus WORSE")


def test_a_finding_whose_answers_were_taken_back_is_left_out(place: Town):
    gone = Finding(
        week=WEEK,
        node="UNHEARD",
        icb="QTT",
        pathway="bus",
        indicator="fft-positive",
        direction="concern",
        since=WEEK + -4,
        told=WEEK,
        before=0.8,
        after=0.7,
        low=-0.2,
        high=-0.1,
        answers=90,
        evidence=6.0,
        now=6.0,
        step_weeks=1,
    )
    with transaction(place.engine) as session:
        findings.keep(session, Assessment(WEEK, watched=2, findings=(gone,)))
    subscribe(place.engine, "anna@trust.nhs.uk", "QTT")
    weekly(place)
    assert "Nothing changed" in text_of(delivered(place)[0])


def test_a_team_of_one_service_sees_its_chart_in_a_quiet_week_too(place: Town):
    subscribe(place.engine, "anna@trust.nhs.uk", "STEADY")
    weekly(place)
    mail = delivered(place)[0]
    assert "Nothing changed in this service" in text_of(mail)
    assert any((part.get("Content-ID") or "").startswith("<course") for part in mail.walk())


def test_files_stand_alone_and_name_no_reader(place: Town, tmp_path: Path):
    subscribe(place.engine, "anna@trust.nhs.uk", "QTT")
    done = weekly(place, nodes=("WORSE",), out=tmp_path / "new" / "folder")
    assert {file.name for file in done.files if file.suffix == ".svg"} >= {
        "STEADY-fft-positive.svg",
        "WORSE-fft-positive.svg",
    }
    assert [file.name for file in done.files if file.suffix != ".svg"] == [
        "weekly-QTT-2026-W40.eml",
        "weekly-QTT-2026-W40.html",
        "weekly-WORSE-2026-W40.eml",
        "weekly-WORSE-2026-W40.html",
    ]
    page = done.files[1].read_text(encoding="utf-8")
    assert "cid:" not in page
    assert "data:image/png;base64," in page
    assert all(b"anna" not in file.read_bytes() for file in done.files)


def test_no_mail_is_written_about_no_service(place: Town):
    subscribe(place.engine, "anna@trust.nhs.uk", "QTT")
    place.do("UPDATE service SET closed = true")
    assert weekly(place).empty == ("QTT",)
    assert delivered(place) == []


@pytest.mark.proof
def test_a_board_of_two_hundred_services_is_not_clipped(sqlite: Engine, keys_dir: Path):
    codes = [f"S{n:03}" for n in range(200)]
    large = Town(sqlite, keys_dir, catalogue_of(v1=date(2020, 12, 28))).build(*codes)
    for n, code in enumerate(codes):
        answers(large, code, before=80, since=60 if n < 70 else 80)
    subscribe(sqlite, "anna@trust.nhs.uk", "QTT")
    weekly(large)
    (found,) = delivered(large)
    assert len(html_of(found).encode()) < 0.93 * CLIPPED  # names of services are longer than these
    assert "70 of 200 services changed" in text_of(found)
    assert "140 more need less attention" in text_of(found)


def test_without_a_server_mails_wait(place: Town):
    subscribe(place.engine, "anna@trust.nhs.uk", "QTT")
    weekly(place)
    assert report.send(place.engine, smtp_url=None).waiting == 1
    assert len(delivered(place)) == 1
