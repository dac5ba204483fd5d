"""`heard print`: a service's paper form, poster and cards."""

from __future__ import annotations

from pathlib import Path

import click

from survey.cli import state
from survey.domain.calendar import this_week
from survey.services.printing import print_papers


@click.command("print")
@click.argument("service")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write the PDFs into.")
@click.option("--lang", "tag", help="Such as ur or en-easy; else as the questionnaire was written.")
@click.option("--large", is_flag=True, help="The form in large print.")
@click.option("--address", help="Where patients reach the survey; else HEARD_BASE_URL.")
def print_(*, service: str, out: Path, tag: str | None, large: bool, address: str | None) -> None:
    """Make SERVICE's paper form, a poster and a sheet of cards, as PDF/UA on A4."""
    settings = state.settings()
    made = print_papers(
        state.database(settings),
        state.catalogue(settings),
        service.upper(),
        out=out,
        week=this_week(),
        address=address or settings.base_url,
        tag=tag,
        large=large,
    )
    for file, edition in made:
        waits = "; ".join(edition.waits_for)
        click.echo(f"{file}\ta draft, marked as not for patients: {waits}" if waits else file)
