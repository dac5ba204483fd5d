"""What operators and auditors read of a release, of an attack on the ledger, and of what was withheld."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from survey.domain.calendar import Week
from survey.domain.organisation import LEVELS, Level
from survey.domain.released import Entry, Kind, Withheld
from survey.services.attack import Attacked, Bare
from survey.services.releasing.done import WHY, Done

COLUMNS = ("level", "leave", *WHY.values(), "responses shown")
NAMED: Mapping[Kind, str] = {"answer": "asked: ", "return": "national return: "}
LISTED = 6  # figures that bind a cell


def table(done: Done) -> Iterator[str]:
    """What would leave and what is withheld, level by level; then in a line."""
    if done.weeks or done.entries:
        rows = [COLUMNS, *(_row(done, level) for level in LEVELS)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for first, *rest in rows:
            cells = (one.rjust(width) for one, width in zip(rest, widths[1:], strict=True))
            yield "  ".join((first.ljust(widths[0]), *cells))
        if done.since is not None:
            yield f"responses shown: the share, of those since {done.since}, that a level's figures tell"
    yield f"nothing was written; would be: {done}" if done.weeks or done.entries else str(done)


def _row(done: Done, level: Level) -> tuple[str, ...]:
    share = done.share(level)
    kept = (str(done.kept[level, reason]) for reason in WHY)
    return level, str(done.left[level]), *kept, "–" if share is None else f"{int(100 * share)} %"


def attacked(found: Attacked) -> Iterator[str]:
    """What could be worked out, and by which figures; what national returns expose stands apart."""
    for line in found.broken:
        yield f"broken: {line}"
    for line in found.unsolved:
        yield f"no bound was found, so nothing is known to be safe: {line}"
    for one in found.ours:
        yield _bare(one)
    yield from found.crossed
    if found.returns or found.crossed_by_returns:
        yield "exposed by national returns, which follow the national rule; for the auditor:"
        yield from (f"  {_bare(one)}" for one in found.returns)
        yield from (f"  {line}" for line in found.crossed_by_returns)
    held = "the ledger holds" if found.holds else "the ledger does not hold"
    yield f"{held}: {found.figures} figures of {found.blocks} blocks of weeks were attacked"


def _bare(one: Bare) -> str:
    by = [_figure(entry) for entry in one.by[:LISTED]]
    more = f" and {len(one.by) - LISTED} more" if len(one.by) > LISTED else ""
    return f"{one.cell} ({one.pathway}, {one.series}): {one.most} at most, by {', '.join(by)}{more}"


def _figure(entry: Entry) -> str:
    return f"{NAMED.get(entry.kind, '')}{entry.figure.node} {entry.figure.span} (entry {entry.number})"


def why(found: Sequence[tuple[Week, Withheld]]) -> Iterator[str]:
    """A line for each figure that was withheld: its weeks, question and form, and the reason."""
    for run, one in found:
        about = f"{one.span}  {one.pathway}, {one.series}, ICB {one.icb}, for {one.form}"
        yield f"{about}: {_reason(one)} (release of {run})"
    if not found:
        yield "nothing of it was withheld"


def _reason(one: Withheld) -> str:
    if one.reason == "protects":
        return f"protects {one.protects}" if one.protects else "would tell of fewer than ten"
    return WHY[one.reason]
