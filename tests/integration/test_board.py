"""`heard report board` from counts in a database to two whole files, or to none."""

from __future__ import annotations

import errno
import os
import stat
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from click.testing import CliRunner, Result
from pptx import Presentation
from sqlalchemy import Engine

from survey.cli import board as command
from survey.domain.calendar import Week
from survey.domain.errors import HeardError, Misconfigured, NotFound
from survey.services import assess, board
from survey.storage import counts
from survey.storage.database import transaction
from tests.town import Town, catalogue_of

WEEK = Week.parse("2026-W40")


@pytest.fixture
def place(one_database: Engine, keys_dir: Path) -> Town:
    """Three services: one whose last eight weeks are worse, one steady, one unheard."""
    known = catalogue_of(v1=date(2020, 12, 28))
    made = Town(one_database, keys_dir, known).build("WORSE", "STEADY", "UNHEARD")
    answers(made, "WORSE", before=85, since=60)
    answers(made, "STEADY", before=85, since=85)
    return made


def answers(place: Town, service: str, *, before: int, since: int) -> None:
    """Forty weeks of a hundred answers: so many of them good, and so many in the last eight."""
    rows = []
    for ago in range(40):
        good = (since if ago < 8 else before) + (ago * 7) % 5 - 2
        where = {"service": service, "questionnaire": "bus/v1", "span": str(WEEK + -ago), "question": "fft"}
        rows += [{**where, "option": code, "n": n} for code, n in (("good", good), ("poor", 100 - good))]
    with transaction(place.engine) as session:
        counts.add_counts(session, rows)


def written(place: Town, out: Path, **more: Any) -> tuple[Path, Path]:
    return board.write_pack(place.engine, place.catalogue, out=out, **{"week": WEEK, **more})


def titles(slides: Path) -> list[str]:
    return [slide.shapes.title.text for slide in Presentation(str(slides)).slides]


def test_the_pack_of_a_board_has_its_findings_in_slides_and_on_paper(place: Town, tmp_path: Path) -> None:
    made, printed = written(place, tmp_path / "packs")
    assert (made.name, printed.name) == ("board-pack-all-2026-W40.pptx", "board-pack-all-2026-W40.pdf")
    said = titles(made)
    assert said[0] == "One of 3 services changed: one concern"
    assert "fewer people said" in said[2]
    with pikepdf.open(printed) as pdf:
        assert len(pdf.pages) == len(said)
        with pdf.open_outline() as outline:
            assert [item.title for item in outline.root] == said


def test_the_pack_says_the_findings_that_were_kept_for_the_week(place: Town, tmp_path: Path) -> None:
    kept = assess.assess(place.engine, place.catalogue, WEEK).findings
    read = board.read(place.engine, place.catalogue, week=WEEK)
    (told,) = [page.finding for page in read.exhibits]
    mine = next(one for one in kept if one.key == told.key)
    assert (told.id, told.since, told.evidence) == (mine.id, mine.since, mine.evidence)
    assert told.node == "WORSE"
    assert (told.answers % 5, abs(told.after - mine.after) < 0.02) == (0, True)  # in the public form
    assert {one.node for one in kept} > {"WORSE"}  # the site fell with its service: said once


def test_a_pack_ends_with_its_week(place: Town) -> None:
    before = board.read(place.engine, place.catalogue, week=WEEK + -9)
    assert before.exhibits == ()
    assert all(
        page.course.steps[-1].span.last <= WEEK
        for page in board.read(place.engine, place.catalogue, week=WEEK).exhibits
    )


def test_a_pack_of_one_node_holds_its_services_only_and_its_name(place: Town) -> None:
    one = board.read(place.engine, place.catalogue, week=WEEK, node="STEADY")
    rows = [row for page in one.listings for row in page.table.rows]
    assert len(rows) == 1
    assert one.exhibits == ()
    assert rows[0].cells[0][0] == one.node


def test_services_of_which_nothing_is_told_are_named(place: Town) -> None:
    whole = board.read(place.engine, place.catalogue, week=WEEK)
    assert whole.grid.note == "Nothing told yet: Bus UNHEARD."


def test_writing_twice_leaves_two_files_and_nothing_half_made(place: Town, tmp_path: Path) -> None:
    for _ in range(2):
        files = written(place, tmp_path / "packs")
    assert sorted((tmp_path / "packs").iterdir()) == sorted(files)


def test_others_may_read_a_pack_as_any_new_file(place: Town, tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        made, _ = written(place, tmp_path / "packs")
    finally:
        os.umask(old)
    assert stat.S_IMODE(made.stat().st_mode) == 0o644


def test_an_unknown_node_and_one_without_results_are_said(place: Town, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="NOWHERE"):
        written(place, tmp_path, node="NOWHERE")
    with pytest.raises(NotFound, match=r"nothing to show .* up to 2026-W40: .* after four weeks"):
        written(place, tmp_path, node="UNHEARD")
    with pytest.raises(NotFound, match="up to 2021-W02"):
        written(place, tmp_path, week=Week.parse("2021-W02"))
    assert not list(tmp_path.glob("board-pack*"))


def test_a_file_where_the_folder_should_be_is_said(place: Town, tmp_path: Path) -> None:
    (tmp_path / "packs").write_text("in the way")
    with pytest.raises(Misconfigured, match=r"cannot be written into .*packs .*--out"):
        written(place, tmp_path / "packs")


@pytest.mark.parametrize("broken", ["write", "replace"])
def test_a_full_disk_leaves_nothing_new_and_what_was_there(
    place: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    out = tmp_path / "packs"
    made, printed = written(place, out)
    before = made.read_bytes(), printed.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if broken == "write":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(Misconfigured, match="No space left on device"):
        written(place, out, week=WEEK)
    assert (made.read_bytes(), printed.read_bytes()) == before
    assert sorted(out.iterdir()) == sorted([made, printed])


@pytest.fixture
def keyboard(place: Town, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`heard report board` on the town's database and questionnaires."""
    monkeypatch.setattr(command.state, "settings", lambda: None)
    monkeypatch.setattr(command.state, "database", lambda _: place.engine)
    monkeypatch.setattr(command.state, "catalogue", lambda _: place.catalogue)

    def run(*words: str) -> Result:
        return CliRunner().invoke(command.board, words)

    return run


def test_the_command_writes_both_files_and_prints_where(keyboard: Any, tmp_path: Path) -> None:
    result = keyboard("--out", str(tmp_path / "packs"), "--week", "2026-W40", "--node", "WORSE")
    assert result.exit_code == 0, result.output
    paths = [Path(line) for line in result.output.splitlines()]
    assert [path.name for path in paths] == [
        "board-pack-WORSE-2026-W40.pptx",
        "board-pack-WORSE-2026-W40.pdf",
    ]
    assert Presentation(BytesIO(paths[0].read_bytes())).slides
    assert paths[1].read_bytes().startswith(b"%PDF")


def test_the_command_explains_a_week_that_is_none(keyboard: Any, tmp_path: Path) -> None:
    result = keyboard("--out", str(tmp_path), "--week", "last")
    assert isinstance(result.exception, HeardError)
    assert "2026-W47" in str(result.exception)
