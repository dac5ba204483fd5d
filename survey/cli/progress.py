"""Progress: a bar on a terminal, one line per 5 % elsewhere, nothing for what is quickly done."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.progress import Progress


@contextmanager
def progress(label: str, *, total: int) -> Iterator[Callable[[int], None]]:
    """Yield `advance(n)`; call it as the work goes on."""
    if sys.stderr.isatty():
        with Progress(transient=True) as bar:
            task = bar.add_task(label, total=total)
            yield lambda n: bar.advance(task, n)
        return
    yield _lines(label, total)


def _lines(label: str, total: int) -> Callable[[int], None]:
    done = said = 0

    def advance(n: int) -> None:
        nonlocal done, said
        done += n
        twentieth = 20 * done // max(total, 1)
        if twentieth > said:
            said = twentieth
            click.echo(f"{label}: {5 * twentieth} %", err=True)

    return advance
