"""Requirements: pinned, hashed, complete, and the same in pyproject.toml and in the lock files."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import read

PROJECT = tomllib.loads(read("pyproject.toml"))
LOCKS = ("base", "build", "postgres", "test")


def pins(lock: str) -> dict[str, tuple[str, int]]:
    """name → (version, number of hashes)."""
    found = {}
    for block in re.split(r"\n(?=[a-z])", read(f"requirements/{lock}.txt")):
        match = re.match(r"([a-z0-9-]+)==(\S+) ", block)
        assert match, f"requirements/{lock}.txt: {block[:80]!r} is not pinned"
        found[match[1]] = (match[2], len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", block)))
    return found


def wanted(lock: str) -> list[Requirement]:
    if lock == "base":
        return [Requirement(line) for line in PROJECT["project"]["dependencies"]]
    lines = read(f"requirements/{lock}.in").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-c"))]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_hashed(lock: str):
    assert all(hashes for _, hashes in pins(lock).values())


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_a_version_that_is_asked_for(lock: str):
    held = pins(lock)
    for one in wanted(lock):
        version, _ = held[canonicalize_name(one.name)]
        assert one.specifier.contains(version), f"{one} is pinned at {version}: run `make requirements`"


def test_a_package_has_one_pin_in_all_lock_files():
    versions: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, (version, _) in pins(lock).items():
            versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("name", ["numpy", "scipy", "pandas", "cryptography", "lxml", "sqlalchemy"])
def test_hashes_cover_the_wheels_of_every_machine_and_not_of_one(name: str):
    assert pins("base")[name][1] >= 12  # three Pythons or one ABI, on Linux and macOS, and the source


def test_the_extra_for_postgresql_is_what_its_lock_file_pins():
    assert [str(one) for one in wanted("postgres")] == PROJECT["project"]["optional-dependencies"]["postgres"]


def test_what_builds_the_project_is_pinned():
    asked = {canonicalize_name(Requirement(line).name) for line in PROJECT["build-system"]["requires"]}
    assert asked <= set(pins("build"))
