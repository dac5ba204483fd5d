"""Work in a fresh process of its own, so that the memory it needs can be told from everybody else's."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Found = TypeVar("Found")


def alone(work: Callable[Given, Found], *given: Given.args, **named: Given.kwargs) -> Found:
    """What `work`, a function of a module, returns in a process that inherits no memory from this one."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *given, **named).result()
