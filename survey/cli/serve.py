"""`heard serve patient`: the patient's site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from flask import Flask


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="One reverse proxy of yours stands in front and sets X-Forwarded-For to the patient's address. "
    "Let it log no request, in its error log neither: both print addresses and links (deploy/nginx.conf).",
)
def patient(host: str, port: int, workers: int, *, behind_proxy: bool) -> None:
    """Serve the patient's page until told to stop."""
    from survey.cli import state  # so that this process loads little
    from survey.privacy.keys import PatientKeys
    from survey.privacy.safekeeping import require_safe
    from survey.services.respond import Desk
    from survey.storage.database import engine
    from survey.web.patient.app import create_app
    from survey.web.patient.brand import Brand
    from survey.web.patient.server import serve

    settings = state.settings()
    require_safe(settings, "patient")
    state.database(
        settings, role="patient"
    ).dispose()  # what is wrong is said once and now, not by each worker
    brand, catalogue = Brand.of(settings), state.catalogue(settings)
    keys = PatientKeys.read(settings.keys_dir)

    def make_app() -> Flask:
        # Unchecked: a worker that begins while the database is away must live to say so.
        desk = Desk(engine=engine(settings.database_url, role="patient"), keys=keys, catalogue=catalogue)
        return create_app(desk, brand=brand, behind_proxy=behind_proxy, keep=settings.keep)

    serve(make_app, host=host, port=port, workers=workers)
