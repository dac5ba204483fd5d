"""What was always too little to be counted is destroyed unread at the end of its time, and said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from survey.domain.calendar import Span, Week
from survey.domain.errors import Misconfigured
from survey.privacy.keys import box_key_file, kept_box_keys
from survey.services.withhold import Withheld, withhold
from survey.storage import audit
from survey.storage.database import transaction
from survey.storage.withheld import of_services
from tests.region import Visit, kept, region, send
from tests.town import WEEK, Town

LIMIT = 26
END = WEEK + LIMIT


@pytest.fixture
def wide(town: Town) -> Town:
    return region(town)


def destroy(town: Town, *, now: Week = END + 1, dry_run: bool = False) -> Withheld:
    before = now + -LIMIT
    return withhold(town.clock, keys_dir=town.keys_dir, before=before, dry_run=dry_run, who="clock")


def told(town: Town) -> dict[str, list[tuple[Span, int]]]:
    with transaction(town.engine, reading=True) as session:
        return of_services(session, ["BUS1", "BUS2", "BUS3", "BUS4"])


def test_nine_that_nobody_joins_are_destroyed_unread_and_said(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 4), first=0)
    send(wide, Visit("BUS1", WEEK + 1, 5), first=4)
    wide.tally(END)
    box = wide.box("BUS1")
    assert destroy(wide, now=END) == Withheld()
    assert destroy(wide) == Withheld(responses=4, boxes=1, services=1)
    assert told(wide) == {"BUS1": [(Span.of(WEEK), 4)]}
    assert (wide.sealed, wide.number("response")) == (5, 0)
    assert wide.rows("SELECT state FROM box WHERE id = :id", id=box) == [("done",)]
    assert box not in kept_box_keys(wide.keys_dir)
    assert destroy(wide) == Withheld()


def test_the_balance_holds_when_some_were_withheld(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 4), first=0)
    wide.tally(END)
    destroy(wide)
    sent = send(wide, Visit("BUS1", END + 1, 12), first=20)
    done = wide.tally(END + 1)
    assert (done.responses, done.set_aside, kept(wide)) == (12, [], sent)


def test_each_week_of_a_service_is_told_by_itself(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 4), first=0)
    send(wide, Visit("BUS1", WEEK + 1, 5, ticketed=False), first=4)
    send(wide, Visit("BUS4", WEEK + 1, 9), first=10)
    wide.tally(END)
    assert destroy(wide, now=END + 2) == Withheld(responses=18, boxes=3, services=2)
    of_bus1 = [(Span.of(WEEK), 4), (Span.of(WEEK + 1), 5)]
    assert told(wide) == {"BUS1": of_bus1, "BUS4": [(Span.of(WEEK + 1), 9)]}
    assert wide.rows("SELECT counted FROM service WHERE code = 'BUS1'") == [(4,)]


def test_a_rehearsal_says_as_much_and_changes_nothing(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 4), first=0)
    wide.tally(END)
    assert destroy(wide, dry_run=True) == Withheld(responses=4, boxes=1, services=1)
    assert (wide.sealed, told(wide), wide.number("audit", "act = 'responses withheld'")) == (4, {}, 0)


def test_what_the_next_tally_would_count_is_left_alone(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 4), first=0)
    send(wide, Visit("BUS2", WEEK, 7), first=4)
    send(wide, Visit("BUS3", WEEK, 12), first=20)
    wide.do("UPDATE box SET state = 'closed' WHERE week = :week", week=str(WEEK))  # and the clock stood still
    assert destroy(wide) == Withheld(to_tally=23)
    assert wide.tally(END).responses == 23


def test_a_box_that_nobody_closed_is_counted_with_the_others_and_not_without_them(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 4), first=0)
    wide.tally(WEEK)
    send(wide, Visit("BUS1", WEEK + 1, 8), first=10)  # and the clock stood still
    for dry_run in (True, False):
        assert destroy(wide, now=END + 5, dry_run=dry_run) == Withheld(to_tally=12)
    assert wide.tally(END + 5).responses == 12


def test_others_that_came_due_while_the_clock_stood_still_are_waited_for(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 4), first=0)
    send(wide, Visit("BUS2", WEEK + 8, 8), first=10)
    wide.tally(WEEK + 8)
    now = END + 1
    found = withhold(
        wide.clock, keys_dir=wide.keys_dir, before=now + -LIMIT, through=now + -1, dry_run=True, who="clock"
    )
    assert found == Withheld(to_tally=4)
    assert wide.tally(now + -1).merged == 12


def test_an_open_box_and_one_in_quarantine_are_left_alone(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 4), first=0)
    send(wide, Visit("BUS2", WEEK, 4), first=10)
    wide.do("UPDATE box SET state = 'quarantined' WHERE service = 'BUS2'")
    assert destroy(wide) == Withheld(to_tally=4)
    assert wide.sealed == 8


def test_a_box_whose_key_is_lost_is_destroyed_unread_at_the_end(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 12), first=0)
    box_key_file(wide.keys_dir, wide.box("BUS1")).unlink()
    wide.prepare(END + 1)
    wide.tally(END)
    assert destroy(wide) == Withheld(responses=12, boxes=1, services=1)
    assert told(wide) == {"BUS1": [(Span.of(WEEK), 12)]}


@pytest.mark.parametrize("spoilt", [b"cut short", bytes(96)], ids=["cut short", "another box's"])
def test_a_spoilt_key_keeps_no_row_past_its_time_and_protects_no_small_box(wide: Town, spoilt: bytes) -> None:
    send(wide, Visit("BUS1", WEEK, 8), first=0)
    send(wide, Visit("BUS1", WEEK + 1, 4), first=10)
    box_key_file(wide.keys_dir, wide.box("BUS1")).write_bytes(spoilt)
    wide.tally(END + 1)
    assert destroy(wide) == Withheld(responses=8, boxes=1, services=1)
    assert destroy(wide, now=END + 2) == Withheld(responses=4, boxes=1, services=1)
    assert (told(wide)["BUS1"], wide.sealed) == ([(Span.of(WEEK), 8), (Span.of(WEEK + 1), 4)], 0)


def test_keys_of_another_installation_make_no_box_lost(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 12), first=0)
    boxes = wide.keys_dir / "clock" / "boxes"
    kept_aside = boxes.rename(wide.keys_dir / "away")
    boxes.mkdir(mode=0o700)
    (boxes / "another").write_bytes(bytes(96))
    wide.tally(END)
    assert destroy(wide) == Withheld(to_tally=12)
    (boxes / "another").unlink()
    boxes.rmdir()
    kept_aside.rename(boxes)
    assert wide.tally(END).responses == 12


def test_a_version_that_left_the_catalogue_keeps_no_row_past_its_time(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 12), first=0)
    left = replace(wide.catalogue, entries={})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wide, "catalogue", left)
        assert "no questionnaire" in wide.tally(END).set_aside[0]
    before = {"keys_dir": wide.keys_dir, "before": END + 1 + -LIMIT, "who": "clock"}
    assert withhold(wide.clock, catalogue=wide.catalogue, dry_run=True, **before) == Withheld(to_tally=12)
    assert withhold(wide.clock, catalogue=left, **before) == Withheld(responses=12, boxes=1, services=1)
    assert told(wide) == {"BUS1": [(Span.of(WEEK), 12)]}


def test_without_the_second_copy_of_the_keys_nothing_is_destroyed(wide: Town, tmp_path: Path) -> None:
    send(wide, Visit("BUS1", WEEK, 4), first=0)
    wide.tally(END)
    with pytest.raises(Misconfigured, match="the second copy of the keys is not at"):
        withhold(
            wide.clock,
            keys_dir=wide.keys_dir,
            copy_dir=tmp_path / "not mounted",
            before=END + 1 + -LIMIT,
            who="clock",
        )
    assert (wide.sealed, told(wide), wide.number("audit", "act = 'responses withheld'")) == (4, {}, 0)


def test_in_an_empty_folder_of_keys_no_box_counts_as_lost(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 12), first=0)
    keys = wide.keys_dir / "clock" / "boxes"
    away = keys.rename(wide.keys_dir / "away")
    wide.tally(END)
    assert destroy(wide) == Withheld(to_tally=12)
    away.rename(keys)
    assert wide.tally(END).responses == 12


def test_the_audit_chain_says_which_boxes_and_how_many(wide: Town) -> None:
    send(wide, Visit("BUS1", WEEK, 4), first=0)
    wide.tally(END)
    destroy(wide)
    with transaction(wide.engine, reading=True) as session:
        last = audit.newest(session)
    assert last is not None
    assert (last.who, last.act) == ("clock", "responses withheld")
    assert dict(last.about) == {"boxes": [wide.box("BUS1")], "n": 4}
