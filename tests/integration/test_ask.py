"""Single questions: told whole or not at all, in either form, by what patients told of themselves, as CSV."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from analysis.comparison import wilson
from survey.cli import state
from survey.cli.ask import ask as ask_command
from survey.domain.calendar import Span, quarter_span
from survey.domain.errors import BadInput, NotFound, Refused
from survey.domain.organisation import Organisation
from survey.domain.released import Form
from survey.services import attack as attacking
from survey.services.ask import Answer, Asked, ask
from survey.services.ask_subgroups import Table, ask_by
from survey.services.csv_file import write_csv
from survey.storage import counts, ledger
from survey.storage.database import transaction
from survey.storage.ledger import New
from tests.integration.conftest import LivedIn
from tests.integration.test_ledger import problems, tamper
from tests.leaving import START, Counts, House, Tree
from tests.roles import as_role

TREE = Tree({"T1": ["A", "B"], "T2": ["C"]}, {"T": ["T1", "T2"]}, {"P": ["A", "B", "C"]})
QUARTER = (START + 8).quarter


@pytest.fixture
def lived_in() -> LivedIn:
    return _lived_in


def _lived_in(engine: Engine) -> House:
    """Two blocks: A answers by eight a week, B by three, C by forty; released every week."""
    house = House(engine).build(TREE)
    for at in range(24):
        house.answer(START + at, {"A": (6, 1, 1), "B": (2, 0, 1), "C": (31, 2, 7)})
        house.release(START + at)
    return house


def asked(node: str, first: int, last: int, form: Form = "staff", **more: Any) -> Asked:
    question = more.pop("question", "fft")
    return Asked(node, Span(START + first, START + last), question, "ann", form=form, **more)


def told(house: House, *which: Any, **more: Any) -> Answer:
    return ask(as_role(house.engine, "clock"), house.catalogue, asked(*which, **more))


def others(house: House) -> list[tuple[Any, ...]]:
    return house.rows("SELECT node, form, span, n FROM ledger WHERE kind = 'answer' ORDER BY number")


def in_the_chain(house: House) -> list[dict[str, Any]]:
    rows = house.rows("SELECT about FROM audit WHERE act = 'question asked' ORDER BY number")
    return [json.loads(about) if isinstance(about, str) else about for (about,) in rows]


def test_what_has_left_is_added_up_and_nothing_is_entered(house: House) -> None:
    answer = told(house, "C", 0, 23)
    assert (answer.counts, answer.n, answer.entered) == ((24 * 31, 24 * 2, 24 * 7), 960, 0)
    assert others(house) == []
    assert in_the_chain(house)[0] | {"why": ""} == {
        **{"node": "C", "icb": "QTT", "pathway": "bus", "question": "fft", "form": "staff", "why": ""},
        **{"weeks": f"{START}/{START + 23}", "outcome": "told", "entered": 0},
    }


def test_a_new_sum_is_entered_once_in_each_block_and_bound_by_the_chain(house: House) -> None:
    """Of a place that is new: it had no steps of its own in these weeks."""
    merge(house, A="T1", C="T2")
    first = told(house, "N", 0, 23, why="the board")
    again = told(house, "N", 0, 23)
    assert first.n == again.n == 24 * (8 + 40)
    assert first.counts == again.counts == (24 * 37, 24 * 3, 24 * 8)
    assert (first.entered, again.entered) == (2, 0)
    with transaction(house.engine, reading=True) as session:
        assert ledger.broken(session) is None
        about = next(one.about for one in ledger.entries(session) if one.kind == "answer")
    assert about == {"who": "ann", "why": "the board"}


def merge(house: House, **site_of: str) -> None:
    """Services come into a place of their own, after the weeks that are asked about."""
    house.organise(Organisation("N", "New", "place", parent="QTT"))
    for service, site in site_of.items():
        house.serve(service, site, "N")


def test_a_ledger_that_is_cut_short_after_an_answer_is_found_by_the_audit_chain(house: House) -> None:
    merge(house, A="T1", C="T2")
    assert told(house, "N", 0, 11).entered == 1
    assert problems(house) == []
    tamper(house, "DELETE FROM ledger WHERE kind = 'answer'")
    [said] = problems(house)
    assert "cut short" in said


def test_a_period_that_cuts_a_step_is_refused_with_the_whole_ones(house: House) -> None:
    before = house.ledger()
    with pytest.raises(Refused, match="cut a step that has left") as refusal:
        told(house, "B", 5, 13)
    assert house.ledger() == before
    assert in_the_chain(house)[-1]["outcome"] == "cuts"
    said = str(refusal.value)
    assert all(span in said for span in house.told("B"))
    assert not re.search(r"\d", re.sub(r"\d{4}-W\d\d", "", said))  # spans, never a count
    with pytest.raises(Refused, match="cut a step"):
        told(house, "T1", 0, 3, "public")  # staff have that step, and everybody has twelve weeks in one


def test_weeks_of_which_nothing_has_left_are_refused_whatever_was_answered(house: House) -> None:
    """One week of a step that has not ended: whether it has ten answers or none, the words are the same."""
    for at, n in ((24, 2), (25, 0), (26, 40)):
        house.answer(START + at, {"A": (n, 0, 0), "C": (31, 2, 7)})
        house.release(START + at)
    words = set()
    for at in (24, 25, 26):
        with pytest.raises(Refused, match="no step of these weeks") as refusal:
            told(house, "A", at, at)
        words.add(str(refusal.value).replace(str(START + at), "WEEK"))
    assert len(words) == 1
    assert in_the_chain(house)[-1]["outcome"] == "untold"


def test_who_had_no_steps_is_answered_in_whole_blocks_alone(sqlite_house: House) -> None:
    merge(sqlite_house, A="T1", C="T2")
    with pytest.raises(Refused, match=f"whole blocks of twelve weeks: {START}/{START + 11}"):
        told(sqlite_house, "N", 0, 3)
    assert told(sqlite_house, "N", 0, 11).n == 12 * 48


def test_a_sum_that_would_lay_another_service_bare_is_withheld(sqlite_house: House) -> None:
    """The new place less A is one service of nine answers."""
    house = sqlite_house
    house.serve("D", "T2", "P")
    for at in range(24, 36):
        house.answer(START + at, {"A": (6, 1, 1), "C": (31, 2, 7), **({"D": (1, 0, 0)} if at > 26 else {})})
        house.release(START + at)
    merge(house, A="T1", D="T2")
    with pytest.raises(Refused, match="too few responses, or withheld to protect another"):
        told(house, "N", 24, 35)
    assert others(house) == []
    assert in_the_chain(house)[-1]["outcome"] == "withheld"


def test_weeks_that_have_not_been_released_are_not_asked_about(sqlite_house: House) -> None:
    with pytest.raises(Refused, match="has not been released yet"):
        told(sqlite_house, "C", 20, 24)


def test_the_public_form_is_rounded_and_says_few_in_words(house: House) -> None:
    house.answer(START + 24, {"C": (58, 2, 1)})
    house.release(START + 24)
    answer = told(house, "C", 24, 24, "public")
    assert (answer.counts, answer.n) == ((60, 0, 0), 60)
    assert (answer.few("neither"), answer.few("unfavourable"), answer.few("favourable")) == (2, 2, 0)
    assert answer.all_but_few("favourable") == 0  # three others
    assert [row[:2] for row in others(house)] == [("C", "public")]
    assert told(house, "C", 24, 24, "public").entered == 0


def test_an_organisation_that_a_smaller_one_tells_for_is_answered_by_its_figures(sqlite_house: House) -> None:
    of_place, of_provider = told(sqlite_house, "P", 0, 11), told(sqlite_house, "T", 0, 11)
    assert of_place.counts == of_provider.counts
    assert of_place.entered == 0


def test_what_cannot_be_asked_is_said(sqlite_house: House) -> None:
    with pytest.raises(NotFound):
        told(sqlite_house, "NOBODY", 0, 1)
    with pytest.raises(NotFound, match="'smell'"):
        told(sqlite_house, "A", 0, 1, question="smell")
    with pytest.raises(BadInput, match="ask about fft"):
        told(sqlite_house, "A", 0, 1, question="kindness")


@pytest.mark.postgres
def test_who_decided_on_an_older_ledger_is_refused(postgres: Engine) -> None:
    """Two at once: what the second wants to tell was weighed without what the first told."""
    house = _lived_in(postgres)
    merge(house, A="T1", C="T2")
    with transaction(postgres) as session:
        before = ledger.of_block(session, "bus", START)
        assert told(house, "N", 0, 23).entered == 2
        with pytest.raises(Refused, match="run it again"):
            ledger.append(session, START, [New(before[0].figure)])
    assert len(others(house)) == 2


# -- by what patients told of themselves


def subgroups(
    house: House, cells: dict[str, Counts], *, quarter: str = QUARTER, attribute: str = "age"
) -> None:
    counted = {
        (attribute, option, "fft", group): n
        for option, three in cells.items()
        for group, n in zip(("favourable", "neither", "unfavourable"), three, strict=True)
    }
    with transaction(house.engine) as session:
        counts.add_subgroups(session, quarter=quarter, icb="QTT", pathway="bus", counted=counted)


def by_age(house: House, form: Form = "staff", **more: Any) -> Table:
    span = more.pop("span", quarter_span(QUARTER))
    about = Asked(more.pop("node", "QTT"), span, more.pop("question", "fft"), "ann", form=form)
    return ask_by(as_role(house.engine, "clock"), house.catalogue, about, more.pop("by", "age"))


def test_each_option_has_cells_of_ten_or_two_of_them_or_none(house: House) -> None:
    subgroups(house, {"16-24": (180, 20, 12), "25-34": (190, 3, 9), "35-44": (204, 2, 3)})
    found = {one.label: one.cells for one in by_age(house).rows}
    assert found == {
        "16-24": {"favourable": 180, "neither": 20, "unfavourable": 12},
        "25-34": {"favourable": 190, "not favourable": 12},
        "35-44": None,
    }
    assert in_the_chain(house)[-1]["by"] == "age"
    rounded = {one.label: one.cells for one in by_age(house, "public").rows}
    assert rounded["16-24"] == {"favourable": 180, "neither": 20, "unfavourable": 10}


def test_answers_by_telephone_stand_beside_those_given_online(house: House) -> None:
    cells = {"online": (150, 40, 30), "telephone": (190, 10, 12), "kiosk": (204, 2, 3)}
    subgroups(house, cells, attribute="channel")
    found = {one.label: one.cells for one in by_age(house, by="channel").rows}
    assert found == {
        "Online, on one's own device": {"favourable": 150, "neither": 40, "unfavourable": 30},
        "On a tablet at the service": None,
        "By telephone": {"favourable": 190, "neither": 10, "unfavourable": 12},
    }
    assert in_the_chain(house)[-1]["by"] == "channel"


def test_a_table_is_entered_once_in_each_form_and_told_again_as_it_was(house: House) -> None:
    cells = {"16-24": (180, 20, 12), "25-34": (190, 3, 9), "35-44": (204, 2, 3)}
    subgroups(house, cells)
    staff, public = by_age(house), by_age(house, "public")
    subgroups(house, cells)  # some parts were late
    assert (by_age(house).rows, by_age(house, "public").rows) == (staff.rows, public.rows)
    span = str(quarter_span(QUARTER))
    assert others(house) == [("QTT", "staff", span, 0), ("QTT", "public", span, 0)]
    with transaction(house.engine, reading=True) as session:
        assert ledger.broken(session) is None
        first, second = (one for one in ledger.entries(session) if one.kind == "answer")
    assert first.about == {
        **{"who": "ann", "why": "", "question": "fft", "by": "age", "quarter": QUARTER},
        "options": [
            {"label": "16-24", "cells": [180, 20, 12]},
            {"label": "25-34", "cells": [190, 12]},
            {"label": "35-44", "cells": None},
        ],
    }
    assert second.about["options"][0] == {"label": "16-24", "cells": [180, 20, 10]}
    assert [one["entered"] for one in in_the_chain(house)] == [1, 1, 0, 0]
    assert problems(house) == []
    house.release(START + 24)
    assert attacking.attack(house.engine).holds  # a table is no sum of cells


def test_a_remainder_under_ten_takes_the_smallest_option_with_it(sqlite_house: House) -> None:
    weeks = quarter_span(QUARTER)
    answered = sum(
        n
        for week, n in sqlite_house.rows(
            "SELECT week, favourable + neither + unfavourable FROM cell WHERE series = 'fft'"
        )
        if str(weeks.first) <= week <= str(weeks.last)
    )
    subgroups(sqlite_house, {"16-24": (answered - 254, 20, 20), "25-34": (170, 20, 20)})  # four told nothing
    assert [one.cells is None for one in by_age(sqlite_house).rows] == [False, True]


def test_subgroups_are_told_of_an_icb_a_quarter_and_the_lead_question_alone(sqlite_house: House) -> None:
    subgroups(sqlite_house, {"16-24": (180, 20, 12)})
    for wrong, says in (
        ({"node": "A"}, "an ICB over a whole quarter"),
        ({"span": Span(START, START + 3)}, "an ICB over a whole quarter"),
        ({"question": "kindness"}, "the lead question alone"),
        ({"by": "shoe-size"}, "there are age, channel, ethnic-group"),
    ):
        with pytest.raises(BadInput, match=says):
            by_age(sqlite_house, **wrong)
    with pytest.raises(Refused, match="too few responses"):
        by_age(sqlite_house, by="ethnic-group")
    with pytest.raises(Refused, match="has not been released"):
        by_age(sqlite_house, span=quarter_span((START + 30).quarter))


# -- the command and its file


def run(house: House, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    monkeypatch.setattr(state, "settings", lambda: None)
    monkeypatch.setattr(state, "database", lambda *_: house.engine)
    monkeypatch.setattr(state, "catalogue", lambda *_: house.catalogue)
    return CliRunner().invoke(ask_command, arguments, catch_exceptions=False)


def test_the_command_shows_groups_and_intervals_and_writes_them(
    sqlite_house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out = tmp_path / "c.csv"
    weeks = ("--from", str(START), "--to", str(START + 11))
    done = run(sqlite_house, monkeypatch, "C", *weeks, "--question", "fft", "--out", str(out))
    low, high = (float(end) for end in wilson(372, 480))
    assert f"favourable  372  78  {100 * low:.0f}  {100 * high:.0f}" in done.stdout
    assert f"favourable,372,78,{100 * low:.0f},{100 * high:.0f}\n" in out.read_text("utf-8-sig")


def test_the_command_says_what_noise_subgroups_bear(
    sqlite_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    subgroups(sqlite_house, {"16-24": (180, 20, 12), "35-44": (204, 2, 3)})
    done = run(sqlite_house, monkeypatch, "QTT", "--quarter", QUARTER, "--question", "fft", "--by", "age")
    assert "random noise" in done.stdout
    assert "35-44  too few responses, or withheld" in done.stdout
    low, high = (100 * float(end) for end in wilson(180, 212))
    shown = next(line.split() for line in done.stdout.splitlines() if line.startswith("16-24  favourable"))
    assert int(shown[4]) < round(low) < round(high) < int(shown[5])  # wider: the noise counts too


def test_the_command_wants_weeks_or_a_quarter(sqlite_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(sqlite_house, monkeypatch, "C", "--from", str(START), "--question", "fft")
    assert (done.exit_code, "--from and --to, or --quarter" in done.stderr) == (2, True)


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_a_name_is_no_formula_in_a_spreadsheet(tmp_path: Path, begin: str) -> None:
    write_csv(tmp_path / "x.csv", [(f"{begin}HYPERLINK(1)", -3, "plain")])
    text = (tmp_path / "x.csv").read_bytes().decode("utf-8-sig")
    assert text.lstrip('"').startswith(f"'{begin}HYPERLINK")
    assert text.rstrip().endswith(",-3,plain")
