"""The national return: by the national rule, once, with what it exposes for the auditor."""

from __future__ import annotations

import csv
import json
import stat
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from analysis import reach
from analysis.disclosure import SolverFailed
from survey.catalogue.catalogue import Catalogue
from survey.cli import state
from survey.cli.national_return import national_return as command
from survey.domain.blocks import BLOCK
from survey.domain.calendar import Span, Week, month_span
from survey.domain.errors import BadInput, NotFound, Refused
from survey.domain.organisation import Organisation, Service
from survey.services.national_return import COLUMNS, Return, national_return
from survey.services.releasing.pieces import pieces_of
from survey.services.returning import exposed
from survey.storage import counts, directory, ledger
from survey.storage.database import transaction
from tests.integration.conftest import LivedIn
from tests.integration.test_ledger import problems, tamper
from tests.leaving import START, Counts, House, Tree
from tests.roles import as_role
from tests.town import PATHWAY

# One ward a service, and a trust's own service.
TREE = Tree({"T1": ["A"], "T2": ["B"], "T3": ["C"]}, {"T": ["T1", "T2", "T3"]}, {"P": ["A", "B", "C"]})
MONTH = "2025-03"
WEEKS = month_span(MONTH)  # four, in the first block: the second to the fifth
SHARED = "2025-05"  # in two blocks


@pytest.fixture
def lived_in() -> LivedIn:
    return _lived_in


def _lived_in(engine: Engine) -> House:
    """Sixteen weeks, each released: C by twenty a week, B by three, A by one now and then."""
    house = House(engine).build(TREE)
    for at in range(16):
        week = START + at
        answers: dict[str, Counts] = {"B": (2, 0, 1), "C": (14, 2, 4)}
        house.answer(week, answers | ({"A": (1, 0, 0)} if at % 2 else {}))
        house.release(week)
    return house


def made(house: House, month: str = MONTH, **more: Any) -> Return:
    return national_return(as_role(house.engine, "clock"), house.catalogue, month, PATHWAY, who="ann", **more)


def rows(found: Return) -> dict[str, list[Any]]:
    """What is told of each trust, ward and ICB, by the code of the last that has one."""
    at = found.rows.index(COLUMNS)
    return {next(code for code in row[4::-2] if code): list(row[7:]) for row in found.rows[at + 1 :]}  # type: ignore[misc]


def entered(house: House) -> list[tuple[Any, ...]]:
    return house.rows(
        "SELECT node, span, n, favourable, neither, unfavourable FROM ledger WHERE kind = 'return'"
        " ORDER BY number"
    )


def test_a_small_ward_and_the_next_lowest_are_starred_and_all_else_is_exact(house: House) -> None:
    found = made(house)
    whole = [94, "70%", "21%", 0, 66, 8, 20, 0, 0]
    hidden = ["*"] * 9
    by_ward = {"T1": hidden, "T2": hidden, "T3": [80, "70%", "20%", 0, 56, 8, 16, 0, 0]}
    assert rows(found) == {"QTT": whole, "T": whole, **by_ward}
    weeks = ("Weeks", str(WEEKS.first), str(WEEKS.last))
    assert (*weeks, "those whose Thursday falls in the month") in found.rows


def test_what_was_told_is_in_the_ledger_and_nothing_of_what_was_starred(house: House) -> None:
    assert made(house).entered == 4
    span = str(WEEKS)
    assert entered(house) == [
        ("QTT", span, 0, 0, 0, 0),  # the sheet itself
        ("QTT", span, 94, 66, 8, 20),
        ("T", span, 94, 66, 8, 20),
        ("T3", span, 80, 56, 8, 16),
    ]
    with transaction(house.engine, reading=True) as session:
        assert ledger.broken(session) is None
    [about] = house.rows("SELECT about FROM audit WHERE act = 'national return made'")
    said = json.loads(about[0]) if isinstance(about[0], str) else about[0]
    assert (said["month"], said["entered"]) == (MONTH, 4)


def test_a_ledger_that_is_cut_short_after_a_return_is_found_by_the_audit_chain(house: House) -> None:
    made(house)
    assert problems(house) == []
    ((last,),) = house.rows("SELECT max(number) FROM ledger")
    tamper(house, "DELETE FROM ledger WHERE kind = 'return'")
    [said] = problems(house)
    assert said.startswith(f"entry {last} of the ledger")
    assert "cut short" in said


def test_made_again_it_is_the_same_whatever_came_since(house: House) -> None:
    first = made(house)
    house.answer(WEEKS.last, {"A": (30, 0, 0), "C": (0, 0, 9)})  # late
    house.release(START + 16)
    house.serve("NEW", "T1")
    again = made(house)
    assert (again.rows, again.exposed, again.entered) == (first.rows, first.exposed, 0)
    assert len(entered(house)) == 4


def test_a_month_in_two_blocks_is_entered_in_pieces(sqlite_house: House) -> None:
    found = made(sqlite_house, SHARED, now=START + 20)
    by_span = {(node, span): n for node, span, n, *_ in entered(sqlite_house) if n}
    whole = month_span(SHARED)
    assert {span for _, span in by_span} == {f"{whole.first}/{START + 11}", f"{START + 12}/{whole.last}"}
    assert sum(n for (node, _), n in by_span.items() if node == "T3") == rows(found)["T3"][0] == 100


def exposing(house: House) -> str:
    """A month in which each ward has five and more: it is told alone, and its sum bounds its weeks."""
    house.answer(START + 16, {"A": (6, 0, 0), "B": (3, 0, 5), "C": (14, 2, 4)})
    house.release(START + 16)
    for at in range(17, 21):
        house.answer(START + at, {"C": (14, 2, 4)})
        house.release(START + at)
    return (START + 16).month


def test_what_the_return_exposes_is_listed_by_service_and_week(sqlite_house: House) -> None:
    found = made(sqlite_house, exposing(sqlite_house))
    assert f"A, {START + 16}" in found.exposed.alone
    assert f"B, {START + 15}" in found.exposed.together  # a step of both wards' weeks less the month's
    assert not any(one.startswith("C") for one in (*found.exposed.alone, *found.exposed.together))


def no_optimum(*_arguments: object, **_options: object) -> SimpleNamespace:
    return SimpleNamespace(status=4, message="numerical difficulties", x=None, fun=None)


def test_a_return_whose_exposures_no_solver_finds_is_made_and_says_which_weeks(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    month = exposing(house)
    with monkeypatch.context() as patch:
        for name in ("linprog", "milp"):
            patch.setattr(reach, name, no_optimum)
        found = made(house, month)
    assert found.entered == len(entered(house)) > 1
    assert (found.exposed.alone, found.exposed.unknown) == ((), tuple(pieces_of(month_span(month))))
    again = made(house, month)
    assert (again.rows, again.entered) == (found.rows, 0)
    assert again.exposed.alone
    assert not again.exposed.unknown


def test_of_two_blocks_only_what_cannot_be_computed_is_unknown(
    sqlite_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two together fail, and then the second: of the first is said what its piece may expose."""
    whole, left = exposed.bounds, [0, 0, 0, 0]

    def fails(counts: Any, out: Any, **options: Any) -> Any:
        if len(counts) > BLOCK * len(TREE.services) or not left:
            raise SolverFailed("no optimum")
        left.pop()
        return whole(counts, out, **options)

    monkeypatch.setattr(exposed, "bounds", fails)
    found = made(sqlite_house, SHARED, now=START + 20).exposed
    assert found.unknown == (Span(START + 12, month_span(SHARED).last),)
    assert found.alone == found.together == ()


def test_a_service_whose_answers_came_late_in_part_is_left_out_and_named(sqlite_house: House) -> None:
    """Its options cannot be told apart by when they came, and so no sum of cells is what would be told."""
    house = sqlite_house
    house.answer(WEEKS.last, {"C": (3, 0, 0)})
    house.release(START + 16)
    found = made(house)
    assert "T3" not in rows(found)
    assert any("C (C)" in row for row in found.rows)
    assert rows(found)["QTT"][0] == 14


def test_answers_that_wait_to_be_released_are_in_no_return(sqlite_house: House) -> None:
    sqlite_house.answer(WEEKS.last, {"C": (3, 0, 0)})
    assert rows(made(sqlite_house))["T3"][0] == 80


def test_a_month_that_is_not_over_or_not_released_is_refused(house: House) -> None:
    with pytest.raises(Refused, match="has not ended"):
        made(house, now=WEEKS.last)
    with pytest.raises(Refused, match="has not been released yet"):
        made(house, "2025-07")
    with pytest.raises(BadInput, match="a month is written"):
        made(house, "March")
    with pytest.raises(NotFound, match="no pathway 'tram'"):
        national_return(house.engine, house.catalogue, MONTH, "tram", who="ann")
    assert entered(house) == []


def test_a_pathway_that_does_not_ask_the_test_has_no_return(sqlite_house: House) -> None:
    entries = dict(sqlite_house.catalogue.entries)
    for key, one in entries.items():
        lead = one.questionnaire.question("fft")
        fewer = replace(lead, options=lead.options[:-1])
        rest = tuple(fewer if q.code == "fft" else q for q in one.questionnaire.questions)
        entries[key] = replace(one, questionnaire=replace(one.questionnaire, questions=rest))
    with pytest.raises(Refused, match="does not ask the Friends and Family Test"):
        national_return(sqlite_house.engine, Catalogue(entries), MONTH, PATHWAY, who="ann")


def test_answers_taken_back_withdraw_what_the_return_told(sqlite_house: House) -> None:
    house = sqlite_house
    made(house)
    house.answer(WEEKS.first, {"C": (-14, -2, -4)})
    house.release(START + 16)
    gone = house.rows("SELECT node, span FROM ledger WHERE kind = 'withdrawn' AND form = 'staff'")
    assert ("T3", str(WEEKS)) in gone


def test_a_ward_and_a_trusts_own_service_are_named(sqlite_house: House) -> None:
    house = sqlite_house
    with transaction(house.engine) as session:
        directory.keep_organisations(session, [Organisation("T1W", "Ward 7", "ward", parent="T1")])
        directory.keep_service(session, Service("W", "On the ward", PATHWAY, "T1W", "P"))
        directory.keep_service(session, Service("OWN", "At home", PATHWAY, "T", "P"))
    found = made(house)
    names = {row[4:7] for row in found.rows if len(row) == len(COLUMNS)}
    assert ("T1", "T1", "Ward 7") in names
    assert ("", "", "At home") in names


def test_the_command_writes_a_sheet_and_a_list_for_the_auditor(
    sqlite_house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    house = sqlite_house
    with transaction(house.engine) as session:
        directory.keep_organisations(session, [Organisation("T3", "=cmd()", "site", parent="T")])
        counts.add_counts(session, [])
    arguments = (SHARED, "--pathway", PATHWAY, "--out", str(tmp_path))
    assert run(house, monkeypatch, *arguments).exit_code == 0
    sheet, auditor = tmp_path / "fft-bus-2025-05.csv", tmp_path / "fft-bus-2025-05-for-the-auditor.csv"
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.reader(file))
    assert list(COLUMNS) in found
    assert any("'=cmd()" in row for row in found)
    assert stat.S_IMODE(auditor.stat().st_mode) == 0o600
    assert Week.parse("2025-W18") in month_span(SHARED)
    first = sheet.read_bytes(), auditor.read_bytes()
    assert "as it was made before" in run(house, monkeypatch, *arguments).stdout
    assert (sheet.read_bytes(), auditor.read_bytes()) == first


def run(house: House, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    monkeypatch.setattr(state, "settings", lambda: None)
    monkeypatch.setattr(state, "database", lambda *_: house.engine)
    monkeypatch.setattr(state, "catalogue", lambda *_: house.catalogue)
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


def test_the_command_tells_the_auditor_of_which_weeks_nothing_could_be_computed(
    sqlite_house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    month = exposing(sqlite_house)
    for name in ("linprog", "milp"):
        monkeypatch.setattr(reach, name, no_optimum)
    done = run(sqlite_house, monkeypatch, month, "--pathway", PATHWAY, "--out", str(tmp_path))
    assert done.exit_code == 0
    auditor = (tmp_path / f"fft-bus-{month}-for-the-auditor.csv").read_text("utf-8-sig")
    for span in pieces_of(month_span(month)):
        assert f"what it exposes in {span} could not be computed" in done.stdout
        assert f'"perhaps, for it could not be computed",all of {span}\n' in auditor
