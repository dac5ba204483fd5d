"""The wheel: it ships what git knows and nothing else, and works where there is no checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files, under

SHIPPED = ("templates/", "questionnaires/", "migrations/")


def run(*command: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    said = subprocess.run(
        [*map(str, command)],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        **options,  # type: ignore[call-overload]
    )
    assert said.returncode == 0, said.stdout + said.stderr
    return said


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist of the checkout and the wheel of that sdist, made without a network."""
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("built")
    for name in files():
        if not name.startswith("tests/"):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    # What lies about in a checkout and must not be shipped: force-include ignores .gitignore.
    for stray in (
        "templates/__pycache__/x.pyc",
        "survey/__pycache__/y.pyc",
        "var/keys/key",
        "demo/page.html",
    ):
        (copy / stray).parent.mkdir(parents=True, exist_ok=True)
        (copy / stray).write_text("stray", encoding="utf-8")
    shutil.copy(ROOT / ".gitignore", copy)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, copy)
    return out


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    [found] = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the wheel was installed into; its requirements are this interpreter's own."""
    target = tmp_path_factory.mktemp("installed")
    install = ("install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--target")
    run(sys.executable, "-m", "pip", "--disable-pip-version-check", *install, target, wheel)
    return target


def test_the_wheel_ships_what_git_knows_and_nothing_else(wheel: Path):
    wanted = {*under("survey/", "analysis/"), *(f"survey/_shipped/{name}" for name in under(*SHIPPED))}
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert shipped == wanted


def test_the_sdist_holds_all_that_the_wheel_is_made_of(built: Path):
    [found] = built.glob("*.tar.gz")
    with tarfile.open(found) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {
        *under("survey/", "analysis/", "deploy/", *SHIPPED),
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "pyproject.toml",
    }
    assert wanted <= held
    assert held - wanted <= {"PKG-INFO", ".gitignore"}


def test_the_wheel_says_its_licence_and_its_command(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        notes = {name.rpartition("/")[2]: name for name in archive.namelist() if ".dist-info/" in name}
        assert "heard = survey.cli.main:main" in archive.read(notes["entry_points.txt"]).decode()
        assert "License-Expression: MIT" in archive.read(notes["METADATA"]).decode()
        assert "LICENSE" in notes


def test_an_installation_without_a_checkout_finds_what_it_ships(installed: Path, tmp_path: Path):
    asks = (
        "import survey, analysis; from survey.resources import folder;"
        "print(survey.__file__); print(analysis.__file__);"
        f"[print(folder(name.rstrip('/'))) for name in {SHIPPED!r}]"
    )
    said = python(installed, tmp_path, "-c", asks)
    assert len(said.splitlines()) == 5
    assert all(Path(line).is_relative_to(installed) for line in said.splitlines())


def test_an_installation_without_a_checkout_makes_its_database_and_reads_its_questionnaires(
    installed: Path, tmp_path: Path
):
    heard = ("-c", "from survey.cli.main import main; main()")
    assert "the database is at revision" in python(installed, tmp_path, *heard, "db", "upgrade")
    found = len([*(ROOT / "questionnaires").glob("[!_]*/v*[0-9].yaml")])
    said = python(installed, tmp_path, *heard, "questionnaire", "check")
    translated = len(under("questionnaires/", suffix=".yaml")) - found
    translated -= len([name for name in under("questionnaires/_blocks/") if name.count(".") == 1])
    translated -= len([*under("questionnaires/_mappings/", suffix=".yaml"), "questionnaires/_words/en.yaml"])
    assert said == f"{found} questionnaires are sound\n{translated} translations are sound\n"


def python(installed: Path, cwd: Path, *arguments: str) -> str:
    """What the installed wheel says, run far from the checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEARD_")}
    environment = kept | {"PYTHONPATH": str(installed), "HEARD_DATA_DIR": str(cwd / "data")}
    return run(sys.executable, "-P", *arguments, cwd=cwd, env=environment).stdout
