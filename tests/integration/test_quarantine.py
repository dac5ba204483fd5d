"""Boxes that do not add up stay shut until two people have decided the same."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from click.testing import CliRunner

from survey.cli import state
from survey.cli.main import heard
from survey.domain.errors import BadInput, NotFound, Refused
from survey.privacy.keys import box_key_file, kept_box_keys
from survey.privacy.sealing import seal
from survey.services import quarantine
from survey.services.quarantine import Standing
from survey.storage.decisions import Choice
from tests.region import Visit, kept, region, send, withheld
from tests.town import WEEK, Town, a_response


def stuff(town: Town, *, ticketed: bool = True, garbage: bool = False, week: int = 0) -> None:
    """A row that somebody put into BUS1's box: a forged response, or nothing that opens."""
    box = town.box("BUS1", WEEK + week, ticketed=ticketed)
    ((key,),) = town.rows("SELECT public_key FROM box WHERE id = :id", id=box)
    forged = seal(a_response(999).encode(), box=box, public_key=bytes(key))
    town.stuff(box, secrets.token_bytes(len(forged)) if garbage else forged)


def decide(town: Town, who: str, choice: Choice = "count") -> Standing:
    return quarantine.decide(
        town.clock, "BUS1", choice, who=who, reason=f"{who} knows why", keys_dir=town.keys_dir
    )


def states(town: Town) -> set[str]:
    rows = town.rows("SELECT state FROM box WHERE id IN (SELECT box FROM sealed WHERE length(body) > 0)")
    return {row[0] for row in rows}


def test_two_people_who_agree_let_a_box_be_counted_and_the_balance_holds_again(town: Town) -> None:
    town.fill("BUS1", 12)
    stuff(town)
    town.tally()
    assert decide(town, "ada") == Standing(boxes=1, responses=13, ended=False)
    assert town.tally().responses == 0
    assert decide(town, "bob") == Standing(boxes=1, responses=13, ended=True)
    assert town.tally().responses == 13
    assert town.rows("SELECT counted, accepted FROM service") == [(13, 1)]
    town.fill("BUS1", 10, WEEK + 1, first=50)
    done = town.tally(WEEK + 1)
    assert (done.responses, done.set_aside) == (10, [])


def test_rows_that_had_gone_are_let_pass_too(town: Town) -> None:
    town.fill("BUS1", 12)
    town.do("DELETE FROM sealed WHERE id IN (SELECT id FROM sealed LIMIT 1)")
    town.tally()
    for who in ("ada", "bob"):
        decide(town, who)
    assert town.tally().responses == 11
    assert town.rows("SELECT counted, accepted FROM service") == [(11, -1)]


def test_two_people_who_agree_destroy_a_box_unread(town: Town) -> None:
    town.fill("BUS1", 12)
    stuff(town)
    town.tally()
    box = town.box("BUS1")
    for who in ("ada", "bob"):
        decide(town, who, "destroy")
    assert (town.sealed, town.number("response"), withheld(town)) == (0, 0, 13)
    assert town.rows("SELECT state FROM box WHERE id = :id", id=box) == [("done",)]
    assert box not in kept_box_keys(town.keys_dir)
    town.fill("BUS1", 10, WEEK + 1, first=50)
    done = town.tally(WEEK + 1)
    assert (done.responses, done.set_aside) == (10, [])


def test_one_person_is_not_two(town: Town) -> None:
    town.fill("BUS1", 12)
    stuff(town)
    town.tally()
    decide(town, "ada")
    for choice in ("count", "destroy"):
        with pytest.raises(Refused, match="a second person must"):
            decide(town, "ada", choice)  # type: ignore[arg-type]
    assert states(town) == {"quarantined"}


def test_two_people_who_disagree_leave_it_and_a_third_ends_it(town: Town) -> None:
    town.fill("BUS1", 12)
    stuff(town)
    town.tally()
    decide(town, "ada", "count")
    found = decide(town, "bob", "destroy")
    assert (found.ended, found.against) == (False, ("ada",))
    assert states(town) == {"quarantined"}
    assert decide(town, "eve", "count").ended
    assert states(town) == {"accepted"}


@pytest.mark.parametrize("change", ["a row more", "a row swapped", "another box"])
def test_a_decision_lapses_when_what_it_was_about_has_changed(town: Town, change: str) -> None:
    town.fill("BUS1", 12)
    stuff(town)
    town.tally()
    decide(town, "ada")
    if change == "a row more":
        stuff(town)
    elif change == "a row swapped":
        town.do("DELETE FROM sealed WHERE id IN (SELECT id FROM sealed ORDER BY id LIMIT 1)")
        stuff(town)
    else:
        town.fill("BUS1", 12, WEEK + 1, first=20)
        town.tally(WEEK + 1)
    found = decide(town, "bob")
    assert (found.ended, found.lapsed) == (False, ("ada",))
    assert states(town) == {"quarantined"}
    assert decide(town, "ada").ended


def test_rows_that_do_not_open_are_left_out_and_said(town: Town) -> None:
    town.prepare()
    for n in range(12):
        town.visit("BUS1", a_response(n))
    for _ in range(3):
        stuff(town, ticketed=False, garbage=True)
    assert town.tally().responses == 0
    for who in ("ada", "bob"):
        decide(town, who)
    done = town.tally()
    assert (done.responses, withheld(town), done.set_aside) == (12, 3, [])


def test_what_opens_of_an_accepted_box_is_not_counted_under_ten(town: Town) -> None:
    sent = send(town, Visit("BUS1", WEEK, 10), first=0)
    bodies = town.rows("SELECT id FROM sealed ORDER BY id")[:4]
    for (row_id,) in bodies:
        town.do("UPDATE sealed SET body = :body WHERE id = :id", body=secrets.token_bytes(99), id=row_id)
    assert "does not open" in town.tally().set_aside[0]
    for who in ("ada", "bob"):
        decide(town, who)
    done = town.tally()
    assert (done.responses, done.waiting, withheld(town), town.number("response")) == (0, 6, 4, 0)
    sent += send(town, Visit("BUS1", WEEK + 1, 4), first=20)
    done = town.tally(WEEK + 1)
    assert (done.responses, done.set_aside) == (10, [])
    assert not kept(town) - sent


def test_trouble_of_the_house_sets_nothing_aside(town: Town) -> None:
    town.fill("BUS1", 12)
    key = box_key_file(town.keys_dir, town.box("BUS1"))
    whole = key.read_bytes()
    for broken in (whole[:40], bytes(96)):  # cut short; another box's
        key.write_bytes(broken)
        (line,) = town.tally().set_aside
        assert "restore" in line
        assert states(town) == {"closed"}
    key.write_bytes(whole)
    key.chmod(0o640)
    assert "chmod 600" in town.tally().set_aside[0]
    key.chmod(0o600)
    assert town.tally().responses == 12


def test_a_mismatch_sets_every_closed_box_of_the_service_aside_and_no_other_s(town: Town) -> None:
    region(town)
    send(town, Visit("BUS1", WEEK, 4), first=0)
    send(town, Visit("BUS1", WEEK + 1, 12), first=10)
    send(town, Visit("BUS2", WEEK + 1, 12), first=30)
    stuff(town, week=1)
    assert town.tally(WEEK + 1).responses == 12
    assert {(one.service, one.week, one.n) for one in quarantine.in_quarantine(town.clock) if one.n} == {
        ("BUS1", WEEK, 4),
        ("BUS1", WEEK + 1, 13),
    }


def test_a_decision_needs_a_reason_and_something_to_decide(town: Town) -> None:
    with pytest.raises(NotFound, match="no box of BUS1 is in quarantine"):
        decide(town, "ada")
    with pytest.raises(BadInput, match="--reason"):
        quarantine.decide(town.clock, "BUS1", "count", who="ada", reason=" ", keys_dir=town.keys_dir)
    assert town.number("decision") == 0


def test_the_audit_chain_keeps_why_and_who(town: Town) -> None:
    town.fill("BUS1", 12)
    stuff(town)
    town.tally()
    decide(town, "ada")
    decide(town, "bob")
    acts = town.rows("SELECT who, act FROM audit WHERE who <> 'clock' ORDER BY number")
    assert acts == [
        ("tally", "quarantined"),
        ("ada", "decided about a quarantine"),
        ("bob", "decided about a quarantine"),
        ("bob", "ended a quarantine"),
    ]
    assert town.number("decision") == 0


def test_by_hand_two_logins_decide(
    sqlite_town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    town = sqlite_town
    town.fill("BUS1", 12)
    stuff(town)
    town.tally()
    monkeypatch.setenv("HEARD_DATABASE_URL", str(town.engine.url))
    monkeypatch.setenv("HEARD_KEYS_DIR", str(town.keys_dir))
    listed = _say("list")
    assert f"BUS1\t{WEEK}\tinvited\t13\t13 ticketed responses stored for 12 tickets spent" in listed
    login = tmp_path / "loginuid"
    monkeypatch.setattr(state, "LOGINUID", login)
    monkeypatch.setattr(state, "_was_given", lambda _: True)
    login.write_text("0")
    assert "until a second person decides the same" in _say("decide", "BUS1", "count", "--reason", "restored")
    assert "BUS1\troot decided: count\trestored" in _say("list")
    assert "these decisions would let 1 more pass" in _say("list")
    login.write_text("1")
    assert "two people have agreed: the next tally counts 13" in _say(
        "decide", "BUS1", "count", "--reason", "so it was"
    )


def _say(*arguments: str) -> str:
    found = CliRunner().invoke(heard, ["quarantine", *arguments], catch_exceptions=False)
    assert found.exit_code == 0
    return found.output
