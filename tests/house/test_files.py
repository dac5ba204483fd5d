"""Every file of the project: no address of a registry, no path of somebody's machine, nothing too large."""

from __future__ import annotations

import re

import pytest

from tests.house.tree import ROOT, files, read, under

# Put together here, so that this file does not name them.
REGISTRIES = [
    "".join(parts)
    for parts in (
        ("pypi", ".org"),
        ("pythonhosted", ".org"),
        ("registry.", "npmjs"),
        ("index", "-url"),
        ("find", "-links"),
    )
]
MACHINES = [
    "".join(parts) for parts in (("/wo", "rk/"), ("/opt/", "wheels"), ("/opt/", "pypi"), ("/ro", "ot/"))
]
# The script that keeps addresses out of the lock files names the options that do so.
MAY_NAME_OPTIONS = {"requirements/pin"}


def texts() -> list[tuple[str, str]]:
    found = []
    for name in files():
        body = (ROOT / name).read_bytes()
        if b"\0" not in body[:4096]:
            found.append((name, body.decode("utf-8", errors="replace")))
    return found


def test_no_file_names_a_registry_of_packages():
    wrong = [
        f"{name}: {address}"
        for name, text in texts()
        if name not in MAY_NAME_OPTIONS
        for address in REGISTRIES
        if address in text
    ]
    assert wrong == []


def test_no_file_names_a_path_of_one_machine():
    wrong = [
        f"{name}: {path}"
        for name, text in texts()
        for path in MACHINES
        if re.search(rf"(?<![\w.]){re.escape(path)}", text)
    ]
    assert wrong == []


def test_no_file_is_a_build_product_or_larger_than_a_megabyte_without_need():
    assert [name for name in files() if (ROOT / name).stat().st_size > 1_500_000] == []
    assert [name for name in files() if name.endswith((".pyc", ".sqlite3", ".log", ".pem"))] == []


@pytest.mark.parametrize("name", under("templates/patient/", "templates/layouts/", "templates/components/"))
def test_the_patients_pages_carry_no_style_attribute_and_no_handler(name: str):
    # The page's Content-Security-Policy allows its style and its script by hash; attributes have none.
    if name.endswith(".html"):
        text = read(name)
        assert not re.search(r"<[^>]*\sstyle\s*=", text)
        assert not re.search(r"<[^>]*\son[a-z]+\s*=", text)
        assert "javascript:" not in text
