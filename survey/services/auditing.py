"""Auditing: sign the newest link of the audit chain once a day, and find whoever rewrote the chain since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from sqlalchemy import Engine

from survey.domain.calendar import today
from survey.domain.errors import Misconfigured, Refused
from survey.domain.progress import Advance, silent
from survey.privacy.keyfiles import replace
from survey.privacy.keys import pinned_key, sign
from survey.services.releasing import witness
from survey.storage import audit, ledger
from survey.storage.audit import Entry, Head
from survey.storage.database import transaction

HEAD = "clock/audit.head"  # beside the keys: who may write the database alone cannot cut the chain short


def sign_head(engine: Engine, keys_dir: Path, day: date) -> bool:
    """Sign the newest entry, once a day; False where the day has its head or nothing was ever recorded.

    Where somebody else's lies in its place in the database, ours is kept beside the keys alone. So is an
    earlier one that the chain no longer holds: signed over, it would be forgotten who cut the chain.
    """
    with transaction(engine) as session:
        last, heads = audit.newest(session), audit.heads(session)
        there = [head for head in heads if head.day == day]
        if last is None or _are_ours(there, keys_dir, day):
            return False
        part = Head.signed_part(day, last.number, last.hash)
        head = Head(day, last.number, last.hash, sign(keys_dir, part))
        if not there:
            audit.keep_head(session, head)
            heads.append(head)
        known = {entry.number: entry for entry in audit.entries(session)}
    lost = [one for one in _remembered(keys_dir) if _missed(one, heads, known, keys_dir=keys_dir)]
    _remember(keys_dir, [*lost, head])
    return True


def is_signed(engine: Engine, keys_dir: Path, day: date) -> bool:
    """Whether the day has a head that we signed: a row in the database, which others may write, is none."""
    with transaction(engine, reading=True) as session:
        there = [head for head in audit.heads(session) if head.day == day]
    return _are_ours(there, keys_dir, day)


def check(engine: Engine, keys_dir: Path, advance: Advance = silent) -> list[str]:
    """All that is wrong with the chain: links, numbers, words, signed heads, and whether it was cut short.

    And with the ledger, whose end the chain tells; `advance` is told how many of its entries were followed.
    """
    with transaction(engine, reading=True) as session:
        entries, heads = list(audit.entries(session)), audit.heads(session)
        of_ledger = witness.problems(session, advance)
    problems = _chain(entries)
    known = {entry.number: entry for entry in entries}
    for head in heads:
        problems += _head(head, known, keys_dir=keys_dir)
        if head.day > today():
            problems.append(
                f"the head of {head.day} is of a day to come: it was forged, or a clock went wrong"
            )
    for one in _remembered(keys_dir):
        problems += _missed(one, heads, known, keys_dir=keys_dir)
    return list(dict.fromkeys([*problems, *of_ledger]))


def to_check(engine: Engine) -> int:
    """How many entries of the ledger a check follows."""
    with transaction(engine, reading=True) as session:
        return ledger.newest(session)[0]


def newest(engine: Engine, number: int) -> list[Entry]:
    """The last `number` entries, oldest first."""
    with transaction(engine, reading=True) as session:
        last = audit.newest(session)
        return [] if last is None else list(audit.entries(session, after=last.number - number))


def record(engine: Engine, *, who: str, act: str, about: Mapping[str, object]) -> None:
    """Add an entry of its own, for an act that changes nothing in the database."""
    with transaction(engine) as session:
        audit.append(session, day=today(), who=who, act=act, about=about)


def restored(engine: Engine, keys_dir: Path, *, who: str, reason: str) -> None:
    """A person says that an older backup was restored: the chain goes on from there, and says so.

    Refused where the chain is broken in itself: that, no backup explains.
    """
    with transaction(engine, reading=True) as session:
        entries, heads = list(audit.entries(session)), audit.heads(session)
    known = {entry.number: entry for entry in entries}
    broken = _chain(entries) + [line for head in heads for line in _head(head, known, keys_dir=keys_dir)]
    if broken:
        raise Refused(f"the chain is broken in itself, which no restored backup explains: {broken[0]}")
    lost = max(_remembered(keys_dir), key=lambda head: (head.number, head.day), default=None)
    about = {"reason": reason, "signed until": None if lost is None else f"{lost.number} on {lost.day}"}
    record(engine, who=who, act="backup restored", about=about)
    (keys_dir / HEAD).unlink(missing_ok=True)


def _chain(entries: Sequence[Entry]) -> list[str]:
    # After each break the entry's own word is taken, so that one fault is told once.
    problems, number, before = [], 0, audit.FIRST
    for entry in entries:
        if entry.number != number + 1:
            gone = f"{number + 1}" if entry.number == number + 2 else f"{number + 1} to {entry.number - 1}"
            problems.append(f"entry {gone} is missing")
        elif entry.previous != before:
            problems.append(f"entry {entry.number} does not follow entry {number}: one of them was replaced")
        if not entry.is_whole():
            problems.append(f"entry {entry.number} was changed")
        number, before = entry.number, entry.hash
    return problems


def _head(head: Head, known: dict[int, Entry], *, keys_dir: Path) -> list[str]:
    if not _is_ours(head, keys_dir):
        return [f"the head of {head.day} does not bear our signature"]
    entry = known.get(head.number)
    if entry is None:
        return [f"entry {head.number}, signed on {head.day}, is missing: the chain was cut short"]
    if entry.hash != head.hash:
        return [f"entry {head.number} is not the one that was signed on {head.day}"]
    return []


def _missed(remembered: Head, heads: Sequence[Head], known: dict[int, Entry], *, keys_dir: Path) -> list[str]:
    # What the database no longer holds of a head that lies beside the keys.
    wrong = _head(remembered, known, keys_dir=keys_dir)
    if any(_same(remembered, head) for head in heads):
        return wrong
    gone = (
        f"the head signed on {remembered.day}, which lies beside the keys, is not in the database: its"
        " heads were rewritten, or an older backup was restored"
    )
    return [gone, *wrong]


def _are_ours(there: Sequence[Head], keys_dir: Path, day: date) -> bool:
    # A day's place in the database may be taken by a forged one: then ours lies beside the keys.
    remembered = [head for head in _remembered(keys_dir) if head.day == day] if there else []
    return any(_is_ours(head, keys_dir) for head in (*remembered, *there))


def _is_ours(head: Head, keys_dir: Path) -> bool:
    try:
        pinned_key(keys_dir).verify(head.signature, Head.signed_part(head.day, head.number, head.hash))
    except InvalidSignature:
        return False
    return True


def _same(one: Head, other: Head) -> bool:
    return (one.day, one.number, one.hash) == (other.day, other.number, other.hash)


def _remember(keys_dir: Path, heads: Sequence[Head]) -> None:
    told = (f"{head.day} {head.number} {head.hash.hex()} {head.signature.hex()}\n" for head in heads)
    replace(keys_dir / HEAD, "".join(dict.fromkeys(told)).encode())


def _remembered(keys_dir: Path) -> list[Head]:
    file = keys_dir / HEAD
    if not file.exists():
        return []
    try:
        return [_read(line) for line in file.read_text(encoding="ascii").splitlines() or [""]]
    except (OSError, ValueError):
        raise Misconfigured(
            f"{file} cannot be read; remove it, and the next day's head is kept there"
        ) from None


def _read(line: str) -> Head:
    day, number, hashed, signature = line.split()
    return Head(date.fromisoformat(day), int(number), bytes.fromhex(hashed), bytes.fromhex(signature))
