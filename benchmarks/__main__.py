"""`python -m benchmarks`: measure everything or a choice, and print one table."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import click

from benchmarks.figures import Figure
from benchmarks.items import ITEMS
from benchmarks.sizes import FULL, QUICK
from benchmarks.table import show
from survey.cli.progress import progress


@click.command()
@click.argument("chosen", nargs=-1, type=click.Choice(list(ITEMS)), metavar="[" + "|".join(ITEMS) + "]...")
@click.option("--quick", is_flag=True, help="A handful of each: that it runs, not how fast.")
@click.option(
    "--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Also write the figures here."
)
def main(chosen: tuple[str, ...], *, quick: bool, file: Path | None) -> None:
    """Measure what Heard costs: all of it, or the items named."""
    start, before = time.monotonic(), os.getloadavg() if hasattr(os, "getloadavg") else ()
    figures: list[Figure] = []
    for name in [name for name in ITEMS if name in chosen or not chosen]:
        sizes, item = QUICK if quick else FULL, ITEMS[name]
        with progress(name, total=item.steps(sizes)) as advance:
            figures += item.measure(sizes, advance)
    show(figures, before=before, seconds=time.monotonic() - start)
    if file is not None:
        file.write_text(json.dumps([one.as_dict() for one in figures], indent=1) + "\n", encoding="utf-8")
    # What is simulated from a seed is the same on every machine; what is timed is not, and fails nobody.
    if not quick and any(one.over and one.item == "signals" and one.unit == "%" for one in figures):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
