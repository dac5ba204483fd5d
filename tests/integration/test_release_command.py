"""`heard release` as an operator and an auditor meet it."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from survey.catalogue.catalogue import Catalogue
from survey.cli import state
from survey.cli.main import heard
from survey.domain.calendar import Span, this_week
from survey.domain.released import Figure
from survey.storage import ledger
from survey.storage.database import transaction
from survey.storage.ledger import New
from tests.leaving import ONE_SITE, START, House
from tests.town import PATHWAY

LAST = START + 11


@pytest.fixture
def house(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> House:
    """A block of weeks, of which the last is not released; C is small."""
    monkeypatch.setenv("HEARD_DATABASE_URL", str(sqlite.url))
    made = House(sqlite).build(ONE_SITE)
    monkeypatch.setattr(state, "catalogue", lambda *_: made.catalogue)
    for n in range(12):
        made.answer(START + n, {"A": (12, 3, 1), "B": (5, 1, 1), "C": (1, n % 2, 0)})
    made.release(START + 10)
    return made


def run(*words: str) -> Result:
    return CliRunner().invoke(heard, ["release", *words], catch_exceptions=False)


def test_a_dry_run_says_what_would_leave_by_level_and_writes_nothing(house: House) -> None:
    before = house.rows("SELECT * FROM ledger")
    said = run("--week", str(LAST), "--dry-run").output
    rows = {line.split()[0]: line for line in said.splitlines() if line}
    assert re.fullmatch(r"service +1 +1 +1 +0 +\d\d %", rows["service"])
    assert re.fullmatch(r"site +1 +0 +0 +0 +100 %", rows["site"])
    assert rows["place"].endswith("–")
    assert f"since {START}" in said
    assert "nothing was written; would be: 2 figures" in said
    assert house.rows("SELECT * FROM ledger") == before
    assert house.rows("SELECT max(week) FROM released_week") == [(str(START + 10),)]
    assert house.rows("SELECT count(*) FROM answer_count WHERE n <> taken") == [(8,)]


def test_a_release_says_one_line_and_a_second_that_there_is_nothing_to_do(house: House) -> None:
    first, second = run("--week", str(LAST)), run("--week", str(LAST))
    assert first.stdout.startswith("2 figures released for staff and ")
    assert "withheld: 1 to protect others, 1 too small" in first.stdout
    assert second.stdout == f"{LAST} has been released: nothing new leaves\n"
    assert house.rows("SELECT DISTINCT act FROM audit") == [("figures released",)]


def test_a_week_that_is_still_running_is_said_to_be(house: House) -> None:
    assert f"{this_week()} is still running" in run("--week", str(this_week()), "--dry-run").stderr


def test_answers_to_a_questionnaire_that_is_gone_are_told_of_and_wait(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "catalogue", lambda *_: Catalogue({}))
    done = run("--week", str(LAST))
    assert "not released: bus/v1 is not in the catalogue: its answers wait until it is" in done.stderr
    assert house.rows("SELECT count(*) FROM answer_count WHERE n <> taken") == [(8,)]


def test_a_check_of_what_the_gate_let_out_finds_nothing(house: House) -> None:
    run("--week", str(LAST))
    done = run("check")
    assert (done.exit_code, done.stdout.startswith("the ledger holds: ")) == (0, True)


def entered(house: House, *found: New) -> None:
    """What went around the gate."""
    with transaction(house.engine) as session:
        ledger.append(session, LAST, found)


def figure(node: str, counts: tuple[int, int, int], span: Span) -> Figure:
    return Figure(node, "QTT", PATHWAY, "fft", span, counts, sum(counts))


def test_a_check_names_who_could_be_bounded_to_how_much_and_by_what(house: House) -> None:
    span = Span(START, START + 3)
    entered(house, New(figure("B", (20, 4, 4), span)))  # beside A's and the site's, it tells of C
    done = run("check")
    assert done.exit_code == 1
    by = rf"\w+ {re.escape(str(START))}/[-\w]+ \(entry \d+\)"
    assert re.search(rf"^C, {START} \(bus, fft\): [6-9] at most, by {by}", done.stdout, re.MULTILINE)
    assert "the ledger does not hold" in done.stdout


def test_what_a_national_return_exposes_beside_what_was_out_stands_apart_and_fails_nothing(
    house: House,
) -> None:
    span = Span(START, START + 3)
    entered(house, New(figure("C", (4, 2, 0), span), "return", ("C",), {"weeks": str(span)}))
    done = run("check")
    assert done.exit_code == 0, done.stdout
    assert "exposed by national returns" in done.stdout
    assert re.search(rf"^  C, {START} \(bus, fft\): [6-9] at most, by ", done.stdout, re.MULTILINE)
    assert f"national return: C {span} (entry " in done.stdout


def test_a_check_finds_a_ledger_that_was_rewritten(house: House) -> None:
    with house.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER ledger_no_update"))
        connection.execute(text("UPDATE ledger SET n = n + 1 WHERE number = 2"))
    done = run("check")
    assert (done.exit_code, "broken: entry 2 of the ledger was changed" in done.stdout) == (1, True)


def test_why_a_figure_was_withheld_is_told_without_any_count(house: House) -> None:
    run("--week", str(LAST))
    small, protects = run("why", "C").stdout, run("why", "B").stdout
    assert f"{START + 8}/{LAST}  bus, fft, ICB QTT, for staff: too small (release of {LAST})" in small
    assert f"for staff: protects C, {START + 8} (release of {LAST})" in protects
    assert run("why", "A").stdout == "nothing of it was withheld\n"
    assert run("why", "C", "--week", str(START + 9)).stdout.count("\n") == 1


def test_options_of_a_release_are_not_those_of_its_checks(house: House) -> None:
    assert run("--dry-run", "check").exit_code == 2
    assert run("--week", str(LAST), "why", "A").exit_code == 2
