"""What the figures leave out is in every report: the e-mail, the pack and the command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from pptx import Presentation
from sqlalchemy import Engine

from survey.cli.uncounted import withheld as command
from survey.domain.calendar import Week
from survey.domain.uncounted import Rounded, Uncounted
from survey.presenters.uncounted_words import lines, paragraphs
from survey.presenters.weekly import email
from survey.services import board, report
from survey.services.release import released
from survey.services.uncounted import of_node
from survey.services.withhold import withhold
from survey.storage.database import transaction
from tests.integration.test_weekly import answers
from tests.town import WEEK, Town, a_response

ANY = "fewer than ten in a box"
WAIT = f"Some responses, {ANY}, wait sealed until there are ten."
MERGED = "Small services of Test Trust together"


@pytest.fixture
def place(one_database: Engine, keys_dir: Path) -> Town:
    return made(one_database, keys_dir)


def made(engine: Engine, keys_dir: Path, *, tiny: int = 7) -> Town:
    """A service that is counted every week, two whose boxes hold four and `tiny`."""
    town = Town(engine, keys_dir).build("FULL", "FEW", "TINY")
    answers(town, "FULL", before=85, since=85)  # so that there is something to report
    town.fill("FULL", 12)
    town.fill("FEW", 4)
    town.fill("TINY", tiny)
    return town


def mail(town: Town, node: str = "QTT", week: Week = WEEK) -> str:
    released(town.clock, town.catalogue, week)
    with transaction(town.clock, reading=True) as session:
        letter = email(report.edition(session, town.catalogue, node, week))
    for line in letter.text.split("What was withheld")[1].splitlines():
        assert line.removeprefix("- ") in letter.html.replace("&nbsp;", "\u00a0")
    return letter.text


def slides(town: Town, out: Path, week: Week = WEEK) -> str:
    written, _ = board.write_pack(town.clock, town.catalogue, out=out, week=week)
    shapes = (shape for slide in Presentation(str(written)).slides for shape in slide.shapes)
    return "\n".join(shape.text_frame.text for shape in shapes if shape.has_text_frame)


def test_what_waits_sealed_is_in_the_mail_and_the_pack_by_service(place: Town, tmp_path: Path):
    place.tally()
    said, shown = mail(place), slides(place, tmp_path)
    assert f"Bus FEW: {WAIT}" in said
    assert f"Bus TINY: {WAIT}" in said
    assert f"Some responses, {ANY} at 2\u00a0services, wait sealed until there are ten." in shown
    assert f"Bus FEW: sealed ({ANY})." in shown
    assert f"Bus TINY: sealed ({ANY})." in shown
    assert all("Bus FULL: " not in one.split("withheld")[1] for one in (said, shown))


def test_no_report_tells_how_many(place: Town, tmp_path: Path):
    """Four and seven wait; of a box of fourteen that is set aside the nearest five is told."""
    place.tally()
    place.fill("FULL", 14, WEEK + 1)
    place.do("UPDATE box SET state = 'quarantined' WHERE id = :box", box=place.box("FULL", WEEK + 1))
    found = of_node(place.clock, None, WEEK + 1)
    assert [one.aside for one in found] == [Rounded(), Rounded(about=15), Rounded()]
    assert set(re.findall(r"\d+", " ".join(lines(found)))) == {"15"}
    assert set(re.findall(r"\d+", " ".join(paragraphs(found, most=9)))) == {"15", "2"}  # services
    told = mail(place, week=WEEK + 1), slides(place, tmp_path, WEEK + 1)
    assert all(line in told[0] for line in lines(found))
    assert all(line in told[1] for line in paragraphs(found, most=9))


def test_the_mail_of_one_service_tells_of_that_one(place: Town):
    place.tally()
    assert f"Bus FEW: {WAIT}" in mail(place, "FEW")
    assert "TINY" not in mail(place, "FEW")
    assert "sealed" not in mail(place, "FULL")


def test_every_service_with_sealed_responses_of_past_weeks_is_told_and_none_of_the_week_that_is_open(
    place: Town,
):
    place.tally()
    place.fill("FULL", 3, WEEK + 1)
    place.fill("FEW", 2, WEEK + 1)
    assert [one.service for one in of_node(place.clock, None, WEEK)] == ["Bus FEW", "Bus TINY"]
    place.tally(WEEK + 1)
    found = of_node(place.clock, None, WEEK + 1)
    assert [one.service for one in found] == ["Bus FEW", "Bus FULL", "Bus TINY"]
    assert {one.waiting for one in found} == {Rounded(few=1)}


def test_responses_of_posters_that_were_counted_are_not_said_to_wait(place: Town):
    for n in range(10):
        place.visit("FULL", a_response(n))
    place.tally()
    assert place.number("sealed") > place.sealed  # ids without a body, against replays
    assert [one.service for one in of_node(place.clock, None, WEEK)] == ["Bus FEW", "Bus TINY"]


def test_what_is_merged_upward_has_a_name_of_its_own_and_is_told(place: Town, tmp_path: Path):
    place.tally()
    place.fill("FULL", 12, WEEK + 13)
    place.tally(WEEK + 13)
    said = mail(place, week=WEEK + 14)  # its first step has ended
    assert f"- {MERGED}: " in said.split("All services")[1].split("What was withheld")[0]
    assert f"{MERGED}: Responses of services with too few of their own are counted together" in said
    assert "Bus FEW: Some" not in said
    assert f"{MERGED}: counted together." in slides(place, tmp_path, WEEK + 14)


def test_what_was_destroyed_unread_is_told(one_database: Engine, keys_dir: Path, tmp_path: Path):
    place = made(one_database, keys_dir, tiny=5)  # nine even together
    place.tally()
    assert withhold(place.clock, keys_dir=keys_dir, before=WEEK + 1, who="clock").responses == 9
    unread = (
        " were too few to be counted without showing who said what, or could not be opened. They were "
        "destroyed unread."
    )
    said, shown = mail(place), slides(place, tmp_path)
    assert f"Bus TINY: Some responses, {ANY},{unread}" in said
    assert f"Some responses, {ANY} at 2\u00a0services,{unread}" in shown
    assert f"Bus TINY: destroyed unread ({ANY})." in shown
    assert "wait sealed" not in said + shown


def test_boxes_that_were_destroyed_are_rounded_each_by_itself(place: Town):
    for week, n in (("2026-W01", 7), ("2026-W02", 8), ("2026-W20", 12), ("2026-W21", 57)):
        place.do("INSERT INTO withheld (service, span, n) VALUES ('FULL', :span, :n)", span=week, n=n)
    found = of_node(place.clock, "FULL", WEEK)
    assert found == [Uncounted("Bus FULL", destroyed=Rounded(about=10 + 55, few=1))]


def test_what_is_set_aside_is_told_and_is_no_longer_said_to_wait(place: Town):
    place.tally()
    place.do("UPDATE box SET state = 'quarantined' WHERE service = 'FEW' AND state = 'closed'")
    said = mail(place)
    assert f"Bus FEW: Some responses, {ANY}, are set aside, sealed, until two people have looked" in said
    assert f"Bus FEW: {WAIT}" not in said


def test_a_service_that_closed_is_told_of_as_long_as_its_responses_wait(place: Town):
    place.tally()
    place.do("UPDATE service SET closed = true WHERE code <> 'FULL'")
    assert f"Bus FEW: {WAIT}" in mail(place)
    assert mail(place, "FEW").count("Bus FEW") >= 1


def test_the_command_says_each_service_or_that_nothing_waits(
    sqlite: Engine, keys_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    place = made(sqlite, keys_dir)
    monkeypatch.setenv("HEARD_DATABASE_URL", str(sqlite.url))
    nothing = CliRunner().invoke(command, ["--week", str(WEEK)], catch_exceptions=False)
    assert nothing.output == "no response waits, and none was withheld\n"
    place.tally()
    said = CliRunner().invoke(command, ["--week", str(WEEK)], catch_exceptions=False).output
    assert said.splitlines() == [f"Bus FEW: {WAIT}", f"Bus TINY: {WAIT}"]
    one = CliRunner().invoke(command, ["--node", "TINY", "--week", str(WEEK)], catch_exceptions=False)
    assert one.output == f"Bus TINY: {WAIT}\n"
