"""What is too little for thirteen weeks is counted with other services', under a name of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey.domain.calendar import Week
from survey.domain.errors import HeardError, Refused
from survey.privacy.keys import box_key_file, kept_box_keys
from survey.services.organise import load_organisations
from survey.services.pools import CARRIED
from survey.services.respond import visiting
from survey.storage import directory
from survey.storage.database import transaction
from tests.region import SERVICES, Visit, kept, region, send
from tests.town import WEEK, Town, a_response

DUE = WEEK + CARRIED


@pytest.fixture
def wide(town: Town) -> Town:
    return region(town)


def remainders(town: Town) -> list[tuple[str, str, str]]:
    found = town.rows("SELECT name, organisation, place FROM service WHERE remainder ORDER BY name")
    return [(str(name), str(organisation), str(place)) for name, organisation, place in found]


def test_small_boxes_of_one_provider_are_counted_together_after_thirteen_weeks(wide: Town) -> None:
    sent = send(wide, Visit("BUS1", WEEK, 4), first=0) + send(wide, Visit("BUS2", WEEK + 1, 7), first=4)
    early = wide.tally(DUE + -1)
    assert (early.responses, early.waiting, wide.number("response")) == (0, 11, 0)
    assert wide.tally(DUE).waiting == 11  # those of BUS2 came a week later
    done = wide.tally(DUE + 1)
    assert (done.responses, done.merged, done.waiting, done.set_aside) == (11, 11, 0, [])
    assert kept(wide) == sent
    assert remainders(wide) == [("Small services of Test Trust together", "RTT", "QTT")]
    assert {row[0] for row in wide.rows("SELECT span FROM response")} == {f"{WEEK}/{WEEK + 1}"}
    assert wide.tally(DUE + 2).set_aside == []  # the balance of each service holds


def test_places_and_at_last_the_icb_take_what_no_provider_can(wide: Town) -> None:
    sent = send(wide, Visit("BUS1", WEEK, 4), first=0) + send(wide, Visit("BUS3", WEEK, 6), first=4)
    assert wide.tally(DUE).merged == 10
    assert remainders(wide) == [("Small services of Testham together", "PL1", "PL1")]
    again = DUE + 1
    sent += send(wide, Visit("BUS2", again, 5), first=20) + send(wide, Visit("BUS3", again, 5), first=30)
    assert wide.tally(again + CARRIED).merged == 10
    assert remainders(wide)[0] == ("Small services of Test ICB together", "QTT", "QTT")
    assert kept(wide) == sent


def test_another_icb_s_boxes_and_posters_are_left_out(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 9), first=0)
    send(wide, Visit("BUS2", WEEK, 9, ticketed=False), first=10)
    send(wide, Visit("BUS4", WEEK, 9), first=20)
    done = wide.tally(DUE)
    assert (done.responses, done.waiting, remainders(wide)) == (0, 27, [])


def test_nothing_that_is_written_names_a_service_whose_people_were_merged(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 4), first=0, comment="slow")
    send(wide, Visit("BUS2", WEEK, 7), first=4, comment="slow")
    wide.tally(DUE)
    assert wide.number("response") == wide.number("comment") == 11
    for table in ("response", "answer_count", "comment", "comment_part", "subgroup_part", "withheld"):
        for row in wide.rows(f"SELECT * FROM {table}"):
            assert not set(SERVICES) & {str(value) for value in row}, table
    assert {row[0] for row in wide.rows("SELECT DISTINCT service FROM response")} == {
        row[0] for row in wide.rows("SELECT code FROM service WHERE remainder")
    }
    assert {row[0] for row in wide.rows("SELECT icb FROM comment")} == {"QTT"}
    assert wide.number("sealed") == 0
    assert not {row[0] for row in wide.rows("SELECT id FROM box WHERE state = 'done'")} & set(
        kept_box_keys(wide.keys_dir)
    )


def test_each_service_bears_as_many_of_the_counted_as_it_had_tickets_spent(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 4), first=0)
    send(wide, Visit("BUS2", WEEK, 7), first=4)
    wide.tally(DUE)
    counted = dict(wide.rows("SELECT code, counted FROM service WHERE NOT remainder"))
    assert counted == {"BUS1": 4, "BUS2": 7, "BUS3": 0, "BUS4": 0}


def test_one_remainder_serves_every_later_union_of_its_kind(wide: Town) -> None:
    for start in (WEEK, DUE + 1):
        send(wide, Visit("BUS1", start, 5), first=0)
        send(wide, Visit("BUS2", start, 5), first=5)
        wide.tally(start + CARRIED)
    assert len(remainders(wide)) == 1
    assert wide.number("response") == 20


def test_a_code_that_is_taken_is_not_taken_again(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 5), first=0)
    send(wide, Visit("BUS2", WEEK, 5), first=5)
    wide.tally(DUE)
    ((first,),) = wide.rows("SELECT code FROM service WHERE remainder")
    wide.do("UPDATE service SET remainder = false WHERE code = :code", code=first)
    later = DUE + 1
    send(wide, Visit("BUS1", later, 5), first=0)
    send(wide, Visit("BUS2", later, 5), first=5)
    wide.tally(later + CARRIED)
    ((second,),) = wide.rows("SELECT code FROM service WHERE remainder")
    assert second != first
    assert second[0] == "Z"
    assert second.isalnum()
    assert 3 <= len(second) <= 12


def test_a_remainder_takes_no_ticket_no_poster_and_no_box(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 5), first=0)
    send(wide, Visit("BUS2", WEEK, 5), first=5)
    wide.tally(DUE)
    ((code,),) = wide.rows("SELECT code FROM service WHERE remainder")
    with pytest.raises(Refused):
        wide.invite(code, 1, DUE)
    with pytest.raises(HeardError):
        visiting(wide.desk, code, week=DUE)
    wide.prepare(DUE)
    assert wide.number("box", f"service = '{code}'") == 0
    with transaction(wide.engine, reading=True) as session:
        assert directory.service(session, code).remainder


def test_organisations_can_be_loaded_again_above_a_remainder(wide: Town, tmp_path: Path) -> None:
    send(wide, Visit("BUS1", WEEK, 5), first=0)
    send(wide, Visit("BUS3", WEEK, 5), first=5)
    wide.tally(DUE)
    assert remainders(wide) == [("Small services of Testham together", "PL1", "PL1")]
    file = tmp_path / "organisations.csv"
    file.write_text("code,name,kind,parent\nQTT,Test ICB,icb,\nPL1,New Testham,place,QTT\n")
    assert load_organisations(wide.engine, file) == 2


def test_a_box_whose_key_is_away_is_left_out_of_a_union_and_the_others_wait(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 6), first=0)
    send(wide, Visit("BUS2", WEEK, 6), first=6)
    key = box_key_file(wide.keys_dir, wide.box("BUS1"))
    away = key.rename(key.with_name("away"))
    done = wide.tally(DUE)
    assert (done.responses, len(done.set_aside), done.waiting) == (0, 1, 6)
    away.rename(key)
    assert wide.tally(DUE).merged == 12


def test_rows_that_go_between_look_and_count_leave_the_union_shut(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 5, ticketed=False), first=0)
    send(wide, Visit("BUS2", WEEK, 5, ticketed=False), first=5)
    box = wide.box("BUS1", ticketed=False)
    with pytest.MonkeyPatch.context() as patch:
        from survey.services import remainder

        real = remainder.whereabouts

        def thief(session):  # type: ignore[no-untyped-def]
            wide.do("DELETE FROM sealed WHERE id = (SELECT id FROM sealed WHERE box = :box LIMIT 1)", box=box)
            return real(session)

        patch.setattr(remainder, "whereabouts", thief)
        done = wide.tally(DUE)
    assert wide.number("response") == 0
    assert done.set_aside == [
        f"BUS1: sealed rows of {WEEK} have gone; in quarantine until two people have decided"
    ]


def test_what_a_poster_and_a_ticket_brought_is_merged_apart(wide: Town) -> None:
    for ticketed, first in ((True, 0), (False, 20)):
        send(wide, Visit("BUS1", WEEK, 5, ticketed), first=first)
        send(wide, Visit("BUS2", WEEK, 5, ticketed), first=first + 5)
    done = wide.tally(DUE)
    assert (done.merged, done.boxes, len(remainders(wide))) == (20, wide.number("box"), 1)


def test_a_response_of_the_thirteenth_week_lets_its_own_service_be_counted_alone(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 9), first=0)
    send(wide, Visit("BUS2", WEEK, 9), first=10)
    last: Week = DUE
    (ticket,) = wide.invite("BUS1", 1, last)
    wide.answer(ticket, a_response(40), last)
    done = wide.tally(last)
    assert (done.responses, done.merged, done.waiting) == (10, 0, 9)
    assert remainders(wide) == []


def test_each_union_is_told_of_when_it_is_counted_and_every_response_once(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 5), first=0)
    send(wide, Visit("BUS2", WEEK, 6), first=5)
    send(wide, Visit("BUS1", WEEK, 5, ticketed=False), first=20)
    send(wide, Visit("BUS2", WEEK, 7, ticketed=False), first=25)
    send(wide, Visit("BUS4", WEEK, 9), first=40)  # of another ICB: it waits on
    send(wide, Visit("BUS3", WEEK, 10), first=60)
    told: list[tuple[int, int]] = []
    wide.tally(DUE, advance=lambda n: told.append((n, wide.number("response"))))
    assert [one for one in told if one[0]] == [(10, 10), (12, 22), (11, 33), (9, 33)]
