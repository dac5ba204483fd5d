"""Figures as a table to read."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.children import READABLE
from benchmarks.figures import Figure

NARROWEST = 118  # characters; a table in a file is not cut to 80


def show(figures: Sequence[Figure], *, before: Sequence[float], seconds: float) -> None:
    """Print the table, what it was measured on, and what is over its limit."""
    console = Console(highlight=False)
    console = Console(highlight=False, width=max(console.width, NARROWEST))
    console.print(_table(figures))
    console.print(_machine(before, seconds))
    if not READABLE:
        console.print("There is no /proc here: what a child process costs was not measured.")
    over = [one for one in figures if one.over]
    for one in over:
        console.print(f"OVER ITS LIMIT: {one.item}, {one.name}: {_number(one.value)} {one.unit}")
    if not over:
        console.print("Nothing is over its limit.")


def _table(figures: Sequence[Figure]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("", "figure", "", "rounds", "against", "", "ratio"):
        table.add_column(name, justify="right" if name in ("figure", "rounds", "ratio") else "left")
    table.columns[5].justify = "right"
    item = ""
    for one in figures:
        if one.item != item:
            item = one.item
            table.add_row(f"[bold]{item}[/bold]")
        table.add_row(
            f"  {one.name}",
            _number(one.value),
            one.unit,
            _spread(one),
            ("limit: " if one.held == "limit" else "bare: ") + one.against,
            _number(one.bar),
            _ratio(one),
        )
    return table


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2g}" if value < 0.1 else f"{value:.2f}"


def _spread(one: Figure) -> str:
    return "" if one.low == one.high else f"{_number(one.low)}–{_number(one.high)}"


def _ratio(one: Figure) -> str:
    if one.ratio is None:
        return "–"
    said = f"{one.ratio:.2f}" if one.ratio < 10 else f"{one.ratio:.1f}"
    return f"[bold red]{said}[/bold red]" if one.over else said


def _machine(before: Sequence[float], seconds: float) -> str:
    busy = f"load {before[0]:.1f} before" if before else "load unknown"
    return (
        f"{os.cpu_count()} cores ({busy}), {platform.system()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}; medians of the rounds, {seconds:.0f} s in all. "
        "Ratio = figure ÷ what it is held against."
    )
