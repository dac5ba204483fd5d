"""Someone who may write the database puts a public key of their own in a box's row."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey.config import Settings
from survey.domain.calendar import this_week
from survey.domain.errors import NotSaved
from survey.privacy.keys import box_key_in, make_box_key, make_lasting_keys
from survey.services.keyring import check
from survey.services.respond import respond_visiting, visiting
from tests.town import WEEK, Town, a_response


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A folder of keys that the attacker made."""
    folder = tmp_path / "theirs"
    make_lasting_keys(folder)
    return folder


def invited(town: Town) -> str:
    """A ticket, made before the attack: with boxes of another signature none is made any more."""
    town.prepare()
    (ticket,) = town.invite("BUS1", 1)
    return ticket


def refused(town: Town, ticket: str) -> None:
    """A ticket is refused and not spent, a poster's form is refused, and nothing is stored."""
    with pytest.raises(NotSaved, match="does not bear our signature"):
        town.answer(ticket, a_response())
    token = visiting(town.desk, "BUS1", week=WEEK).form_token
    with pytest.raises(NotSaved, match="does not bear our signature"):
        respond_visiting(town.desk, "BUS1", str(token), a_response(), week=WEEK)
    assert (town.number("ticket"), town.number("sealed")) == (1, 0)


def test_a_swapped_public_key_is_refused_and_the_ticket_not_spent(town: Town, theirs: Path) -> None:
    ticket = invited(town)
    for (box,) in town.rows("SELECT id FROM box"):
        public, signature = make_box_key(theirs, box)
        town.do(
            "UPDATE box SET public_key = :public, signature = :signature WHERE id = :box",
            public=public,
            signature=signature,
            box=box,
        )
    refused(town, ticket)


def test_another_box_s_key_with_its_genuine_signature_is_refused(town: Town) -> None:
    ticket = invited(town)
    other = town.box("BUS1", WEEK + 3)
    town.do(
        "UPDATE box SET public_key = (SELECT public_key FROM box WHERE id = :other),"
        " signature = (SELECT signature FROM box WHERE id = :other) WHERE id <> :other",
        other=other,
    )
    refused(town, ticket)


def test_a_changed_bit_in_a_public_key_is_refused(town: Town) -> None:
    ticket = invited(town)
    for box, key in town.rows("SELECT id, public_key FROM box"):
        changed = bytes([bytes(key)[0] ^ 1]) + bytes(key)[1:]
        town.do("UPDATE box SET public_key = :key WHERE id = :box", key=changed, box=box)
    refused(town, ticket)


def test_a_box_of_their_own_is_refused(town: Town, theirs: Path) -> None:
    ticket = invited(town)
    for ticketed in (True, False):
        box = f"{int(ticketed):032d}"
        public, signature = make_box_key(theirs, box)
        town.do(
            "UPDATE box SET id = :box, public_key = :public, signature = :signature"
            " WHERE week = :week AND ticketed = :ticketed",
            box=box,
            public=public,
            signature=signature,
            week=str(WEEK),
            ticketed=ticketed,
        )
    refused(town, ticket)


def test_the_operator_s_check_finds_swapped_keys_before_a_patient_meets_one(
    town: Town, theirs: Path, tmp_path: Path
) -> None:
    town.prepare(this_week())
    settings = Settings("sqlite:///x/y", town.keys_dir, tmp_path / "data", backup_dir=tmp_path / "backups")
    assert "bad" not in {one.level for one in check(town.clock, settings)}
    [[box]] = town.rows("SELECT id FROM box ORDER BY week, id LIMIT 1")  # one of the last week says more
    public, signature = make_box_key(theirs, box)
    swap = "UPDATE box SET public_key = :public, signature = :signature WHERE id = :box"
    town.do(swap, public=public, signature=signature, box=box)
    found = {one.what: one.says for one in check(town.clock, settings) if one.level == "bad"}
    assert "1 boxes bear another's signature" in found["Signatures of open boxes"]
    assert found.keys() == {"Signatures of open boxes", "Keys of open boxes"}


def test_a_swapped_private_key_in_the_folder_is_found(town: Town, theirs: Path, tmp_path: Path) -> None:
    town.prepare(this_week())
    settings = Settings("sqlite:///x/y", town.keys_dir, tmp_path / "data", backup_dir=tmp_path / "backups")
    [[box]] = town.rows("SELECT id FROM box ORDER BY id LIMIT 1")
    make_box_key(theirs, box)
    box_key_in(theirs, box).replace(box_key_in(town.keys_dir, box))
    found = {one.what: one.says for one in check(town.clock, settings) if one.level == "bad"}
    assert found.keys() == {"Keys of open boxes"}
