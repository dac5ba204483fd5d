"""The command `heard`; each command is imported only when it is called, so that a process loads little."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from survey.domain.errors import HeardError

COMMANDS: dict[str, dict[str, tuple[str | None, str]]] = {
    "": {
        "demo": ("survey.cli.demo:demo", "Simulate an ICB, make its reports and serve them."),
        "run": ("survey.cli.run:run", "The patient's site and the clock in one command."),
        "db": ("survey.cli.db:db", "Make or upgrade the database; say whom it shows which ICB."),
        "organisation": ("survey.cli.directory:organisation", "Load and list organisations."),
        "service": ("survey.cli.directory:service", "Add, list and close services."),
        "questionnaire": (
            "survey.cli.questionnaire:questionnaire",
            "Check, publish, preview questionnaires.",
        ),
        "keyed": ("survey.cli.keyed:keyed", "Say how often keyed answers are wrong."),
        "print": ("survey.cli.print_:print_", "Make a service's paper form, poster and cards."),
        "invite": ("survey.cli.invite:invite", "Make tickets for a service, as CSV."),
        "import": ("survey.cli.import_:import_", "Take in a vendor's export."),
        "tally": ("survey.cli.verbs:tally", "Open full boxes and count."),
        "quarantine": ("survey.cli.quarantine:quarantine", "Decide about boxes that do not add up."),
        "release": ("survey.cli.release:release", "Let figures leave the house, and attack those that did."),
        "assess": ("survey.cli.verbs:assess", "Say what changed."),
        "finding": ("survey.cli.finding:finding", "What changed; accept or dismiss it."),
        "action": ("survey.cli.action:action", "What is done about it, and what came of that."),
        "ask": ("survey.cli.ask:ask", "Answer one question, where it may be told."),
        "return": ("survey.cli.national_return:national_return", "Make a month's national return."),
        "report": (None, "Write the weekly e-mail and the board pack."),
        "plan": ("survey.cli.plan:plan", "Say how long a change takes to show."),
        "subscribe": ("survey.cli.subscribe:subscribe", "Send the weekly e-mail to an address."),
        "unsubscribe": ("survey.cli.subscribe:unsubscribe", "Stop the weekly e-mail to an address."),
        "backup": ("survey.cli.backup:backup", "Make a verified, encrypted backup."),
        "drill": ("survey.cli.backup:drill", "Show that a backup can be restored."),
        "retain": ("survey.cli.retain:retain", "Delete what has been kept long enough."),
        "clock": ("survey.cli.clock:clock", "Run every verb at its time."),
        "keys": ("survey.cli.keys:keys", "Make, list, check and destroy keys."),
        "audit": ("survey.cli.audit:audit", "Who did what, and whether that record still holds."),
        "prove": ("survey.cli.prove:prove", "Play the thief here: does the promise hold?"),
        "serve": (None, "Serve a site."),
    },
    "report": {
        "weekly": ("survey.cli.report:weekly", "Write the weekly e-mails into the outbox."),
        "send": ("survey.cli.report:send", "Send what waits in the outbox."),
        "board": ("survey.cli.board:board", "Write a board pack."),
        "data": ("survey.cli.data:data", "Write figures for analysts: XLSX, CSV, JSON."),
        "withheld": ("survey.cli.uncounted:withheld", "Say what the reports leave out."),
    },
    "serve": {
        "patient": ("survey.cli.serve:patient", "Serve the patient's page."),
        "keying": ("survey.cli.serve:keying", "Serve the page where staff key paper forms."),
    },
}


class Lazy(click.Group):
    """A group whose commands are imported when they are called."""

    def __init__(self, path: str, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.path = path

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS[self.path])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS[self.path]:
            return None
        where, says = COMMANDS[self.path][cmd_name]
        if where is None:
            return Lazy(cmd_name, name=cmd_name, help=says)
        module, _, name = where.partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)  # noqa: S101  # a wrong table is a defect of ours
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # From the table alone: `heard --help` imports no command.
        rows = [(name, says) for name, (_, says) in COMMANDS[self.path].items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.version_option(package_name="heard-survey", prog_name="heard")
@click.group(cls=Lazy, path="", name="heard", help="Heard: a rolling, anonymous patient satisfaction survey.")
def heard() -> None:
    pass


def main() -> None:
    """Run `heard`; a user's mistake is said in plain words, with the exit code of its kind."""
    try:
        heard(prog_name="heard")
    except HeardError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.filename is None:  # no file of the person's: a defect of ours, to be seen whole
            raise
        click.echo(f"error: {error.filename}: {error.strerror}; choose another place", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
