"""`heard organisation` and `heard service`: who gives care."""

from __future__ import annotations

from pathlib import Path

import click

from survey.cli import state
from survey.domain.calendar import this_week
from survey.domain.organisation import Service
from survey.services import organise
from survey.services.prepare import prepare
from survey.storage import directory
from survey.storage.database import transaction


@click.group()
def organisation() -> None:
    """Load and list ICBs, places, providers, sites and wards."""


@organisation.command("load")
@click.argument("file", type=click.Path(path_type=Path))
def organisation_load(file: Path) -> None:
    """Read organisations from a CSV: code, name, kind, parent, valid_from, valid_to.

    The kind is icb, place, provider, site or ward. A place lies in an ICB, a site in a provider, a ward in a
    site: their parents. An ICB and a provider have none. Days are written 2026-04-01, or left empty.
    """
    click.echo(f"{organise.load_organisations(state.database(), file)} organisations are loaded")


@organisation.command("list")
def organisation_list() -> None:
    """List the organisations."""
    with transaction(state.database(), reading=True) as session:
        found = directory.organisations(session)
        if not found:
            click.echo("there are none yet: `heard organisation load FILE`")
        for one in found:
            click.echo(f"{one.code}\t{one.kind}\t{one.name}" + (f"\tin {one.parent}" if one.parent else ""))


@click.group()
def service() -> None:
    """Add, list and close services."""


@service.command("add")
@click.option("--code", default="", help="Short code for links and posters; made up where it is left out.")
@click.option("--name", required=True, help="As patients know it.")
@click.option("--pathway", required=True, help="The questionnaire's pathway, e.g. patient-transport.")
@click.option("--organisation", required=True, help="Code of the provider, site or ward.")
@click.option("--place", required=True, help="Code of the place, or of the ICB where it has none.")
def service_add(code: str, name: str, pathway: str, organisation: str, place: str) -> None:  # noqa: PLR0917
    """Add a service and make its boxes for this week and the four after it."""
    settings = state.settings()
    engine, catalogue = state.database(settings), state.catalogue(settings)
    wanted = Service(code=code, name=name, pathway=pathway, organisation=organisation, place=place)
    made = organise.add_service(engine, wanted, catalogue=catalogue)
    prepare(
        engine,
        keys_dir=settings.keys_dir,
        catalogue=catalogue,
        week=this_week(),
        copy_dir=settings.keys_copy_dir,
    )
    click.echo(f"{made.code}: {made.name} is open at {settings.base_url}/s/{made.code}")


@service.command("list")
def service_list() -> None:
    """List the services."""
    settings = state.settings()
    with transaction(state.database(settings), reading=True) as session:
        found = directory.services(session)
        if not found:
            click.echo("there are none yet: `heard service add`")
        for one in found:
            closed = "counted together, no responses of its own" if one.remainder else "closed"
            says = closed if one.closed else f"{settings.base_url}/s/{one.code}"
            click.echo(f"{one.code}\t{one.name}\t{one.pathway}\t{one.organisation}\t{one.place}\t{says}")


@service.command("close")
@click.argument("code")
def service_close(code: str) -> None:
    """Close a service; its posters then say that the survey has ended."""
    made = organise.close_service(state.database(), code)
    click.echo(f"{made.code}: {made.name} is closed")
