"""`heard quarantine`: boxes that do not add up, until two people have decided."""

from __future__ import annotations

import click

from survey.cli import state
from survey.services import quarantine as service
from survey.storage.decisions import Choice

ENDED = {
    "count": "two people have agreed: the next tally counts {n}; rows that do not open are left out and told",
    "destroy": "two people have agreed: {n} are destroyed unread, with the keys of their boxes, and told",
}


@click.group()
def quarantine() -> None:
    """Boxes whose numbers or rows do not add up, until two people have decided about them."""


@quarantine.command("list")
def quarantine_list() -> None:
    """List the boxes in quarantine: service, week, how many responses, why; today's numbers; decisions."""
    engine = state.database()
    boxes = service.in_quarantine(engine)
    if not boxes:
        click.echo("no box is in quarantine")
    for box in boxes:
        kind = "invited" if box.ticketed else "poster"
        click.echo(f"{box.service}\t{box.week}\t{kind}\t{box.n}\t{box.why}")
    for code, (balance, passed) in service.numbers(engine).items():
        click.echo(
            f"{code}\ttoday {balance.stored} ticketed responses stored for {balance.spent} tickets spent, "
            f"{balance.accepted} let pass before; these decisions would let {passed} more pass"
        )
    for code, standing in service.decided(engine).items():
        for one in standing:
            click.echo(f"{code}\t{one.who} decided: {one.choice}\t{one.reason}")


@quarantine.command("decide")
@click.argument("code", metavar="SERVICE")
@click.argument("choice", type=click.Choice(["count", "destroy"]))
@click.option("--reason", required=True, help="Why. It stays in the audit chain: name no patient.")
def quarantine_decide(code: str, choice: Choice, reason: str) -> None:
    """Decide that SERVICE's boxes in quarantine are counted, or destroyed unread.

    It happens once two different people have decided the same about the same boxes, rows and numbers. Who you
    are is the login that this session was opened for, as the kernel keeps it. Whoever is root on this machine
    can be two people: against root the rule is your organisation's own, and what shows it is the audit chain,
    where each decision stands with its login and reason.

    `count` also counts rows that somebody may have put there: choose it where you know how the numbers came
    apart, such as a backup that was put back. Rows that do not open are never counted.
    """
    settings = state.settings()
    found = service.decide(
        state.database(settings),
        code,
        choice,
        who=state.who(),
        reason=reason,
        keys_dir=settings.keys_dir,
        copy_dir=settings.keys_copy_dir,
    )
    click.echo(f"{code}: {_says(found, choice)}")


def _says(found: service.Standing, choice: Choice) -> str:
    n = f"{found.responses} responses in {found.boxes} boxes"
    lapsed = f"; what {', '.join(found.lapsed)} decided has lapsed, for the boxes have changed" * bool(
        found.lapsed
    )
    if found.ended:
        return ENDED[choice].format(n=n) + lapsed
    if found.against:
        return (
            f"{', '.join(found.against)} decided otherwise, so {n} stay in quarantine; a third person decides"
        )
    return f"kept; {n} stay in quarantine until a second person decides the same{lapsed}"
