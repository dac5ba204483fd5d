"""`heard demo`: a made-up ICB from nothing to its reports, and the sites that show it."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import sys
import time
from pathlib import Path
from threading import Thread

import click
from werkzeug.serving import make_server

from survey.cli import state
from survey.cli.progress import progress
from survey.cli.run import HEARD, side_by_side
from survey.cli.stopping import told_to_stop
from survey.config import Settings
from survey.domain.calendar import this_week
from survey.domain.errors import NotFound, Refused
from survey.services import demonstrate, exhibit
from survey.services.backup import back_up
from survey.services.demonstrate import House
from survey.services.invite import invite
from survey.storage.database import engine, upgrade
from survey.web.showcase import create_app

HOST = "127.0.0.1"


@click.group(invoke_without_command=True)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Folder to fill."
)
@click.option("--no-serve", is_flag=True, help="Make everything, then stop.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65534),
    help="Of the patient's site; a free one if taken.",
)
@click.pass_context
def demo(context: click.Context, *, out: Path, no_serve: bool, port: int) -> None:
    """Simulate an ICB of two providers and six services, make its reports and serve them."""
    if context.invoked_subcommand is not None:
        context.obj = out
        return
    started = time.monotonic()
    house = _build(out)
    total = len(demonstrate.STORIES) * demonstrate.WEEKS
    with progress("Simulating two years of answers", total=total) as advance:
        shown = demonstrate.demonstrate(house, week=this_week(), advance=advance)
    click.echo(
        f"{shown.responses:,} simulated responses; {shown.sealed} of them sealed, "
        f"{shown.sealed - shown.waiting} tallied; {shown.waiting} wait for their boxes to hold ten"
    )
    _back_up(house, out)
    exhibit.exhibit(house, week=this_week() + -1, out=out)
    click.echo(
        f"the e-mail, the board pack and the charts are in {out} ({time.monotonic() - started:.0f} s);"
        f" open {out / 'index.html'}"
    )
    if not no_serve:
        _serve(out, ticket=shown.ticket, port=_free(port))


@demo.command("finish")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="The demo's folder.")
@click.pass_context
def demo_finish(context: click.Context, *, out: Path | None) -> None:
    """Let simulated neighbours join your response in its box, count it, and renew the reports."""
    folder = out or context.obj
    house = _open(folder)
    joined = demonstrate.finish(house, week=this_week())
    _back_up(house, folder)
    lines = exhibit.yours(house, joined)
    exhibit.exhibit(house, week=joined.week, out=folder, yours=lines)
    click.echo("\n".join(lines))
    ticket = invite(
        house.engine,
        demonstrate.OPEN_SERVICE,
        count=1,
        keys_dir=house.keys_dir,
        catalogue=house.catalogue,
        week=this_week(),
    )[0]
    click.echo(f"Reload the reports to see it. Another ticket to try: {_address(folder)}/i/{ticket}")


def settings_of(out: Path) -> Settings:
    """The demo's own installation; HEARD_* variables are left alone."""
    installation = out.absolute() / "installation"
    return Settings(
        database_url=f"sqlite:///{installation / 'data' / 'heard.sqlite3'}",
        keys_dir=installation / "keys",
        data_dir=installation / "data",
        backup_dir=installation / "backups",
        brand_name="Riverside NHS",
    )


def _build(out: Path) -> House:
    settings = settings_of(out)
    installation = settings.data_dir.parent
    if out.exists() and not out.is_dir():
        raise Refused(f"{out} is a file; choose another --out")
    if out.exists() and any(out.iterdir()) and not _marker(out).is_file():
        raise Refused(f"{out} holds something that is no demo; choose another --out")
    if (address := _address(out)) and not _is_free(int(address.rpartition(":")[2])):
        raise Refused(f"the demo in {out} is being served at {address}; stop it first")
    shutil.rmtree(installation, ignore_errors=True)
    installation.mkdir(parents=True)
    _marker(out).write_text("Made by `heard demo`, which may make this folder anew at any time.\n")
    made = engine(settings.database_url)
    upgrade(made)
    return House(made, settings.keys_dir, state.catalogue(settings))


def _open(out: Path) -> House:
    settings = settings_of(out)
    if not _marker(out).is_file():
        raise NotFound(f"there is no demo in {out}; run `heard demo --out {out}` first")
    return House(state.database(settings), settings.keys_dir, state.catalogue(settings))


def _back_up(house: House, out: Path) -> None:
    # So that no key of a box that was counted is left.
    click.echo(f"backed up: {back_up(house.engine, settings_of(out), who='demo')}")


def _serve(out: Path, *, ticket: str, port: int) -> None:
    settings, reports = settings_of(out), _free(port + 1)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server(HOST, reports, create_app(out.absolute()), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    os.environ.update(
        HEARD_DATABASE_URL=settings.database_url,
        HEARD_KEYS_DIR=str(settings.keys_dir),
        HEARD_DATA_DIR=str(settings.data_dir),
        HEARD_BACKUP_DIR=str(settings.backup_dir),
        HEARD_BRAND_NAME=settings.brand_name,
    )
    patient = f"http://{HOST}:{port}"
    _address_file(out).write_text(patient, encoding="ascii")
    click.echo(
        f"""
  Reports            http://{HOST}:{reports}/
  A ticket to try    {patient}/i/{ticket}
  The poster's link  {patient}/s/{demonstrate.OPEN_SERVICE}

Answer as a patient would. Then, in another terminal, let simulated neighbours
join your response in its box and see it counted:

  {sys.argv[0]} demo finish --out {out}

Ctrl-C stops the sites."""
    )
    command = [*HEARD, "serve", "patient", "--host", HOST, "--port", str(port), "--workers", "1"]
    side_by_side({"the patient's site": command}, told_to_stop())
    server.shutdown()


def _marker(out: Path) -> Path:
    # Without it nothing is deleted: the folder is somebody else's.
    return settings_of(out).data_dir.parent / "made-by-heard-demo"


def _address(out: Path) -> str:
    # Where the patient's site was served last; empty before it ever was.
    file = _address_file(out)
    return file.read_text(encoding="ascii") if file.exists() else ""


def _address_file(out: Path) -> Path:
    return settings_of(out).data_dir.parent / "address"


def _free(wanted: int) -> int:
    if _is_free(wanted):
        return wanted
    with socket.socket() as tried:
        tried.bind((HOST, 0))
        return int(tried.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, port))
        except OSError:
            return False
        return True
