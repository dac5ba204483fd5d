"""`heard report weekly` and `heard report send`: e-mails into the outbox, and out of it."""

from __future__ import annotations

from pathlib import Path

import click

from survey.cli import state
from survey.cli.progress import progress
from survey.cli.verbs import read_week, week_option
from survey.config import Settings
from survey.domain.errors import HeardError
from survey.services import report

NO_SERVER = "HEARD_SMTP_URL is not set: e-mails wait in the outbox"


@click.command()
@week_option
@click.option("--node", "nodes", multiple=True, metavar="CODE", help="Also write this one's files.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for .eml and .html files."
)
def weekly(week: str | None, nodes: tuple[str, ...], out: Path | None) -> None:
    """Write the e-mails of --week into the outbox, once per subscription."""
    if nodes and out is None:
        raise click.UsageError("--node writes files: say where with --out DIR")
    settings = state.settings()
    engine = state.database(settings)
    with progress("Writing", total=report.to_write(engine, nodes)) as advance:
        done = report.weekly(
            engine,
            state.catalogue(settings),
            read_week(week),
            sender=settings.mail_from,
            nodes=nodes,
            out=out,
            advance=advance,
        )
    for node in done.empty:
        click.echo(f"{node} has no open service: no e-mail", err=True)
    files = f"; {len(done.files)} files in {out}" if out else ""
    click.echo(f"{done}{files}{_hint(settings, done)}")


@click.command()
def send() -> None:
    """Send what is due in the outbox."""
    settings = state.settings()
    engine = state.database(settings)
    with progress("Sending", total=report.to_send(engine)) as advance:
        done = report.send(engine, smtp_url=settings.smtp_url, advance=advance)
    for recipient, reason in done.refused:
        click.echo(f"not sent to {recipient}: {reason}", err=True)
    if done.stopped:
        raise HeardError(f"{done.stopped}; {done}")
    click.echo(str(done) if settings.smtp_url else f"{done}; {NO_SERVER}")


def _hint(settings: Settings, done: report.Written) -> str:
    if done.new and not settings.smtp_url:
        return f"; {NO_SERVER}"
    return "" if done.new or done.already or done.files else "; nobody subscribes: `heard subscribe`"
