"""`heard questionnaire …` at the keyboard."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from survey.cli import questionnaire as commands
from survey.domain.errors import BadInput, Refused
from survey.resources import folder

HERE = Path(__file__).parent
SHIPPED = len([*folder("questionnaires").glob("[!_]*/v*[0-9].yaml")])


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(HERE / "sound", tmp_path / "own")
    monkeypatch.setenv("HEARD_QUESTIONNAIRES_DIR", str(tmp_path / "own"))
    return tmp_path / "own"


def run(*words: str) -> Result:
    return CliRunner().invoke(commands.questionnaire, words)


def test_check_counts_the_shipped_and_the_own_ones(own: Path) -> None:
    assert run("check").output.splitlines()[0] == f"{SHIPPED + 1} questionnaires are sound"


def test_check_counts_the_named_files(own: Path) -> None:
    assert run("check", str(own / "clinic" / "v1.yaml")).output == "1 questionnaire is sound\n"


def test_check_lists_every_problem_and_ends_with_2_and_no_traceback() -> None:
    file = HERE / "broken" / "missing_wording" / "clinic" / "v1.yaml"
    heard = "from survey.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", heard, "questionnaire", "check", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: there are 5 problems in the questionnaires:\n")
    assert [line.partition("v1.yaml:")[2].partition(":")[0] for line in done.stderr.splitlines()[1:]] == [
        "1",
        "6",
        "11",
        "15",
        "16",
    ]
    assert "Traceback" not in done.stderr


def test_publish_says_from_when_and_says_it_again(own: Path) -> None:
    said = "clinic/v1 is published, in force from Monday 28 December 2020\n"
    assert run("publish", "clinic/v1", "--from", "2020-12-28").output == said
    assert run("publish", "clinic/v1").output == said
    assert run("check").output.splitlines()[0] == f"{SHIPPED + 1} questionnaires are sound"


def test_publish_refuses_another_day_than_monday(own: Path) -> None:
    error = run("publish", "clinic/v1", "--from", "2020-12-29").exception
    assert isinstance(error, Refused)
    assert not (own / "PUBLISHED").exists()


def test_publish_refuses_a_version_that_was_published_and_changed(own: Path) -> None:
    run("publish", "clinic/v1", "--from", "2020-12-28")
    file = own / "clinic" / "v1.yaml"
    file.write_text(file.read_text().replace("How kind were we?", "How kind was I?"))
    before = (own / "PUBLISHED").read_text()
    assert isinstance(run("publish", "clinic/v1").exception, BadInput)
    assert (own / "PUBLISHED").read_text() == before


def test_list_says_state_and_monday(own: Path) -> None:
    listed = {line.split()[0]: line.split()[1:4] for line in run("list").output.splitlines()}
    assert listed["clinic/v1"] == ["draft", "not", "in"]
    assert listed["inpatient/v1"] == ["published", "from", "2020-12-28"]


@pytest.mark.parametrize("by_file", [True, False])
def test_preview_takes_a_key_or_a_file(own: Path, by_file: bool) -> None:
    which = str(own / "clinic" / "v1.yaml") if by_file else "clinic/v1"
    assert commands.named(which).key == "clinic/v1"
