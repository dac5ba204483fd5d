"""`heard keys`: make, list, check and destroy keys, in the folder and in its second copy."""

from __future__ import annotations

import json
from collections import Counter

import click
from sqlalchemy import Engine

from survey.cli import state
from survey.config import Settings
from survey.domain.errors import BadInput, Misconfigured
from survey.domain.proof import Found
from survey.services import keyring, mending
from survey.services.proving.examined import folders, rights

MARKS = {"good": "ok", "warning": "look", "bad": "BAD", "not examined": "?"}


@click.group()
def keys() -> None:
    """Keys lie in HEARD_KEYS_DIR, and once more in HEARD_KEYS_COPY_DIR: docs/operating.md, Keys."""


@keys.command("new")
@click.option(
    "--replace-lost",
    is_flag=True,
    help="Make another pepper, server key or recovery key where every copy is lost. Links that were not used"
    " end; older backups open with the key of before alone.",
)
def keys_new(*, replace_lost: bool) -> None:
    """Make the keys and boxes that are missing, four weeks ahead, in both copies; change no other."""
    settings = state.settings()
    made = mending.make_new(
        state.database(settings),
        settings,
        state.catalogue(settings),
        who=state.who(),
        replace_lost=replace_lost,
    )
    for path in (*made.lasting, *made.recovery):
        click.echo(f"made {path}")
    for line in made.lines():
        click.echo(line)
    boxes, back = _counted(made.boxes, "box key"), _counted(made.put_back, "key")
    click.echo(f"{boxes} made, each with its box; {back} put back from the other copy")
    if made.recovery:
        _say_what_to_keep(settings)


@keys.command("list")
@click.option("--all", "everything", is_flag=True, help="Boxes that are done too, and the ids of all.")
@click.option("--json", "as_json", is_flag=True, help="For a program: one object.")
def keys_list(*, everything: bool, as_json: bool) -> None:
    """List boxes by week and service: their state, and where their keys lie."""
    settings = state.settings()
    found = keyring.look(state.database(settings), settings)
    if as_json:
        click.echo(json.dumps(_as_data(found, settings)))
        return
    for place in keyring.folders(settings):
        click.echo(f"{'copy' if place == settings.keys_copy_dir else 'keys'}  {place}")
    click.echo(f"lasting keys  {'; '.join(found.lasting) or 'ok'}")
    for (week, service, box_state, where), n in sorted(_rows(found, everything=everything).items()):
        click.echo(f"{week}  {service:<12}  {n:>4} {box_state:<11}  {where}")
    for quarter, held in found.quarters.items():
        click.echo(f"{quarter}  {'lost' if not any(held) else 'ok' if all(held) else 'in one copy only'}")
    for what, ids in (("left over", found.left_over), ("of no box", found.strangers)):
        if ids:
            click.echo(f"{len(ids)} {what}" + (f": {' '.join(ids)}" if everything else ""))


@keys.command("check")
@click.option("--mend", is_flag=True, help="First put back what one copy lost, and replace what both lost.")
@click.option("--json", "as_json", is_flag=True, help="For a program: a list of objects.")
def keys_check(*, mend: bool, as_json: bool) -> None:
    """Say all that is wrong with the keys, each with its remedy; exit 3 where anything is bad."""
    settings = state.settings()
    engine = state.database(settings)
    if mend:
        for line in mending.mend(engine, settings, state.catalogue(settings), who=state.who()):
            click.echo(f"mended: {line}", err=True)
    found = [*keyring.check(engine, settings), folders.swap(), *_rights(engine)]
    if as_json:
        click.echo(json.dumps([_told(one) for one in found]))
    else:
        _say(found)
    if any(one.level == "bad" for one in found):
        raise click.exceptions.Exit(Misconfigured.exit_code)


@keys.command("destroy")
@click.argument("boxes", nargs=-1)
@click.option("--left-over", is_flag=True, help="Keys of boxes that are done, wherever they still lie.")
@click.option(
    "--of-no-box", is_flag=True, help="Keys of boxes that this database does not know, from an hour old."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def keys_destroy(boxes: tuple[str, ...], *, left_over: bool, of_no_box: bool, yes: bool) -> None:
    """Destroy keys that nothing needs any more, in both copies; recorded in the audit chain."""
    settings = state.settings()
    engine = state.database(settings)
    if not (boxes or left_over or of_no_box):
        raise BadInput("name boxes, or say --left-over or --of-no-box")
    if not yes:
        click.confirm("What these keys open can then never be read. Destroy them?", abort=True)
    named = [*boxes, *(mending.strangers(engine, settings) if of_no_box else [])]
    n = mending.destroy_named(engine, settings, named, who=state.who()) if named else 0
    n += mending.destroy_stale(engine, settings, who=state.who()) if left_over else 0
    spared = "; younger than an hour are spared, their boxes may be being made" if of_no_box else ""
    click.echo(f"{_counted(n, 'key')} destroyed{spared}")


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _say_what_to_keep(settings: Settings) -> None:
    click.echo(
        f"now put into a safe: {settings.keys_dir}/recovery/age.key, which opens backups, and copies of"
        f" {settings.keys_dir}/patient, clock/signing.key, clock/pepper and clock/import.key."
        " Never a copy of clock/boxes or clock/quarters: those open responses"
    )


def _rows(found: keyring.Ring, *, everything: bool) -> Counter[tuple[str, str, str, str]]:
    rows: Counter[tuple[str, str, str, str]] = Counter()
    for one in found.boxes:
        where = _where(one.held) + (f"  {one.box.id}" if everything else "")
        rows[one.box.week, one.box.service, one.box.state, where] += 1
    if everything:
        for (week, service), n in found.done.items():
            rows[week, service, "done", "key destroyed"] = n
    return rows


def _where(held: tuple[keyring.Held, ...]) -> str:
    if set(held) == {"ok"}:
        return "key ok in both copies" if len(held) > 1 else "key ok"
    if "ok" not in held:
        return "KEY LOST"
    return f"key {held[0]} in keys, {held[1]} in copy"


def _as_data(found: keyring.Ring, settings: Settings) -> dict[str, object]:
    return {
        "folders": [str(place) for place in keyring.folders(settings)],
        "boxes": [
            {
                "id": one.box.id,
                "service": one.box.service,
                "week": one.box.week,
                "ticketed": one.box.ticketed,
                "state": one.box.state,
                "key": list(one.held),
            }
            for one in found.boxes
        ],
        "left over": found.left_over,
        "of no box": found.strangers,
        "lasting": found.lasting or "ok",
        "quarters": {quarter: list(held) for quarter, held in found.quarters.items()},
    }


def _rights(engine: Engine) -> list[Found]:
    if engine.dialect.name != "postgresql":
        return []
    with engine.connect() as connection:
        return rights.findings(connection)


def _say(found: list[Found]) -> None:
    for one in found:
        click.echo(f"{MARKS[one.level]:<4}  {one.what}: {one.says}")
        if one.do and one.level != "good":
            click.echo(f"      → {one.do}")


def _told(one: Found) -> dict[str, str]:
    return {"what": one.what, "level": one.level, "says": one.says, "do": one.do}
