"""An insider with the clock's role: whoever runs the tally, who turns curious.

He holds the clock's database login, every table, backups of the sealed rows from before each count, all files
in the folder of keys as it is now, and the sender's list of tickets. What he opens before a count is stated,
and shown here; once a box was counted and its key destroyed he opens nothing of it and links nobody.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import Engine, text

from survey.domain.errors import Misconfigured
from survey.domain.response import Response
from survey.privacy.keys import PatientKeys, kept_quarter_keys, quarter_key
from survey.privacy.opening import read_box_key, unseal
from survey.privacy.parts import open_part
from survey.privacy.tickets import row_id, ticket_hash
from survey.services.subgroups import _place
from tests.logins import login
from tests.town import WEEK, Town, a_response

PEOPLE = 14


@dataclass
class Insider:
    """What he holds. `people` is the sender's list: who got which ticket, with what the test alone knows."""

    engine: Engine
    people: Mapping[str, Response]
    backups: dict[bytes, tuple[str, bytes]] = field(default_factory=dict)  # sealed rows: box and body by id

    def back_up(self) -> None:
        """Keep every sealed row that there is at this moment."""
        rows = self._query("SELECT id, box, body FROM sealed")
        self.backups |= {bytes(one): (box, bytes(body)) for one, box, body in rows if body}

    def row_of(self, ticket: str, keys_dir: Path) -> bytes:
        """Which sealed row was made with a ticket: the server's key says it."""
        return row_id(PatientKeys.read(keys_dir).server_key, ticket)

    def named(self, keys_dir: Path) -> int:
        """How many people's answers he can tell, opening each one's sealed row with any key that he finds."""
        keys = [path for path in keys_dir.rglob("*") if path.is_file()]
        found = 0
        for ticket, response in self.people.items():
            box, body = self.backups[self.row_of(ticket, keys_dir)]
            found += any(_opened(body, box, key) == response for key in keys)
        return found

    def computed(self, keys_dir: Path) -> set[str]:
        """Kept responses whose id he can compute from a ticket, its hash or its sealed row, with any key."""
        kept = {row[0] for row in self._query("SELECT id FROM response")}
        keys = [b"", *(path.read_bytes() for path in keys_dir.rglob("*") if path.is_file())]
        pepper = PatientKeys.read(keys_dir).pepper
        made = set()
        for ticket in self.people:
            mine = self.row_of(ticket, keys_dir)
            known = (ticket.encode(), ticket_hash(pepper, ticket), mine, self.backups[mine][1])
            made |= {hashlib.sha256(key + one).hexdigest()[:32] for key in keys for one in known}
            made |= {hmac.digest(key, one, "sha256").hex()[:32] for key in keys for one in known}
            made |= {one.hex()[:32] for one in known}
        return kept & made

    def _query(self, sql: str) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]  # type: ignore[misc]


@pytest.fixture
def insider(town: Town) -> Iterator[Insider]:
    """Fourteen people were invited and have answered, each in another way."""
    responses = [a_response(n, comment=f"words {n}", age="75+") for n in range(PEOPLE)]
    people = dict(zip(town.invite("BUS1", PEOPLE), responses, strict=True))
    for ticket, response in people.items():
        town.answer(ticket, response)
    if town.engine.dialect.name == "postgresql":
        with login(town.engine, "heard_clock") as (_, engine):
            yield Insider(engine, people)
    else:
        yield Insider(town.engine, people)


def test_once_a_box_was_counted_and_its_key_destroyed_he_opens_nothing(town: Town, insider: Insider) -> None:
    insider.back_up()
    assert town.tally().responses == PEOPLE
    assert insider.named(town.keys_dir) == 0
    assert insider.computed(town.keys_dir) == set()
    assert town.number("sealed") == 0


def test_before_the_count_he_can_tell_everyone_s_answers_as_is_stated(town: Town, insider: Insider) -> None:
    insider.back_up()
    assert insider.named(town.keys_dir) == PEOPLE


def test_while_a_counted_box_waits_for_its_backup_he_still_can(town: Town, insider: Insider) -> None:
    insider.back_up()
    assert town.count().responses == PEOPLE
    assert insider.named(town.keys_dir) == PEOPLE
    town.tally()
    assert insider.named(town.keys_dir) == 0


def test_a_copy_of_the_keys_from_before_the_count_would_name_everyone(
    town: Town, insider: Insider, tmp_path: Path
) -> None:
    insider.back_up()
    kept = shutil.copytree(town.keys_dir, tmp_path / "a backup that took the keys along")
    town.tally()
    assert insider.named(town.keys_dir) == 0
    assert insider.named(kept) == PEOPLE


def test_ids_that_were_made_of_the_tickets_would_name_everyone(town: Town, insider: Insider) -> None:
    insider.back_up()
    town.tally()
    rows = town.rows("SELECT id FROM response")
    for (kept,), ticket in zip(rows, insider.people, strict=True):
        naive = insider.row_of(ticket, town.keys_dir).hex()[:32]
        town.do("UPDATE response SET id = :naive WHERE id = :kept", naive=naive, kept=kept)
    assert len(insider.computed(town.keys_dir)) == PEOPLE


def test_a_box_that_is_open_still_tells_nothing_of_one_that_was_counted(town: Town, insider: Insider) -> None:
    insider.back_up()
    town.tally()
    later = town.invite("BUS1", 3, WEEK + 1)
    for n, ticket in enumerate(later):
        town.answer(ticket, a_response(100 + n), WEEK + 1)
    insider.back_up()
    now = Insider(insider.engine, {one: a_response(100 + n) for n, one in enumerate(later)}, insider.backups)
    assert now.named(town.keys_dir) == 3  # whose box is open: he could before
    assert insider.named(town.keys_dir) == 0


def test_what_is_kept_of_a_response_holds_no_comment_no_age_and_no_trace_of_its_ticket(
    town: Town, insider: Insider
) -> None:
    insider.back_up()
    town.tally()
    tables = [row[0] for row in town.rows(_TABLES[town.engine.dialect.name])]
    whole = {
        table: json.dumps(insider._query(f"SELECT * FROM {table}"), default=_plainly) for table in tables
    }
    assert len(tables) > 20
    for ticket in insider.people:
        hashed = ticket_hash(PatientKeys.read(town.keys_dir).pepper, ticket).hex()
        assert not [
            table
            for table, said in whole.items()
            if ticket in said or hashed in said or insider.row_of(ticket, town.keys_dir).hex() in said
        ]
    assert "words" not in whole["response"]
    assert "75+" not in whole["response"]
    assert "very-good" in whole["response"]


def test_a_limit_that_is_known_what_waits_under_a_quarter_s_key_he_can_read(
    town: Town, insider: Insider
) -> None:
    # Stated in the operator's promise: until the quarter has ended and a backup is made, how they answered.
    town.tally()
    ((quarter, icb, pathway, body),) = town.rows("SELECT quarter, icb, pathway, body FROM subgroup_part")
    sealed = {"key": quarter_key(town.keys_dir, quarter), "place": _place(quarter, icb, pathway)}
    assert b"75+" in open_part(bytes(body), **sealed)
    town.prepare(WEEK + 13)
    town.tally(WEEK + 13)
    assert town.number("subgroup_part") == 0
    assert quarter not in kept_quarter_keys(town.keys_dir)


_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
}


def _plainly(value: object) -> str:
    return value.hex() if isinstance(value, bytes | memoryview) else str(value)


def _opened(body: bytes, box: str, key: Path) -> Response | None:
    try:
        return Response.decode(unseal(body, box=box, key=read_box_key(key)))
    except (InvalidTag, Misconfigured):
        return None
