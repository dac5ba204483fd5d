"""What the README and make promise: the two commands of a fresh clone, and every other that is named."""

from __future__ import annotations

import os
import re
import subprocess

import click
import pytest

from survey.cli.main import heard
from tests.house.tree import ROOT, read, under

TARGETS = {"demo", "test", "check", "bench", "prove", "clean", "requirements"}
FIRST_SCREEN = 60  # lines
PAGES = ["README.md", *under("docs/", suffix=".md")]


def make(*arguments: str) -> str:
    said = subprocess.run(
        ["make", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    return said.stdout


def test_make_alone_lists_every_target_and_makes_nothing():
    listed = dict(re.findall(r"^  (\w+) +(.+)$", make(), re.MULTILINE))
    assert set(listed) == TARGETS
    assert all(listed.values())


def test_every_target_that_runs_something_sees_to_its_virtual_environment():
    rules = dict(re.findall(r"^([a-z]+): (.*?) *##", read("Makefile"), re.MULTILINE))
    assert {name for name in TARGETS if "$(BIN)/" in recipe(name)} == {
        name for name, needs in rules.items() if ".venv/" in needs
    }


def recipe(target: str) -> str:
    return re.search(rf"^{target}:.*\n((?:\t.*\n)+)", read("Makefile"), re.MULTILINE)[1]  # type: ignore[index]


def test_nothing_is_installed_that_is_not_hashed():
    installs = [
        line for line in read("Makefile").splitlines() if " install " in line and "apt-get" not in line
    ]
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)


def test_the_two_commands_stand_on_the_readmes_first_screen():
    first = "\n".join(read("README.md").splitlines()[:FIRST_SCREEN])
    assert "make demo" in first
    assert "make test" in first


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_that_a_page_names_is_there(page: str):
    assert set(re.findall(r"(?:`|^|\$ )make ([a-z]+)", read(page), re.MULTILINE)) <= TARGETS


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_a_page_names_is_there(page: str):
    for words in re.findall(r"(?:`|^|\$ )heard((?: [a-z]+)+)", read(page), re.MULTILINE):
        command: click.Command = heard
        for word in words.split():
            if not isinstance(command, click.Group):
                break  # from here on arguments
            found = command.get_command(click.Context(command), word)
            assert found is not None, f"{page}: there is no `heard{words}`"
            command = found


def test_ci_runs_what_a_newcomer_runs():
    script = read(".ci/run")
    assert os.access(ROOT / ".ci/run", os.X_OK)
    for command in ("make check", "make test", "make prove", 'make demo ARGS="--no-serve"'):
        assert re.search(rf"^{re.escape(command)}$", script, re.MULTILINE)
