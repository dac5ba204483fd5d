"""`heard run`: the patient's site and the clock, each a process of its own, in one command."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping
from threading import Event

import click

from survey.cli import state
from survey.cli.stopping import told_to_stop
from survey.domain.errors import HeardError, Refused
from survey.privacy.safekeeping import require_safe

PATIENCE = 30  # seconds for a request or a tally to end by itself; each may be killed and run again
HEARD = (sys.executable, "-P", "-c", "from survey.cli.main import main; main()")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of the patient's site.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="As in `heard serve patient`: a reverse proxy of yours stands in front, as a public site needs.",
)
def run(host: str, port: int, *, behind_proxy: bool) -> None:
    """Serve the patient's page and run the clock on SQLite until told to stop."""
    settings = state.settings()
    if not settings.database_url.startswith("sqlite:"):
        raise Refused(
            "`heard run` is for SQLite; on PostgreSQL start `heard serve patient` and `heard clock` apart, "
            "each with a database role of its own"
        )
    require_safe(settings)
    state.database(settings).dispose()  # said once and here, not by two children
    stop = told_to_stop()
    site = [*HEARD, "serve", "patient", "--host", host, "--port", str(port)]
    click.echo(f"the patient's site: http://{host}:{port}/   Ctrl-C stops it and the clock")
    side_by_side(
        {
            "the patient's site": [*site, "--behind-proxy"] if behind_proxy else site,
            "the clock": [*HEARD, "clock"],
        },
        stop,
    )
    click.echo("stopped")


def side_by_side(commands: Mapping[str, list[str]], stop: Event) -> None:
    """Run commands until told to stop or one ends by itself, which is an error; none outlives this."""
    # Out of the terminal's process group: Ctrl-C comes to us alone and each is stopped once, in order.
    running = {name: subprocess.Popen(line, process_group=0) for name, line in commands.items()}  # noqa: S603
    try:
        while not stop.wait(0.2):
            for name, process in running.items():
                if (code := process.poll()) is not None:
                    raise HeardError(f"{name} ended by itself ({_how(code)}), so everything was stopped")
    finally:
        _stop(list(running.values()))


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}; its words are above"
