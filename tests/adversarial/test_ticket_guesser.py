"""Someone who tries links: a wrong one tells nothing, and 128 random bits are not found by trying."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from survey.domain.errors import LinkEnded
from survey.privacy.tickets import new_form_token, new_ticket
from survey.services.respond import invited, respond_visiting, shown_version, visiting
from tests.town import WEEK, Town, a_response

MALFORMED = [
    "",
    " ",
    "a",
    "a" * 25,
    "a" * 27,
    "A" * 26,
    "1" * 26,
    "a" * 25 + "\n",
    "a" * 26 + "\n",
    "é" * 26,
    "' OR 1=1 --",
    "../../etc/passwd",
    "\0" * 26,
    "\ud800" * 26,
    "a" * 100_000,
]


def told(attempt: Callable[[], object]) -> str:
    with pytest.raises(LinkEnded) as caught:
        attempt()
    return str(caught.value)


def test_spent_counted_unknown_and_malformed_tickets_are_told_the_same(town: Town) -> None:
    spent = town.fill("BUS1", 10)
    town.tally()
    (waiting,) = town.invite("BUS1", 1, WEEK + 1)
    town.answer(waiting, a_response(), WEEK + 1)
    wrong = [*spent[:2], new_ticket(), *MALFORMED]
    shown = {told(lambda: invited(town.desk, ticket)) for ticket in [waiting, *wrong]}  # noqa: B023
    sent = {told(lambda: town.answer(ticket, a_response(), WEEK + 1)) for ticket in wrong}  # noqa: B023
    assert len(shown | sent) == 1


def test_a_wrong_ticket_changes_nothing(town: Town) -> None:
    town.invite("BUS1", 3)
    for ticket in [new_ticket(), *MALFORMED]:
        told(lambda: town.answer(ticket, a_response()))  # noqa: B023
    assert (town.number("ticket"), town.number("sealed")) == (3, 0)


def test_what_is_stored_of_a_ticket_opens_no_link(town: Town) -> None:
    town.invite("BUS1", 3)
    for (hashed,) in town.rows("SELECT hash FROM ticket"):
        for guess in (bytes(hashed).hex(), bytes(hashed).hex()[:26], bytes(hashed).decode("latin-1")):
            told(lambda: invited(town.desk, guess))  # noqa: B023


def test_tickets_share_nothing() -> None:
    made = [new_ticket() for _ in range(2000)]
    assert len(set(made)) == len(made)
    assert len({ticket[:6] for ticket in made}) > 1990
    for place in range(25):
        assert len({ticket[place] for ticket in made}) == 32


def test_a_ticket_of_another_installation_is_unknown_here(town: Town) -> None:
    (ticket,) = town.invite("BUS1", 1)
    (town.keys_dir / "patient" / "pepper").write_bytes(secrets.token_bytes(32))
    told(lambda: invited(town.desk, ticket))


def test_forged_and_borrowed_forms_are_refused_alike(town: Town) -> None:
    town.build("BUS2").prepare()
    genuine = str(visiting(town.desk, "BUS1", week=WEEK).form_token)
    nonce, week, version, signature = genuine.split(".")
    theirs = new_form_token(secrets.token_bytes(32), "BUS1", "bus/v1", week=WEEK)
    wrong = [
        "",
        ".",
        "...",
        "\n" * 5,
        theirs,
        genuine[:-1],
        genuine + "a",
        genuine.upper(),
        ".".join((nonce, str(WEEK + 1), version, signature)),
        ".".join((nonce, week, "bus/v2", signature)),
        ".".join(("a" * 26, week, version, signature)),
        ".".join((nonce, week, version, "0" * 64)),
        ".".join((nonce, week, version, signature, "")),
        "\ud800.\ud800.\ud800.\ud800",
    ]
    says = {told(lambda: shown_version(town.desk, "BUS1", token)) for token in wrong}  # noqa: B023
    says |= {
        told(lambda: respond_visiting(town.desk, "BUS1", token, a_response(), week=WEEK))  # noqa: B023
        for token in wrong
    }
    says |= {told(lambda: respond_visiting(town.desk, "BUS2", genuine, a_response(), week=WEEK))}
    says |= {told(lambda: shown_version(town.desk, "NOSUCH", genuine))}
    assert len(says) == 1
    assert town.number("sealed") == 0
