"""Full scales: of which sums they leave, of which never, what becomes of wrong ones, who is shown them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.folders import Entry
from survey.catalogue.published import Publication
from survey.cli import release_words, state
from survey.cli.ask import ask as ask_command
from survey.domain.calendar import Span
from survey.domain.errors import Refused
from survey.domain.questionnaire import Option, Question, Questionnaire
from survey.domain.released import Figure
from survey.services.attack import attack
from survey.services.door import let_scales_out
from survey.services.national_return import national_return
from survey.services.nodes import nodes
from survey.services.scales import scales
from survey.storage import ledger
from survey.storage.database import engine as database_engine
from survey.storage.database import transaction
from survey.storage.ledger import New
from tests.leaving import START, House, Tree
from tests.town import PATHWAY, questionnaire

TREE = Tree(
    {"T1": ["A", "B"], "T2": ["C"], "T3": ["D"]},
    {"T": ["T1", "T2"], "U": ["T3"]},
    {"P": ["A", "C"], "Q": ["B", "D"]},
)
WEEKLY = {
    "A": {"very-good": 20, "good": 9, "poor": 3, "very-poor": 1},
    "B": {"very-good": 7, "good": 6, "neither": 2, "dont-know": 1},  # a step of two weeks
    "C": {"very-good": 10, "good": 25, "neither": 3, "poor": 2},
    "D": {"very-good": 20, "good": 10, "very-poor": 2},
}
CODES = ("very-good", "good", "neither", "poor", "very-poor", "dont-know")
# The first twelve weeks have steps of four, each in two months; then May is in two blocks, June is not.
MAY, JUNE = Span(START + 12, START + 14), Span(START + 15, START + 18)


def catalogue(*versions: Questionnaire) -> Catalogue:
    """Versions that begin a year apart."""
    return Catalogue(
        {
            one.key: Entry(
                one, Path(), Path(), Publication(one.digest, one.key, date(2019 + one.version, 1, 6))
            )
            for one in versions
        }
    )


def asking(version: int, *options: Option, kind: Any = "single") -> Questionnaire:
    """A version that asks its first question with other options."""
    whole = questionnaire(version)
    first, *rest = whole.questions
    changed = replace(first, options=options or first.options, kind=kind)
    return replace(whole, questions=(changed, *rest))


def lived_in(engine: Engine, weeks: int, *versions: Questionnaire) -> House:
    """So many weeks, each released; the whole of June where there are nineteen."""
    house = House(engine, catalogue(*(versions or (questionnaire(),)))).build(TREE)
    for at in range(weeks):
        house.answer_by_option(START + at, WEEKLY)
    house.release(START + (weeks - 1))
    return house


@pytest.fixture(scope="module")
def until_june(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    file = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("june") / "heard.sqlite3"))
    made = database_engine(f"sqlite:///{file}")
    lived_in(made, 19)
    made.dispose()
    return file


@pytest.fixture
def june(until_june: Path, tmp_path: Path) -> Iterator[House]:
    """All of June has been released."""
    made = database_engine(f"sqlite:///{shutil.copy(until_june, tmp_path / 'heard.sqlite3')}")
    yield House(made, catalogue(questionnaire()))
    made.dispose()


def told(house: House, *of: str) -> dict[str, list[Span]]:
    """The weeks of the scales of nodes that were told; each once."""
    found: dict[str, list[Span]] = {one: [] for one in of}
    for node, span in house.rows("SELECT node, span FROM ledger WHERE kind = 'scale' ORDER BY number"):
        found.setdefault(node, []).append(Span.parse(span))
    return {one: sorted(found[one]) for one in of or found}


def these(*spans: Span) -> list[Span]:
    return sorted(spans)


def options(house: House, node: str, span: Span) -> dict[str, int]:
    [(about,)] = house.rows(
        f"SELECT about FROM ledger WHERE kind = 'scale' AND node = '{node}' AND span = '{span}'"
    )
    return (json.loads(about) if isinstance(about, str) else about)["options"]


def added_up(services: Sequence[str], weeks: int) -> dict[str, int]:
    return {code: weeks * sum(WEEKLY[one].get(code, 0) for one in services) for code in CODES}


def each(span: Span) -> list[Span]:
    return [Span.of(span.first + at) for at in range(span.weeks)]


# -- what leaves -------------------------------------------------------------------------------------------


def test_scales_leave_by_shape_and_n_alone(database: Engine) -> None:
    """Weeks of thirty at once, months when they end; above one site only of months that one block holds."""
    house = lived_in(database, 19)
    weekly = these(*each(MAY), MAY, *each(JUNE), JUNE)
    assert told(house) == {
        **{"A": weekly, "C": weekly, "D": weekly},
        "B": [Span(START + 12, START + 13), Span(START + 16, START + 17)],  # a step between is in two months
        "T1": [MAY, JUNE],
        "T": [JUNE],  # in May its wards' months go on in the block before
        "QTT": [JUNE],
    }  # P and Q hold services of both trusts, as the return does not
    assert options(house, "A", JUNE) == added_up(["A"], 4)
    assert options(house, "T1", MAY) == added_up(["A", "B"], 3)
    assert options(house, "QTT", JUNE) == added_up(["A", "B", "C", "D"], 4)
    found = attack(database)
    assert (found.holds, found.crossed) == (True, [])


def test_a_question_that_no_return_tells_knows_no_months(sqlite: Engine) -> None:
    five = asking(1, *(one for one in questionnaire().questions[0].options if one.code != "dont-know"))
    house = House(sqlite, catalogue(five)).build(TREE)
    for at in range(12):
        rest = {
            one: {code: n for code, n in mine.items() if code != "dont-know"} for one, mine in WEEKLY.items()
        }
        house.answer_by_option(START + at, rest)
    house.release(START + 11)
    block = Span(START, START + 11)
    steps = [Span(START + at, START + at + 3) for at in (0, 4, 8)]
    assert told(house, "A", "T", "QTT") == {"A": these(*steps, block), "T": [block], "QTT": [block]}
    assert told(house, "P", "Q") == {"P": [], "Q": []}  # which cross the trusts
    assert attack(sqlite).holds


def test_no_scale_is_told_where_an_answer_may_be_several_options(sqlite: Engine) -> None:
    house = House(sqlite, catalogue(asking(1, kind="multiple"))).build(TREE)
    for at in range(19):
        house.answer_by_option(START + at, {"A": {"very-good": 30, "good": 20, "=favourable": 40}})
    house.release(START + 18)
    assert house.told("A") != {}
    assert told(house) == {}


def test_no_scale_is_told_of_answers_to_versions_of_other_options(sqlite: Engine) -> None:
    moved = [
        replace(one, group="neither") if one.code == "good" else one
        for one in questionnaire().questions[0].options
    ]
    house = lived_in(sqlite, 15, questionnaire(), asking(2, *moved))
    assert told(house) == {}
    house.answer_by_option(START + 15, WEEKLY, version=2)
    house.release(START + 15)
    assert told(house) == {one: [Span.of(START + 15)] for one in "ACD"}


def test_late_answers_leave_no_scale_of_their_week_but_one_of_the_month_that_has_both(
    database: Engine,
) -> None:
    house = lived_in(database, 16)
    house.answer_by_option(START + 15, {"A": {"good": 2}})
    for at in (16, 17, 18):
        house.answer_by_option(START + at, WEEKLY)
    house.release(START + 18)
    on_time = each(JUNE)
    assert told(house, "A") == {"A": these(*each(MAY), MAY, on_time[0], *on_time[2:], JUNE)}
    assert options(house, "A", JUNE) == {**added_up(["A"], 4), "good": 4 * 9 + 2}


def test_late_answers_of_the_month_before_leave_none_of_the_month(sqlite: Engine) -> None:
    house = lived_in(sqlite, 15)
    house.answer_by_option(START + 14, {"A": {"good": 2}})
    for at in (15, 16, 17, 18):
        house.answer_by_option(START + at, WEEKLY)
    house.release(START + 18)
    assert told(house, "A") == {"A": these(*each(MAY), MAY, *each(JUNE)[1:])}
    assert told(house, "T1", "T", "QTT") == {"T1": [MAY], "T": [], "QTT": []}
    assert JUNE in told(house, "C")["C"]


# -- what was wrong ----------------------------------------------------------------------------------------


def test_the_scale_of_a_wrong_figure_is_wrong_and_nothing_of_it_gets_one_afterwards(database: Engine) -> None:
    house = lived_in(database, 17)
    house.answer_by_option(START + 15, {"A": {"good": -1}})
    house.release(START + 16)
    wrong = house.rows(
        "SELECT node, span FROM ledger WHERE kind = 'withdrawn' AND about LIKE '%scale%'"
        if database.dialect.name == "sqlite"
        else "SELECT node, span FROM ledger WHERE kind = 'withdrawn' AND about->>'kind' = 'scale'"
    )
    assert wrong == [("A", str(START + 15))]
    for at in (17, 18):
        house.answer_by_option(START + at, WEEKLY)
    house.release(START + 18)
    assert told(house, "A", "T1", "T", "QTT")["A"][-2:] == each(JUNE)[2:]
    assert all(JUNE not in told(house, node)[node] for node in ("A", "T1", "T", "QTT"))
    with transaction(database, reading=True) as session:
        key = ("A", "QTT", PATHWAY)
        [mine] = ledger.scales(session, {key}, through=START + 18)[key].values()
        assert Span.of(START + 15) not in {one.figure.span for one in mine}
        [figures] = ledger.figures(session, {key}, through=START + 18)[key].values()
        assert [one.span for one in figures if one.span.first in JUNE] == each(JUNE)[1:]
    assert attack(database).crossed == []


def test_readers_of_figures_see_no_scale(june: House) -> None:
    key = ("T1", "QTT", PATHWAY)
    with transaction(june.engine, reading=True) as session:
        [figures] = ledger.figures(session, {key}, through=START + 18)[key].values()
    assert {str(one.span): one.n for one in figures} == june.told("T1")
    assert JUNE not in {one.span for one in figures}


# -- what the auditor is told ------------------------------------------------------------------------------


def put(house: House, node: str, span: Span, n: int = 40) -> None:
    """Write a scale into the ledger that nobody decided on."""
    figure = Figure(node, "QTT", PATHWAY, "fft", span, (n, 0, 0), n)
    with transaction(house.engine) as session:
        ledger.append(session, START + 18, [New(figure, "scale", about={"options": {"good": n}})])


@pytest.mark.parametrize(
    ("node", "span", "says"),
    [
        ("P", JUNE, "crosses"),  # all of thirty answers tell theirs
        ("A", Span(START + 16, START + 16), "tells fewer of an option than its parts"),
        ("B", Span.of(START + 15), "of fewer than 30"),
        ("C", Span(START + 14, START + 15), "crosses"),
        ("T", Span(START + 17, START + 19), "is not the sum of figures"),
    ],
)
def test_a_scale_that_the_proof_does_not_cover_is_found(
    june: House, node: str, span: Span, says: str
) -> None:
    put(june, node, span, 12 if node == "B" else 40)
    found = attack(june.engine)
    assert not found.holds
    assert any(says in one and f"scale of {node} {span}" in one for one in found.crossed)
    assert any(says in line for line in release_words.attacked(found))


def test_a_return_whose_rows_are_other_ones_by_then_is_named_and_is_not_ours(june: House) -> None:
    june.serve("B", "T2", "Q")
    national_return(june.engine, june.catalogue, "2025-06", PATHWAY, who="ann", now=START + 20)
    found = attack(june.engine)
    assert (found.holds, found.crossed) == (True, [])
    assert any(
        f"scale of T1 {JUNE}" in one and f"return of T2 {JUNE}" in one for one in found.crossed_by_returns
    )


def test_a_return_of_the_same_tree_crosses_nothing(june: House) -> None:
    for month in ("2025-03", "2025-05", "2025-06"):
        national_return(june.engine, june.catalogue, month, PATHWAY, who="ann", now=START + 20)
    found = attack(june.engine)
    assert found.crossed == found.crossed_by_returns == []


# -- who is shown them -------------------------------------------------------------------------------------


def asked(house: House, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> list[list[str]]:
    monkeypatch.setattr(state, "database", lambda *_: house.engine)
    monkeypatch.setattr(state, "catalogue", lambda *_: house.catalogue)
    found = CliRunner().invoke(ask_command, [*arguments, "--question", "fft"], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return [line.split("  ") for line in found.stdout.splitlines()]


def weeks(first: int, last: int) -> tuple[str, ...]:
    return "--from", str(START + first), "--to", str(START + last)


def test_whoever_asks_of_weeks_whose_scales_have_left_is_told_them_added_up(
    june: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = asked(june, monkeypatch, "A", *weeks(13, 17))
    at = said.index(["full scale", "number", "per cent", "from", "to"])
    assert said[at + 1 : at + 3] == [["Very good", "100", "61", "53", "68"], ["Good", "45", "27", "21", "35"]]
    assert not any(row[0] == "mean score" for row in said)  # the Friends and Family Test has no scores
    for one in (["B", *weeks(14, 17)], ["A", *weeks(12, 15), "--public"], ["T1", *weeks(15, 16)]):
        assert not any(row[0] == "full scale" for row in asked(june, monkeypatch, *one))


def scored(question: Question) -> list[Option]:
    scores = (5, 4, 3, 2, 1)
    rated = [one for one in question.options if one.code != "dont-know"]
    return [replace(one, score=score) for one, score in zip(rated, scores, strict=True)]


def test_the_mean_is_that_of_the_scale_that_left(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    house = lived_in(sqlite, 13, asking(1, *scored(questionnaire().questions[0])))
    said = asked(house, monkeypatch, "A", *weeks(12, 12))
    assert ["mean score", f"{(20 * 5 + 9 * 4 + 3 * 2 + 1) / 33:.1f}", "of scores from 1 to 5"] in said


def test_a_scale_that_is_not_in_the_ledger_does_not_pass_the_door(june: House) -> None:
    with transaction(june.engine, reading=True) as session:
        every = scales(session, june.catalogue, nodes(session), through=START + 18).what
        first = every[0]
        assert let_scales_out(session, first, every, through=START + 18).what is first
        for wrong in (
            replace(first, options={**first.options, "good": first.options["good"] + 1}),
            replace(first, span=Span(first.span.first, first.span.last + 1)),
            replace(first, key=("B", "QTT", PATHWAY)),
        ):
            with pytest.raises(Refused, match="has not been released"):
                let_scales_out(session, wrong, [wrong], through=START + 18)
        with pytest.raises(Refused, match="has not been released"):
            let_scales_out(session, first, [first], through=START + 1)
