"""The floors hold: import contracts are kept, and would be missed if they were not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import ROOT, read, syntax, under

LINT = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
SETTINGS = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(
        LINT, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_every_contract_is_kept():
    said = lint(ROOT)
    assert said.returncode == 0, said.stdout
    assert f"{len(SETTINGS['contracts'])} kept, 0 broken" in said.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("survey/web/patient/thief.py", "import survey.privacy.opening"),
        ("survey/web/patient/thief.py", "import survey.services.tally"),
        ("survey/web/patient/thief.py", "import pandas"),
        ("survey/domain/heavy.py", "import numpy"),
        ("survey/storage/upstairs.py", "import survey.services.invite"),
        ("survey/services/opener.py", "import survey.privacy.opening"),
        ("survey/services/around_the_gate.py", "import survey.storage.counts"),
        ("survey/services/around_the_gate.py", "import survey.storage.cells"),
        ("survey/services/beside_the_gate.py", "import survey.storage.waiting"),
        ("survey/presenters/around_the_door.py", "import survey.storage.ledger"),
        ("analysis/nosy.py", "import survey.domain.counts"),
    ],
)
def test_an_import_upstairs_is_seen(tmp_path: Path, module: str, line: str):
    for tree in ("survey", "analysis"):
        shutil.copytree(ROOT / tree, tmp_path / tree, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / module).write_text(f"{line}\n", encoding="utf-8")
    said = lint(tmp_path)
    assert said.returncode == 1, said.stdout
    assert Path(module).stem in said.stdout


def test_every_room_stands_on_a_floor():
    [floors] = [one for one in SETTINGS["contracts"] if one["type"] == "layers"]
    named = {room.strip().removeprefix("survey.") for floor in floors["layers"] for room in floor.split("|")}
    rooms = {Path(name).parts[1].removesuffix(".py") for name in under("survey/", suffix=".py")} - {
        "__init__"
    }
    assert rooms <= named, f"give these rooms a floor in pyproject.toml: {sorted(rooms - named)}"


@pytest.mark.parametrize("face", [name for name in under("survey/") if name.endswith("/__init__.py")])
def test_a_package_face_hands_nothing_on(face: str):
    # A name handed on by a package's face slips past the import contracts.
    body = syntax(face).body
    assert len(body) <= 1, f"{face} holds more than its docstring"
    assert not body or read(face).startswith('"""')


FORBIDDEN = (
    "survey.privacy.opening",
    "survey.storage.counts",
    "survey.services.tally",
    "survey.services.assess",
    "survey.clock",
    "analysis",
    "pandas",
    "numpy",
    "scipy",
    "apscheduler",
    "openpyxl",
    "pptx",
)


def test_the_patients_process_has_loaded_nothing_that_opens_or_counts(tmp_path: Path):
    # What a contract reads from the source, looked at in the process itself.
    loads = (
        "import sys, survey.cli.main, survey.cli.serve, survey.web.patient.app, survey.web.patient.server\n"
        "import survey.services.respond, survey.privacy.keys, survey.cli.state\n"
        f"print(*[name for name in {FORBIDDEN!r} if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", loads], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == []
