"""Quarantine: two people decide whether boxes that do not add up are counted or destroyed unread."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey.domain.calendar import Week, today
from survey.domain.counts import SMALLEST
from survey.domain.errors import BadInput, NotFound, Refused
from survey.privacy.keys import require_copy
from survey.services.destroy import destroy_left_over
from survey.services.pools import Held
from survey.services.withhold import end_unread
from survey.storage import audit, boxes, decisions, directory
from survey.storage.boxes import Balance
from survey.storage.database import transaction
from survey.storage.decisions import Aside, Choice, Decision, Doubt

BEFORE = "set aside before Heard kept the reason"


@dataclass(frozen=True, slots=True)
class Shut:
    """A box in quarantine, and why."""

    service: str
    week: Week
    ticketed: bool
    n: int
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a service's quarantine stands after a decision: who agrees, who does not, whose has lapsed."""

    boxes: int
    responses: int
    ended: bool
    against: tuple[str, ...] = ()
    lapsed: tuple[str, ...] = ()


def in_quarantine(engine: Engine) -> list[Shut]:
    """Every box in quarantine, by service and week."""
    with transaction(engine, reading=True) as session:
        found = decisions.in_quarantine(session)
        why = decisions.reasons(session, {one.box for one in found})
    return [Shut(one.service, one.week, one.ticketed, one.n, why.get(one.box, BEFORE)) for one in found]


def decided(engine: Engine) -> dict[str, list[Decision]]:
    """What people have decided so far about the services in quarantine, where it still holds."""
    with transaction(engine, reading=True) as session:
        services = sorted({one.service for one in decisions.in_quarantine(session)})
        return {service: _holding(session, service) for service in services}


def numbers(engine: Engine) -> dict[str, tuple[Balance, int]]:
    """By service in quarantine, how its numbers stand today and how many rows a decision would let pass."""
    with transaction(engine, reading=True) as session:
        of_service: dict[str, list[Aside]] = defaultdict(list)
        for box in decisions.in_quarantine(session):
            of_service[box.service].append(box)
        found = {service: boxes.ticketed_balance(session, service) for service in of_service}
    return {
        service: (balance, _passed(of_service[service], balance.difference))
        for service, balance in found.items()
    }


def decide(
    engine: Engine,
    service: str,
    choice: Choice,
    *,
    who: str,
    reason: str,
    keys_dir: Path,
    copy_dir: Path | None = None,
) -> Standing:
    """Keep what `who` decided about a service's boxes; the second person who agrees ends their quarantine.

    Decided is about exactly the boxes, rows and numbers that are there now: once any of it changes, earlier
    decisions have lapsed. Refused for a person who has decided already.
    """
    if not reason.strip():
        raise BadInput("a decision needs a --reason: it is kept in the audit chain")
    if choice == "destroy":
        require_copy(keys_dir, copy_dir)
    with transaction(engine) as session:
        found = _decide(session, service, Decision(who, choice, reason.strip(), seen=""))
    destroy_left_over(engine, keys_dir=keys_dir, copy_dir=copy_dir)
    return found


def _decide(session: Session, service: str, one: Decision) -> Standing:
    directory.service(session, service)
    boxes.lock_service(session, service)  # two who decide at once are one after the other
    aside = decisions.in_quarantine(session, service)
    if not aside:
        raise NotFound(f"no box of {service} is in quarantine; `heard quarantine list` shows those that are")
    difference = boxes.ticketed_balance(session, service).difference
    seen, standing, lapsed = _standing(session, aside, difference=difference)
    if any(earlier.who == one.who for earlier in standing):
        raise Refused(f"{one.who} has decided about {service} already; a second person must")
    if one.choice == "count":
        _require_ten(session, aside, difference)
    decisions.forget(session, service, but=seen)
    mine = Decision(one.who, one.choice, one.reason, seen)
    decisions.add(session, service, mine)
    about = {"service": service, "choice": one.choice, "reason": one.reason, "seen": seen}
    audit.append(session, day=today(), who=one.who, act="decided about a quarantine", about=about)
    agree = [other.who for other in standing if other.choice == one.choice]
    if agree:
        _end(session, aside, mine, with_whom=agree[0], passed=_passed(aside, difference))
    return Standing(
        boxes=len(aside),
        responses=sum(box.n for box in aside),
        ended=bool(agree),
        against=tuple(other.who for other in standing if other.choice != one.choice),
        lapsed=tuple(lapsed),
    )


def _holding(session: Session, service: str) -> list[Decision]:
    aside = decisions.in_quarantine(session, service)
    difference = boxes.ticketed_balance(session, service).difference
    return _standing(session, aside, difference=difference)[1]


def _standing(
    session: Session, aside: list[Aside], *, difference: int
) -> tuple[str, list[Decision], list[str]]:
    # The digest of what there is to decide about, the decisions that are about it, and whose have lapsed.
    seen = decisions.digest(session, [box.box for box in aside], difference=difference)
    every = decisions.of_service(session, aside[0].service)
    return seen, [one for one in every if one.seen == seen], [one.who for one in every if one.seen != seen]


def _passed(aside: list[Aside], difference: int) -> int:
    # No more than can lie in what is decided about: the rest sets the next boxes aside.
    ticketed = [box.n for box in aside if box.ticketed]
    return min(difference, sum(ticketed)) if ticketed else 0


def _require_ten(session: Session, aside: list[Aside], difference: int) -> None:
    ticketed = {box.box: box.n for box in aside if box.ticketed}
    if difference <= 0 or not ticketed:
        return  # a small pool waits for the next weeks, as any
    doubts = [*decisions.doubts(session), Doubt(difference, ticketed)]
    n = sum(ticketed.values())
    if (people := n - sum(doubt.among(ticketed) for doubt in doubts)) < SMALLEST:
        raise Refused(
            f"of {n} responses by ticket only {max(people, 0)} are people's for certain: whoever put the "
            f"others there would find those among them. Under {SMALLEST} only `destroy` is open"
        )


def _end(session: Session, aside: list[Aside], one: Decision, *, with_whom: str, passed: int) -> None:
    service, ids = aside[0].service, [box.box for box in aside]
    if one.choice == "count":
        decisions.accept(session, ids)
    else:
        ended = boxes.named(session, ids)
        end_unread(session, ended, Held({box.box: box.n for box in aside}))
    boxes.accept_difference(session, service, passed)
    decisions.forget(session, service)
    # Nobody can say in which box the rows without tickets lie: those still open are as suspect.
    left = boxes.ticketed_sizes(session, service) if passed > 0 else {}
    about = {"service": service, "choice": one.choice, "boxes": ids, "with": with_whom}
    numbers = {"passed": passed, "left": left}
    audit.append(session, day=today(), who=one.who, act=decisions.ENDED, about=about | numbers)
