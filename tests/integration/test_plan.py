"""`heard plan`: how long a change takes to show in each service, and planning ahead without a database."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from analysis.power import answers_needed, weeks_to_signal
from survey.cli.main import heard
from survey.cli.plan import plan as command
from survey.domain.calendar import Span, Week
from survey.domain.counts import Atom
from survey.domain.errors import BadInput, HeardError, NotFound
from survey.domain.organisation import Node
from survey.presenters.plan_words import of_service
from survey.services.plan import plans, sensitivity_of
from survey.services.series import Series
from survey.storage import counts
from survey.storage.database import transaction
from tests.town import PATHWAY, Town, questionnaire

WEEK = Week.parse("2026-W40")
NODE = Node("FULL", "Bus FULL", "service", "QTT", PATHWAY, ("FULL",))


@pytest.fixture
def place(sqlite: Engine, keys_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A service with about 100 answers a week, one with three, one with none; 85 % are good."""
    made = Town(sqlite, keys_dir).build("FULL", "FEW", "NONE")
    for code, n in (("FULL", 100), ("FEW", 3)):
        answered(made, code, n)
    monkeypatch.setattr("survey.cli.state.catalogue", lambda _: made.catalogue)
    monkeypatch.setenv("HEARD_DATABASE_URL", str(sqlite.url))
    return made


def answered(place: Town, service: str, n: int, weeks: int = 48) -> None:
    """So many answers in each of so many weeks, steady: 85 of 100 are good, and now and then 82 or 88."""
    rows = []
    for ago in range(weeks):
        good = round(n * (0.85 + 0.03 * (ago % 3 - 1)))
        where = {"service": service, "questionnaire": "bus/v1", "span": str(WEEK + -ago), "question": "fft"}
        rows += [{**where, "option": option, "n": m} for option, m in (("good", good), ("poor", n - good))]
    with transaction(place.engine) as session:
        counts.add_counts(session, rows)


def run(*words: str) -> list[str]:
    said = CliRunner().invoke(command, list(words), catch_exceptions=False)
    assert said.exit_code == 0, said.output
    return said.output.replace("\u00a0", " ").splitlines()


def refused(*words: str) -> str:
    with pytest.raises(HeardError) as error:
        run(*words)
    return str(error.value)


def of(service: str, lines: list[str]) -> str:
    return next(line for line in lines if line.startswith(f"{service}"))


def test_each_service_is_told_how_long_a_fall_takes_to_show(place: Town):
    lines = run("--week", str(WEEK))
    assert re.fullmatch(
        "Bus FULL, ‘Positive’ 85 %: With about 100 answers a week, a fall of 5 points takes .+ to show. "
        "To show within 13 weeks it wants about 8[0-4] answers a week.",
        of("Bus FULL", lines),
    )
    assert of("Bus NONE", lines).startswith("Bus NONE: nothing is told yet (no or too few responses")
    assert len(lines) == 4
    assert "chance of 80 %" in lines[-1]


def test_a_service_with_few_answers_is_watched_with_a_wider_node(place: Town):
    line = of("Bus FEW", run("FEW", "--week", str(WEEK)))
    assert "too few answers to watch it by itself; it is watched with Test Hospital." in line
    assert "it wants about" in line


def test_a_larger_fall_shows_sooner_and_more_weeks_want_fewer_answers(place: Town):
    first = of("Bus FULL", run("FULL", "--week", str(WEEK), "--fall", "10", "--weeks", "52"))
    assert "a fall of 10 points takes about 4 weeks to show. To show within 52 weeks it wants about" in first
    found, untold = plans(place.engine, place.catalogue, "FULL", WEEK, change=0.1, within=52)
    assert untold == []
    assert found[0].answers_a_week == 100
    assert found[0].level == pytest.approx(0.85, abs=0.005)
    assert found[0].weeks == pytest.approx(float(weeks_to_signal(100, found[0].level, 0.1)))
    assert found[0].needed == pytest.approx(float(answers_needed(found[0].level, 0.1, 52)))


def test_a_fall_larger_than_the_level_is_told_as_one_that_cannot_be(place: Town):
    line = of("Bus FULL", run("FULL", "--week", str(WEEK), "--fall", "90"))
    assert line.endswith("its level leaves no room for a fall of 90 points.")


def test_an_unknown_node_is_told(place: Town):
    with pytest.raises(NotFound, match="no organisation 'NOWHERE'"):
        run("NOWHERE")


def test_where_nothing_is_open_it_is_said(place: Town):
    place.do("UPDATE service SET closed = true")
    assert "no open service" in run("--week", str(WEEK))[0]


def test_it_plans_ahead_without_a_database(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HEARD_DATABASE_URL", "sqlite:////nowhere/at/all.sqlite3")
    first, how = run("--answers", "100", "--level", "85", "--fall", "10")
    assert first.startswith("With about 100 answers a week, a fall of 10 points takes about 4 weeks to show.")
    assert "To show within 13 weeks it wants about" in first
    assert "80 %" in how


def test_what_nothing_can_show_is_said_so():
    first, _ = run("--answers", "6", "--level", "85", "--fall", "2", "--weeks", "1")
    assert "takes longer than two years to show" in first
    assert "No number of answers that was tried shows it within a week." in first


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("--answers", "100", "--level", "0.85"),
            "--level: 0.85 is under one; it is given in per cent, as 85",
        ),
        (("--answers", "100", "--level", "101"), "--level: 101 lies outside 1 to 100"),
        (("--answers", "100", "--level", "nan"), "--level: nan lies outside 1 to 100"),
        (
            ("--answers", "100", "--level", "85", "--fall", "0.05"),
            "--fall: 0.05 is under one; it is given in",
        ),
        (("--answers", "100", "--level", "85", "--fall", "-5"), "--fall: -5 lies outside 1 to 100"),
        (("--answers", "100", "--level", "85", "--fall", "1"), "two points"),
        (("--answers", "100", "--level", "4", "--fall", "5"), "no larger than what the level leaves"),
        (("--answers", "4", "--level", "85"), "with 4 answers a week nothing is watched by itself"),
        (("--answers", "-4", "--level", "85"), "--answers: a number above 0 is wanted, not -4"),
        (("--answers", "inf", "--level", "85"), "--answers: a number above 0 is wanted, not inf"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_the_reason(words: tuple[str, ...], says: str):
    assert says in refused(*words)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--answers", "100"), "one of them is missing"),
        (("--level", "85"), "one of them is missing"),
        (("FULL", "--answers", "100", "--level", "85"), "leave NODE and --week out"),
        (("--weeks", "0"), "1<=x<=104"),
        (("--fall", "five"), "not a valid float"),
    ],
)
def test_a_slip_at_the_keyboard_is_told_as_usage(words: tuple[str, ...], says: str):
    said = CliRunner().invoke(heard, ["plan", *words])
    assert said.exit_code == 2
    assert says in said.output


def test_a_fall_under_two_points_is_refused_for_services_too(place: Town):
    with pytest.raises(BadInput, match="two points"):
        plans(place.engine, place.catalogue, None, WEEK, change=0.01)


def series(
    *good: int | None, n: int = 100, better: str = "higher", step: int = 1, reworded: int = 0
) -> Series:
    """A step for each number of good answers of `n`; None is withheld."""
    asked = questionnaire()
    first = Week.parse("2025-W01")
    atoms = tuple(
        Atom(Span(first + i * step, first + (i * step + step - 1)), 0 if m is None else n, m)
        for i, m in enumerate(good)
    )
    lead = replace(asked.indicators[0], better=better)  # type: ignore[arg-type]
    return Series(NODE, asked, lead, atoms, (reworded,) if reworded else (), step)


STEADY = [85, 82, 88] * 10


def test_the_sensitivity_of_a_series_is_that_of_its_newest_quarter():
    found = sensitivity_of(series(*[40] * 3, *STEADY, reworded=3))
    assert found is not None
    assert (found.answers_a_week, found.change, found.direction) == (100, 0.05, "fall")
    assert found.level == pytest.approx(0.85, abs=0.005)
    assert found.weeks == pytest.approx(float(weeks_to_signal(100, found.level, 0.05)))


def test_weeks_that_are_withheld_count_as_weeks_without_answers():
    found = sensitivity_of(series(*[85, None] * 20, None, None, None))
    assert found is not None
    assert found.answers_a_week == pytest.approx(100 * 7 / 13)


def test_steps_of_several_weeks_are_answers_a_week_all_the_same():
    found = sensitivity_of(series(*[34, 33, 35] * 8, n=40, step=4))
    assert found is not None
    assert found.answers_a_week == 10


def test_a_series_that_varies_more_than_by_chance_takes_longer():
    calm, wild = (sensitivity_of(series(*steps)) for steps in (STEADY, [85, 70, 100] * 10))
    assert calm is not None
    assert wild is not None
    assert wild.weeks is None or (calm.weeks is not None and wild.weeks > 2 * calm.weeks)


def test_where_less_is_better_it_is_a_rise_that_is_told_of():
    found = sensitivity_of(series(*[15, 18, 12] * 10, better="lower"))
    assert found is not None
    assert (found.direction, found.level) == ("rise", pytest.approx(0.15, abs=0.005))
    mirrored = sensitivity_of(series(*STEADY))
    assert mirrored is not None
    assert found.weeks == pytest.approx(mirrored.weeks, rel=0.05)


@pytest.mark.parametrize(
    "nothing",
    [
        series(),
        series(None, None),
        series(*STEADY, step=6),
        series(*[3] * 30),
        series(*[98] * 30, better="lower"),
    ],
    ids=["no steps", "all withheld", "steps too long", "no room for a fall", "no room for a rise"],
)
def test_a_series_without_a_sensitivity_has_none(nothing: Series):
    assert sensitivity_of(nothing) is None


def test_of_an_indicator_of_which_less_is_better_a_rise_is_planned(place: Town):
    asked = questionnaire()
    lead = replace(asked.indicators[0], better="lower", numerator=frozenset({"poor", "very-poor"}))
    entry = next(iter(place.catalogue.entries.values()))
    changed = replace(entry, questionnaire=replace(asked, indicators=(lead,)))
    place.catalogue = type(place.catalogue)({asked.key: changed})
    found, _ = plans(place.engine, place.catalogue, "FULL", WEEK, change=0.1)
    assert found[0].level == pytest.approx(0.15, abs=0.005)
    fall_of_the_others = weeks_to_signal(100, 1 - found[0].level, 0.1)
    assert found[0].weeks == pytest.approx(float(fall_of_the_others))
    assert "a rise of 10\u00a0points takes about" in of_service(found[0])
