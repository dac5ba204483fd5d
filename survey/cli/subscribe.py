"""`heard subscribe` and `heard unsubscribe`: who receives the weekly e-mail."""

from __future__ import annotations

import click

from survey.cli import state
from survey.services import subscribe as subscribing


@click.command()
@click.argument("address")
@click.option("--node", required=True, metavar="CODE", help="A service, or an organisation above services.")
def subscribe(address: str, node: str) -> None:
    """Send the weekly e-mail of --node to ADDRESS."""
    name, new = subscribing.subscribe(state.database(), address, node)
    click.echo(f"{address} {'will receive' if new else 'receives already'} the weekly e-mail of {name}")


@click.command()
@click.argument("address")
@click.option("--node", metavar="CODE", help="Only this one; all where it is left out.")
def unsubscribe(address: str, node: str | None) -> None:
    """Stop the weekly e-mail to ADDRESS."""
    gone = subscribing.unsubscribe(state.database(), address, node)
    click.echo(f"{gone} subscription{'' if gone == 1 else 's'} of {address} ended")
