"""Lists of boxes hold no key, share what is the same in them, and may be left half-read."""

from __future__ import annotations

from survey.storage import boxes, ring
from survey.storage.database import transaction
from survey.storage.hatch import Waiting
from tests.region import region
from tests.town import WEEK, Town


def test_what_waits_is_listed_without_keys_one_service_at_a_time(town: Town) -> None:
    wide = region(town)
    wide.fill("BUS1", 3)
    wide.fill("BUS2", 2, first=3)
    with transaction(town.clock) as session:
        boxes.close_through(session, WEEK)
        everything = boxes.to_count(session)
        services = boxes.services_to_count(session)
        assert [box for code in services for box in boxes.to_count(session, code)] == everything
        assert all(type(box) is Waiting for box in everything)
        assert len({id(box.week) for box in everything}) == 1
        by_service = [boxes.sizes(session, code) for code in services]
        assert {box: n for sizes in by_service for box, n in sizes.items()} == boxes.sizes(session)
        assert boxes.number_sealed(session) == 5


def test_more_boxes_can_be_asked_for_than_a_statement_may_name(town: Town) -> None:
    wide = region(town)
    wide.prepare()
    known = [wide.box("BUS1"), wide.box("BUS2")]
    asked = [known[0], *(f"{n:032x}" for n in range(40_000)), known[1]]
    with transaction(town.clock) as session:
        assert ring.states(session, asked) == dict.fromkeys(known, "open")
        assert boxes.done_among(session, asked) == []
        assert boxes.lock(session, asked) == []
        assert {box.id for box in boxes.named(session, asked)} == set(known)
        assert boxes.accepted_among(session, asked) == set()
        boxes.drop_rows(session, (box.encode() for box in asked))
        boxes.close_through(session, WEEK)
        assert {box.id for box in boxes.lock(session, asked)} == set(known)
        boxes.empty(session, boxes.named(session, asked[:1]))
        assert boxes.mark_done(session, asked) == known[:1]
        boxes.end_unread(session, asked[1:])
        assert sorted(boxes.done_among(session, asked)) == sorted(known)
        assert ring.give_up(session, asked) == ([], [])


def test_a_list_of_boxes_that_is_not_read_to_its_end_leaves_nothing_open(town: Town) -> None:
    town.prepare()
    with transaction(town.clock) as session:
        first = next(ring.not_done(session))
        boxes.end_unread(session, [first.id])
        assert first.id not in {box.id for box in ring.not_done(session)}
