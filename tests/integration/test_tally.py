"""The tally counts what is in closed boxes of ten or more, and leaves every other box shut."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from datetime import date
from typing import Any

import pytest

from survey.domain.calendar import Week
from survey.privacy.keys import box_key_file, kept_box_keys, kept_quarter_keys
from survey.privacy.sealing import seal
from survey.services import subgroups
from survey.services.count import _told, large_enough
from survey.services.tally import to_open
from survey.storage import comments
from tests.town import WEEK, Town, a_response, catalogue_of

LAST_OF_QUARTER = Week(2026, 53)


def test_nothing_is_counted_before_its_week_is_through(town: Town) -> None:
    town.fill("BUS1", 12)
    assert town.tally(WEEK + -1).responses == 0
    assert town.sealed == 12
    assert to_open(town.engine) == 12


def test_nine_wait_and_the_tenth_opens_the_box(town: Town) -> None:
    town.fill("BUS1", 9)
    done = town.tally()
    assert (done.responses, done.waiting, town.number("response")) == (0, 9, 0)
    town.fill("BUS1", 1, WEEK + 1, first=9)
    assert town.tally(WEEK + 1).responses == 10


def test_carried_responses_bear_the_span_of_all_their_weeks(town: Town) -> None:
    for later in range(3):
        town.fill("BUS1", 4, WEEK + later)
    town.tally(WEEK + 2)
    spans = {row[0] for row in town.rows("SELECT span FROM response UNION SELECT span FROM answer_count")}
    assert spans == {f"{WEEK}/{WEEK + 2}"}


def test_tickets_and_posters_are_never_counted_together(town: Town) -> None:
    town.fill("BUS1", 9)
    for n in range(9):
        town.visit("BUS1", a_response(n))
    assert town.tally().waiting == 18
    assert town.number("response") == 0


def test_versions_are_never_counted_together(town: Town) -> None:
    town.fill("BUS1", 6)
    town.catalogue = catalogue_of(v1=date(2020, 12, 28), v2=(WEEK + 1).monday)
    town.fill("BUS1", 6, WEEK + 1)
    assert town.tally(WEEK + 1).waiting == 12


def test_a_ticket_keeps_the_version_that_it_was_issued_for(town: Town) -> None:
    tickets = town.invite("BUS1", 10)
    town.catalogue = catalogue_of(v1=date(2020, 12, 28), v2=(WEEK + 1).monday)
    town.prepare(WEEK + 3)
    for n, ticket in enumerate(tickets):
        town.answer(ticket, a_response(n), WEEK + 3)
    town.tally(WEEK + 3)
    assert {row[0] for row in town.rows("SELECT questionnaire FROM response")} == {"bus/v1"}


def test_counts_are_those_of_the_responses(town: Town) -> None:
    town.fill("BUS1", 12)
    town.tally()
    kept = [json.loads(row[0]) for row in town.rows("SELECT CAST(answers AS VARCHAR) FROM response")]
    counted = town.rows("SELECT question, option, n FROM answer_count")
    for question, option, n in counted:
        assert sum(answers.get(question) == option for answers in kept) == n
    assert sum(n for *_, n in counted) == sum(len(answers) for answers in kept)


def test_a_comment_lies_apart_with_nothing_but_its_pathway_period_and_feeling(town: Town) -> None:
    for n, ticket in enumerate(town.invite("BUS1", 60)):
        town.answer(ticket, a_response(n, comment=f"comment {n}"))
    assert town.tally().comments_waiting == 0
    rows = town.rows("SELECT pathway, period, sentiment, text FROM comment")
    assert {(pathway, period) for pathway, period, *_ in rows} == {("bus", str(WEEK))}
    felt = {text: sentiment for *_, sentiment, text in rows}
    assert (felt["comment 0"], felt["comment 2"], felt["comment 3"]) == (
        "favourable",
        "neither",
        "unfavourable",
    )


def test_fewer_than_ten_comments_wait_sealed_for_those_of_other_boxes(town: Town) -> None:
    _comment(town, "BUS1", 9)
    for _ in range(2):
        assert town.tally().comments_waiting == 9
        assert (town.number("comment"), town.number("comment_part")) == (0, 1)
    _comment(town.build("BUS2"), "BUS2", 1, WEEK + 1)
    assert town.tally(WEEK + 1).comments_waiting == 0
    assert town.rows("SELECT period, count(*) FROM comment GROUP BY period") == [(f"{WEEK}/{WEEK + 1}", 10)]
    assert town.number("comment_part") == 0
    town.tally(WEEK + 1)
    assert town.number("comment") == 10


def test_comments_that_wait_outlive_their_quarter_but_its_key_does_not(town: Town) -> None:
    _comment(town, "BUS1", 9, LAST_OF_QUARTER)
    town.tally(LAST_OF_QUARTER)
    assert town.tally(LAST_OF_QUARTER + 1).comments_waiting == 9
    assert kept_quarter_keys(town.keys_dir) == ["2026/27-Q4"]
    _comment(town, "BUS1", 3, LAST_OF_QUARTER + 2)
    town.tally(LAST_OF_QUARTER + 2)
    assert town.number("comment") == 12


def test_how_a_comment_felt_is_told_only_where_ten_felt_so_and_ten_or_none_are_left(town: Town) -> None:
    def told(felt: dict[str, int], doubted: int = 0) -> dict[str, int]:
        written = [(how, ["words"]) for how, n in felt.items() for _ in range(n)]
        return Counter(how for how, _ in _told(written, doubted))

    assert told({"favourable": 30, "neither": 10, "unfavourable": 12}) == {
        "favourable": 30,
        "neither": 10,
        "unfavourable": 12,
    }
    assert told({"favourable": 30, "neither": 5, "unfavourable": 5}) == {"favourable": 30, "": 10}
    assert told({"favourable": 30, "unfavourable": 9}) == {"": 39}  # not favourable: that would be told
    assert told({"favourable": 30, "neither": 1, "unfavourable": 12}) == {"favourable": 30, "": 13}
    # Two of them may have been put there, and those who put them know how these felt.
    assert told({"favourable": 30, "neither": 1, "unfavourable": 12}, 2) == {"favourable": 30, "": 13}
    assert told({"favourable": 30, "neither": 10, "unfavourable": 2}, 2) == {"favourable": 30, "": 12}
    assert told({"favourable": 30, "neither": 10, "unfavourable": 1}, 2) == {"": 41}
    assert told({"favourable": 11, "unfavourable": 12}, 2) == {"": 23}


def test_a_part_of_comments_has_one_length_whatever_was_written(town: Town) -> None:
    _comment(town, "BUS1", 9)
    _comment(town.build("BUS2"), "BUS2", 0)
    lengths = []
    real = comments.hold_part

    def seen(session: Any, **part: Any) -> None:
        lengths.append(len(part["body"]))
        real(session, **part)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comments, "hold_part", seen)
        town.tally()
    assert len(lengths) == 3  # one a pool, and both together
    assert len(set(lengths)) == 1


def test_comments_that_do_not_open_stop_nothing_else(sqlite_town: Town) -> None:
    town = sqlite_town
    _comment(town, "BUS1", 9)
    town.tally()
    town.do("UPDATE comment_part SET pathway = 'train'")
    _comment(town, "BUS1", 12, WEEK + 1)
    done = town.tally(WEEK + 1)
    assert (done.responses, town.number("comment")) == (12, 12)
    assert done.set_aside == ["QTT, train: comments of 2026/27-Q3 do not open; they stay sealed"]


def test_a_shut_box_is_left_out_and_the_healthy_week_after_it_is_counted(town: Town) -> None:
    town.fill("BUS1", 4)
    town.fill("BUS1", 12, WEEK + 1, first=10)
    box_key_file(town.keys_dir, town.box("BUS1")).unlink()
    done = town.tally(WEEK + 1)
    assert (done.responses, town.sealed, done.waiting) == (12, 4, 0)
    assert len(done.set_aside) == 1
    assert f"BUS1, {WEEK}:" in done.set_aside[0]
    assert {row[0] for row in town.rows("SELECT span FROM response")} == {str(WEEK + 1)}


def test_every_shut_box_is_named_and_the_readable_ones_are_pooled(town: Town) -> None:
    for later in range(4):
        town.fill("BUS1", 5, WEEK + later, first=10 * later)
    box_key_file(town.keys_dir, town.box("BUS1")).unlink()
    town.do("UPDATE sealed SET body = :body WHERE box = :box", body=bytes(9), box=town.box("BUS1", WEEK + 2))
    done = town.tally(WEEK + 3)
    assert (done.responses, town.sealed) == (10, 10)
    trouble, evidence = done.set_aside
    assert trouble.startswith(f"BUS1, {WEEK}: the key of a box cannot be read")
    assert evidence.startswith(f"BUS1: a row of {WEEK + 2} does not open")


def test_healthy_boxes_under_ten_beside_a_shut_one_wait(town: Town) -> None:
    town.fill("BUS1", 6)
    town.fill("BUS1", 6, WEEK + 1, first=10)
    box_key_file(town.keys_dir, town.box("BUS1")).chmod(0o644)
    done = town.tally(WEEK + 1)
    assert (done.responses, done.waiting, len(done.set_aside)) == (0, 6, 1)
    assert "chmod 600" in done.set_aside[0]
    box_key_file(town.keys_dir, town.box("BUS1")).chmod(0o600)
    assert town.tally(WEEK + 1).responses == 12


def test_no_key_of_a_counted_box_is_left_and_every_other_is(town: Town) -> None:
    town.fill("BUS1", 12)
    town.tally()
    kept = set(kept_box_keys(town.keys_dir))
    assert kept == {row[0] for row in town.rows("SELECT id FROM box WHERE state <> 'done'")}
    assert town.box("BUS1") not in kept


def test_a_box_whose_key_is_gone_stays_sealed_and_others_are_counted(town: Town) -> None:
    town.fill("BUS1", 12)
    for n in range(10):
        town.visit("BUS1", a_response(n))
    box_key_file(town.keys_dir, town.box("BUS1")).unlink()
    done = town.tally()
    assert done.responses == 10
    assert len(done.set_aside) == 1
    assert "stay sealed" in done.set_aside[0]
    assert town.sealed == 12


def test_a_box_of_a_version_that_is_gone_stays_sealed_and_others_are_counted(town: Town) -> None:
    tickets = town.invite("BUS1", 12)
    for n, ticket in enumerate(tickets):
        town.answer(ticket, a_response(n))
    whole = town.catalogue
    town.catalogue = catalogue_of(v2=date(2020, 12, 28))
    assert "no questionnaire 'bus/v1'" in town.tally().set_aside[0]
    town.catalogue = whole
    assert town.tally().responses == 12


def test_answers_that_are_not_asked_are_left_out(town: Town) -> None:
    # A stolen patient's process seals what it likes; the page itself would have refused.
    strange = {
        "a": {"fft": "good", "nhs-number": "9434765919", "kindness": "Mrs Miggins", "age": "75+"},
        "c": {"comment": "fine", "fft": "my name is", "other": "text"},
        "y": {"age": "75+", "ethnic-group": "klingon", "postcode": "DH1 1AA", "fft": "good"},
    }
    _fill_box(town, json.dumps(strange).encode())
    town.tally()
    kept = [json.loads(row[0]) for row in town.rows("SELECT CAST(answers AS VARCHAR) FROM response")]
    assert kept == [{"fft": "good"}] * 10
    assert {row[0] for row in town.rows("SELECT text FROM comment")} == {"fine"}


@pytest.mark.parametrize("words", ["no\\u0000thing", "half \\ud83d a smile", "\\u0000"])
def test_a_comment_that_no_database_takes_does_not_stop_the_tally(town: Town, words: str) -> None:
    _fill_box(town, b'{"a":{"fft":"good"},"c":{"comment":"' + words.encode() + b'"},"y":{}}')
    done = town.tally()
    assert (done.responses, done.set_aside) == (10, [])
    assert all("\0" not in row[0] for row in town.rows("SELECT text FROM comment"))


@pytest.mark.parametrize(
    "plain", [b"", b"{}", b"[]", b'{"a":[],"c":{},"y":{}}', b'{"a":{"fft":1},"c":{},"y":{}}', b"[" * 5000]
)
def test_a_row_that_holds_no_response_leaves_its_whole_box_sealed(town: Town, plain: bytes) -> None:
    town.fill("BUS1", 12)
    town.prepare()
    for n in range(10):
        town.visit("BUS1", a_response(n))
    _stuff(town, plain, ticketed=False)
    done = town.tally()
    assert done.responses == 12  # of the other box
    assert len(done.set_aside) == 1
    assert town.sealed == 11


def test_about_you_answers_wait_sealed_until_their_quarter_has_ended(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subgroups, "ENOUGH", 5)
    monkeypatch.setattr(subgroups, "NOISE", 0)
    town.prepare(LAST_OF_QUARTER)
    for n, ticket in enumerate(town.invite("BUS1", 12, LAST_OF_QUARTER)):
        response = a_response(n, age="75+" if n < 5 else "16-24")
        town.answer(ticket, response, LAST_OF_QUARTER)
    town.tally(LAST_OF_QUARTER)
    assert (town.number("subgroup_count"), town.number("subgroup_part")) == (0, 1)
    assert kept_quarter_keys(town.keys_dir) == ["2026/27-Q3"]
    town.prepare(LAST_OF_QUARTER + 1)
    town.tally(LAST_OF_QUARTER + 1)
    rows = town.rows("SELECT option, sum(n) FROM subgroup_count WHERE question = 'fft' GROUP BY option")
    assert dict(rows) == {"75+": 5, "16-24": 7, "en": 12, "online": 12}
    assert {row[0] for row in town.rows("SELECT quarter FROM subgroup_count")} == {"2026/27-Q3"}
    assert (town.number("subgroup_part"), kept_quarter_keys(town.keys_dir)) == (0, [])
    town.tally(LAST_OF_QUARTER + 2)
    assert town.rows("SELECT sum(n) FROM subgroup_count WHERE attribute = 'age'")[0][0] == 12


def test_about_you_answers_that_do_not_open_stop_nothing_else(sqlite_town: Town) -> None:
    town = sqlite_town
    town.fill("BUS1", 12, LAST_OF_QUARTER)
    town.tally(LAST_OF_QUARTER)
    town.do("UPDATE subgroup_part SET pathway = 'train'")
    town.fill("BUS1", 12, LAST_OF_QUARTER + 1)
    done = town.tally(LAST_OF_QUARTER + 1)
    assert done.responses == 12
    assert done.set_aside == ["QTT, train: about-you counts of 2026/27-Q3 do not open; they stay sealed"]


def test_small_options_are_left_out_until_the_difference_is_not_small() -> None:
    assert large_enough({"a": 300, "b": 100, "c": 99}, 499 + 1, enough=100) == {"a", "b"}
    assert large_enough({"a": 300, "b": 100, "c": 99}, 499, enough=100) == {"a"}  # 99: the difference
    assert large_enough({"a": 300, "b": 100}, 400, enough=100) == {"a", "b"}
    assert large_enough({"a": 300}, 301, enough=100) == set()
    assert large_enough({}, 0, enough=100) == set()


def test_about_you_counts_bear_noise_of_the_stated_size_in_empty_groups_too() -> None:
    part = subgroups.Part([("age", "75+", "fft", "favourable", 900), ("age", "75+", "fft", "neither", 40)])
    drawn = [subgroups._releasable([part], key=bytes(32), drawn_for=f"part {n}") for n in range(400)]
    assert subgroups._releasable([part], key=bytes(32), drawn_for="part 3") == drawn[3]  # never drawn anew
    favourable = [one["age", "75+", "fft", "favourable"] for one in drawn]
    assert abs(statistics.mean(favourable) - 900) < 5 * subgroups.NOISE / 20
    assert 0.8 < statistics.stdev(favourable) / subgroups.NOISE < 1.2
    assert any(one["age", "75+", "fft", "unfavourable"] for one in drawn)
    assert all(n >= 0 for one in drawn for n in one.values())


def _comment(town: Town, service: str, written: int, week: Week = WEEK) -> None:
    for n, ticket in enumerate(town.invite(service, 12, week)):
        town.answer(ticket, a_response(n, comment="slow" if n < written else None), week)


def _fill_box(town: Town, plain: bytes) -> None:
    town.prepare()
    for _ in range(10):
        _stuff(town, plain, ticketed=False)


def _stuff(town: Town, plain: bytes, *, ticketed: bool) -> None:
    box = town.box("BUS1", ticketed=ticketed)
    ((key,),) = town.rows("SELECT public_key FROM box WHERE id = :id", id=box)
    town.stuff(box, seal(plain, box=box, public_key=bytes(key)))
