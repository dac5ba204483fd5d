"""`heard serve`: the patient's site, and the one where staff key paper forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from survey.config import Settings
    from survey.services.respond import Desk


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
    from survey.web.patient.app import create_app  # so that this process loads little
    from survey.web.patient.brand import Brand
    from survey.web.patient.server import serve

    desk, settings = _desk()
    brand = Brand.of(settings)

    def make_app() -> Flask:
        return create_app(desk(), brand=brand, behind_proxy=behind_proxy, keep=settings.keep)

    serve(make_app, host=host, port=port, workers=workers)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--one-in",
    default=10,
    show_default=True,
    type=click.IntRange(min=0),
    help="Of so many paper forms one is keyed twice; 0: none.",
)
def keying(host: str, port: int, one_in: int) -> None:
    """Serve the page where staff key paper forms and telephone answers.

    It asks nobody who they are: whoever reaches it can put answers. Let it stand behind a sign-in of your
    own, and listen on this machine alone.
    """
    from survey.web.keying.app import create_app  # so that this process loads little
    from survey.web.patient.server import serve

    desk, _ = _desk()
    click.echo(
        f"Keying at http://{host}:{port}. This site asks nobody who they are: put your sign-in before it."
    )
    serve(lambda: create_app(desk(), one_in=one_in), host=host, port=port, workers=1)


def _desk() -> tuple[Callable[[], Desk], Settings]:
    """What makes a desk in each worker, with the rights of the patient's process and no others."""
    from survey.cli import state
    from survey.privacy.keys import PatientKeys
    from survey.privacy.safekeeping import require_safe
    from survey.services.respond import Desk
    from survey.storage.database import engine

    settings = state.settings()
    require_safe(settings, "patient")
    # What is wrong is said once and now, not by each worker.
    state.database(settings, role="patient").dispose()
    catalogue, keys = state.catalogue(settings), PatientKeys.read(settings.keys_dir)

    def make() -> Desk:
        # Unchecked: a worker that begins while the database is away must live to say so.
        return Desk(engine=engine(settings.database_url, role="patient"), keys=keys, catalogue=catalogue)

    return make, settings
