"""Comments are written with those of their own ICB's pathway, under the week in which this happens."""

from __future__ import annotations

import msgspec
import pytest

from survey.privacy.keys import destroy_quarter_key, kept_quarter_keys, make_lasting_keys, quarter_key
from survey.privacy.parts import seal_part
from survey.services import count
from survey.services.count import Words
from survey.services.tally import tally
from survey.storage import comments
from survey.storage.database import transaction
from tests.region import Visit, region, send
from tests.town import WEEK, Town, a_response


@pytest.fixture
def wide(town: Town) -> Town:
    return region(town)


def test_two_icbs_never_fill_each_other_s_ten(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 10), first=0)
    send(wide, Visit("BUS1", WEEK, 6), first=10, comment="slow")
    send(wide, Visit("BUS4", WEEK, 10), first=20)
    send(wide, Visit("BUS4", WEEK, 6), first=30, comment="late")
    assert wide.tally().comments_waiting == 12
    assert wide.rows("SELECT icb, count(*) FROM comment_part GROUP BY icb ORDER BY icb") == [
        ("QTT", 1),
        ("QUU", 1),
    ]
    send(wide, Visit("BUS2", WEEK + 1, 10), first=40, comment="slow")
    assert wide.tally(WEEK + 1).comments_waiting == 6
    found = wide.rows("SELECT icb, text, written, count(*) FROM comment GROUP BY icb, text, written")
    assert found == [("QTT", "slow", str(WEEK + 1), 16)]


def test_comments_that_were_sealed_before_icbs_were_told_apart_still_open(town: Town) -> None:
    quarter = WEEK.quarter
    words = Words(str(WEEK), str(WEEK), [("favourable", f"comment {n}") for n in range(12)])
    key = quarter_key(town.keys_dir, quarter)
    body = seal_part(msgspec.json.encode(words), key=key, kind="comments", place=f"{quarter}\nbus")
    with transaction(town.clock) as session:
        comments.hold_part(session, quarter=quarter, icb="", pathway="bus", body=body)
    assert town.tally().set_aside == []
    assert town.rows("SELECT icb, count(*) FROM comment GROUP BY icb") == [("", 12)]


def test_a_quarter_s_key_lies_in_both_folders_and_goes_from_both(town: Town) -> None:
    copy = town.keys_dir.with_name("copy")
    make_lasting_keys(town.keys_dir, copy)
    send(town, Visit("BUS1", WEEK, 12), first=0, comment="slow")
    town.tally(copy_dir=copy)
    assert kept_quarter_keys(copy) == kept_quarter_keys(town.keys_dir) == [WEEK.quarter]
    town.prepare(WEEK + 13)
    town.tally(WEEK + 13, copy_dir=copy)
    assert kept_quarter_keys(copy) == kept_quarter_keys(town.keys_dir) == []


def test_a_second_copy_that_is_away_is_told_and_keeps_nobody_from_being_counted(town: Town) -> None:
    copy = town.keys_dir.with_name("copy")
    make_lasting_keys(town.keys_dir, copy)
    send(town, Visit("BUS1", WEEK, 12), first=0)
    quarter_key(town.keys_dir, WEEK.quarter, copy)
    away = copy.rename(copy.with_name("away"))
    done = tally(town.clock, keys_dir=town.keys_dir, catalogue=town.catalogue, through=WEEK, copy_dir=copy)
    assert done.responses == 12
    assert all("the second copy of the keys is not at" in line for line in done.set_aside)
    assert done.set_aside
    away.rename(copy)


def test_what_a_lost_quarter_s_key_sealed_is_told_and_no_other_key_is_made_for_it(town: Town) -> None:
    send(town, Visit("BUS1", WEEK, 10), first=0)
    send(town, Visit("BUS1", WEEK, 6), first=10, comment="slow")
    town.tally()
    held = town.number("comment_part"), town.number("subgroup_part")
    destroy_quarter_key(town.keys_dir, WEEK.quarter)
    said = "the key of 2026/27-Q3 is gone: unless it is put back this can never be read"
    assert town.tally(WEEK + 13).set_aside == [
        f"QTT, bus: about-you counts of 2026/27-Q3 stay sealed: {said}",
        f"QTT, bus: comments of 2026/27-Q3 stay sealed: {said}",
    ]
    assert (town.number("comment_part"), town.number("subgroup_part")) == held
    assert kept_quarter_keys(town.keys_dir) == []


def test_many_comments_are_written_some_at_a_time_and_each_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(count, "TOGETHER", 20)
    for n, service in enumerate(("BUS1", "BUS2", "BUS3")):
        town.build(service)
        for m, ticket in enumerate(town.invite(service, 12)):
            town.answer(ticket, a_response(m, comment=f"words {n} {m}"))
    assert town.tally().comments_waiting == 0
    found = sorted(row[0] for row in town.rows("SELECT text FROM comment"))
    assert found == sorted(f"words {n} {m}" for n in range(3) for m in range(12))
    assert town.number("comment_part") == 0
