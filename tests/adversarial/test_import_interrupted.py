"""An import that is killed, fails or meets another leaves all of itself or nothing."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine

from survey.domain.errors import HeardError
from survey.services import import_ as verb
from survey.services.importing import storing
from survey.storage import imports
from survey.storage.database import engine
from tests.exports import Desk, desk_for

ROWS = [f"a{n},person-{n:03},{1 + n % 28:02}/05/2022,Bus,1,Kind crew" for n in range(300)]


@pytest.fixture
def desk(database, keys_dir, tmp_path, catalogue) -> Desk:
    return desk_for(database, keys_dir, tmp_path, catalogue)


def _die_when_remembering(url: str, keys_dir: Path, folder: Path, catalogue: object) -> None:
    # The last thing written: everything else lies in the transaction already.
    imports.remember = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
    desk = desk_for(engine(url), keys_dir, folder, catalogue)  # type: ignore[arg-type]
    desk.take(desk.csv(ROWS))


def test_an_import_killed_half_way_leaves_nothing_and_runs_again(desk, keys_dir, tmp_path, catalogue):
    before = desk.everything()
    url = desk.engine.url.render_as_string(hide_password=False)
    desk.engine.dispose()
    child = multiprocessing.get_context("spawn").Process(
        target=_die_when_remembering, args=(url, keys_dir, tmp_path, catalogue)
    )
    child.start()
    child.join(120)
    assert child.exitcode == -signal.SIGKILL
    assert desk.everything() == before
    assert desk.take(desk.csv(ROWS)).responses == 300


def test_an_import_that_fails_leaves_neither_rows_nor_rejects(desk, monkeypatch, tmp_path):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("disk full")

    before = desk.everything()
    monkeypatch.setattr(storing.comments, "keep", fail)
    with pytest.raises(RuntimeError, match="disk full"):
        desk.take(desk.csv([*ROWS, "b1,person-999,soon,Bus,1,"]))
    assert desk.everything() == before
    assert list((tmp_path / "data" / "rejects").iterdir()) == []


def test_undoing_that_fails_takes_nothing_back(desk, monkeypatch):
    batch = desk.take(desk.csv(ROWS)).batch
    before = desk.everything()

    def fail(*_: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(verb.imports, "forget", fail)
    with pytest.raises(RuntimeError, match="disk full"):
        verb.undo(desk.engine, batch)
    assert desk.everything() == before


def test_two_imports_of_one_file_at_once_store_it_once(desk):
    path = desk.csv(ROWS)
    exports = [desk.open(path), desk.open(path)]
    start = threading.Barrier(2)
    said: list[str] = []

    def run(export: verb.Export) -> None:
        start.wait()
        try:
            said.append(f"{verb.import_export(desk.intake, export).responses} responses")
        except HeardError as error:
            said.append(str(error))

    threads = [threading.Thread(target=run, args=(one,)) for one in exports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert desk.count("response") == 300
    assert "300 responses" in said
    assert len(said) == 2


def test_a_database_that_was_never_made_is_said_in_words(tmp_path, keys_dir, catalogue):
    gone: Engine = engine(f"sqlite:///{tmp_path / 'nowhere.sqlite3'}")
    with pytest.raises(HeardError, match="does not answer"):
        verb.undo(gone, "x")
