"""What the house tests read: the files that git knows or would take, and the code in them."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("survey/", "analysis/", "benchmarks/", "migrations/", "tests/")


@cache
def files() -> tuple[str, ...]:
    """Tracked files and new ones that are not ignored, as paths from the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(sorted(name for name in set(listed.stdout.split("\0")) if name and (ROOT / name).is_file()))


def under(*folders: str, suffix: str = "") -> list[str]:
    """Files in some folders (each with its final slash)."""
    return [name for name in files() if name.startswith(folders) and name.endswith(suffix)]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def syntax(name: str) -> ast.Module:
    """A module, parsed."""
    return ast.parse(read(name), filename=name)


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(name: str) -> list[Function]:
    """Every function and method of a module."""
    return [node for node in ast.walk(syntax(name)) if isinstance(node, Function)]
