"""Someone who tries links: a wrong one tells nothing, and 128 random bits are not found by trying."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

import pytest
from flask import Flask
from werkzeug.serving import make_server

from survey.domain.calendar import this_week
from survey.domain.errors import LinkEnded
from survey.privacy.tickets import new_form_token, new_ticket
from survey.services.respond import invited, respond_visiting, shown_version, visiting
from survey.web.patient.app import create_app
from survey.web.patient.limits import MOST, WINDOW, Limiter
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


# -- over the wire, against the limiter -------------------------------------------------------------------

BOTS, YEARS, WAITING = (
    1_000_000,
    10,
    10_000_000,
)  # addresses he has, his patience, unspent tickets: all generous


@contextmanager
def listening(site: Flask) -> Iterator[int]:
    """The site on a port of its own, until the block ends."""
    server = make_server("127.0.0.1", 0, site, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def guess(
    port: int, tries: Iterable[str], *, address: str = "81.2.69.142", lie: bool = False
) -> Counter[int]:
    """What so many links are answered with; `lie`: each names another in front of what the proxy writes."""
    found: Counter[int] = Counter()
    for n, ticket in enumerate(tries):
        line = HTTPConnection("127.0.0.1", port, timeout=10)
        forwarded = f"90.0.{n // 250}.{n % 250 + 1}, {address}" if lie else address
        line.request("GET", f"/i/{ticket}", headers={"X-Forwarded-For": forwarded})
        found[line.getresponse().status] += 1
        line.close()
    return found


@pytest.mark.parametrize("lie", [False, True])
def test_over_the_wire_he_is_slowed_and_finds_nothing_while_others_are_served(town: Town, lie: bool) -> None:
    (ticket,) = town.invite("BUS1", 1, this_week())
    site = create_app(town.desk, limiter=Limiter(most=40), behind_proxy=True)
    with listening(site) as port:
        assert guess(port, (new_ticket() for _ in range(60)), lie=lie) == {410: 40, 429: 20}
        assert guess(port, [ticket], lie=lie) == {429: 1}  # not even the right one is told from a wrong one
        assert guess(port, [ticket], address="90.1.2.3") == {200: 1}
    assert (town.number("ticket"), town.number("sealed")) == (1, 0)


def test_the_odds_of_a_million_machines_in_ten_years_are_nil() -> None:
    tries = BOTS * MOST * YEARS * 365 * 24 * 3600 // WINDOW
    assert tries > 10**15
    assert tries * WAITING / 2**128 < 1e-12  # to find anyone's; 128 bits, see above


def test_the_same_guesser_finds_short_codes() -> None:
    site, limiter, issued = Flask("naive"), Limiter(most=MOST), {f"{n:03d}" for n in range(0, 1000, 50)}

    @site.route("/i/<code>")
    def answer(code: str) -> tuple[str, int]:
        return ("", 429) if not limiter.allows("81.2.69.142") else ("", 200 if code in issued else 410)

    with listening(site) as port:
        assert guess(port, (f"{n:03d}" for n in range(1000)))[200] == len(issued)
    assert len(issued) * BOTS * MOST / 36**6 > 1  # and six letters and digits last less than ten minutes
