"""`heard report data`: what the files hold is what the ledger holds, figure by figure, and nothing more."""

from __future__ import annotations

import csv
import json
import os
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from survey.cli import data as command
from survey.domain.calendar import Week
from survey.domain.errors import Misconfigured, NotFound, Refused
from survey.domain.organisation import Service
from survey.domain.released import Figure, Form
from survey.presenters.data import ALL_BUT_FEW, COLUMNS, FEW
from survey.services.door import let_figures_out
from survey.services.export import export, write_export
from survey.services.release import released
from survey.storage import counts, directory
from survey.storage.database import transaction
from tests.town import Town, catalogue_of

WEEK = Week.parse("2026-W40")
FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def place(one_database: Engine, keys_dir: Path) -> Town:
    """Forty weeks of one service of a hundred answers a week and of one of a dozen; and one unheard."""
    made = Town(one_database, keys_dir, catalogue_of(v1=date(2020, 12, 28))).build(
        "LARGE", "SMALL", "UNHEARD"
    )
    with transaction(made.engine) as session:
        directory.keep_service(session, Service("EVIL", FORMULA, "bus", organisation="RTT01", place="PL1"))
        for service, n in (("LARGE", 100), ("SMALL", 12), ("EVIL", 37)):
            for ago in range(40):
                where = {"service": service, "questionnaire": "bus/v1", "question": "fft"}
                poor = (ago * 7) % 5
                rows = [("good", n - poor), *([("poor", poor)] if poor else [])]
                counts.add_counts(
                    session,
                    [{**where, "span": str(WEEK + -ago), "option": option, "n": m} for option, m in rows],
                )
    released(made.engine, made.catalogue, WEEK)
    return made


def told(place: Town, form: Form, node: str | None = None) -> list[Figure]:
    with transaction(place.engine, reading=True) as session:
        found = export(session, place.catalogue, WEEK, node=node, form=form)
    return [line.figure for line in found.what.lines]


def written(place: Town, out: Path, **more: object) -> list[Path]:
    return write_export(place.engine, place.catalogue, out=out, week=WEEK, **more)  # type: ignore[arg-type]


def expected(figure: Figure) -> tuple[object, ...]:
    names = ("favourable", "neither", "unfavourable")
    cells = [
        FEW if name in figure.few else ALL_BUT_FEW if name in figure.all_but_few else n
        for name, n in zip(names, figure.counts, strict=True)
    ]
    return (*figure.key, figure.series, str(figure.span.first), str(figure.span.last), figure.n, *cells)


HELD = ("node", "icb", "pathway", "series", "first_week", "last_week", "answers")
HELD += ("favourable", "neither", "unfavourable")


@pytest.mark.parametrize("form", ["staff", "public"])
def test_all_three_files_hold_the_ledgers_figures_one_by_one(place: Town, tmp_path: Path, form: Form) -> None:
    book, table, codebook, whole = written(place, tmp_path, form=form)
    figures = sorted(map(expected, told(place, form)), key=str)
    assert len({figure[0] for figure in figures}) >= 3

    rows = list(openpyxl.load_workbook(book)["Figures"].values)
    head = next(row for row in rows if row[0] == "Pathway")
    assert len(head) == len(COLUMNS)
    places = [COLUMNS.index(name) for name in HELD]
    below = rows[rows.index(head) + 1 :]
    assert sorted((tuple(row[at] for at in places) for row in below), key=str) == figures

    with table.open(encoding="utf-8-sig", newline="") as file:
        read = [tuple(row[name] for name in HELD) for row in csv.DictReader(file)]
    assert sorted(read) == sorted(tuple(map(str, figure)) for figure in figures)

    held = json.loads(whole.read_text(encoding="utf-8"))["figures"]
    assert sorted((tuple(row[name] for name in HELD) for row in held), key=str) == figures
    named = {row.split(",")[0] for row in codebook.read_text(encoding="utf-8-sig").splitlines()}
    assert named >= {"column", *COLUMNS}


def test_the_public_files_tell_no_exact_count_and_no_small_group(place: Town, tmp_path: Path) -> None:
    def numbers(form: Form) -> set[int]:
        whole = json.loads(written(place, tmp_path, form=form)[3].read_text(encoding="utf-8"))
        cells = [row[name] for row in whole["figures"] for name in HELD[6:]]
        return {cell for cell in cells if isinstance(cell, int)}

    assert any(n % 5 for n in numbers("staff")), "the search finds nothing where exact counts are told"
    assert not any(n % 5 for n in numbers("public"))
    assert 0 not in numbers("public")


def test_a_name_that_is_a_formula_stays_a_name(place: Town, tmp_path: Path) -> None:
    book, table, *_ = written(place, tmp_path, node="EVIL", form="public")
    cells = [cell for sheet in openpyxl.load_workbook(book) for row in sheet.iter_rows() for cell in row]
    mine = [cell for cell in cells if cell.value == FORMULA]
    assert mine
    assert {cell.data_type for cell in cells if cell.value is not None} <= {"s", "n"}  # 'f' is a formula
    assert f"'{FORMULA}" in table.read_text(encoding="utf-8-sig")


def test_a_node_has_its_own_services_alone(place: Town) -> None:
    assert {figure.node for figure in told(place, "staff", "SMALL")} == {"SMALL"}
    assert "LARGE" in {figure.node for figure in told(place, "staff", "RTT")}


def test_what_has_not_been_told_is_no_file(place: Town, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing of Bus UNHEARD has been told in the public form by 2026-W40"):
        written(place, tmp_path, node="UNHEARD")
    with pytest.raises(NotFound, match="NOPE"):
        written(place, tmp_path, node="NOPE")
    assert not list(tmp_path.glob("figures*"))


def test_a_figure_that_is_not_in_the_ledger_passes_no_door(place: Town) -> None:
    one = told(place, "staff")[0]
    made_up = Figure(one.node, one.icb, one.pathway, one.series, one.span, (3, 0, 0), 3)
    with (
        transaction(place.engine, reading=True) as session,
        pytest.raises(Refused, match="has not been released"),
    ):
        let_figures_out(session, None, [one, made_up], through=WEEK, form="staff")


def test_a_full_disk_leaves_no_file(place: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Misconfigured, match="the export cannot be written"):
        written(place, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_by_hand(place: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command.state, "database", lambda: place.engine)
    monkeypatch.setattr(command.state, "catalogue", lambda: place.catalogue)
    monkeypatch.setattr(command, "read_week", lambda _: WEEK)
    said = CliRunner().invoke(command.data, ["--out", str(tmp_path), "--node", "LARGE"])
    assert said.exit_code == 0, said.output
    assert all(Path(line).is_file() for line in said.output.split())
