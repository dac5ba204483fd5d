"""The poster and the cards: a service's address, to be scanned or typed."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import segno

from survey.catalogue.editions import Edition
from survey.domain.organisation import Service
from survey.presenters.papers.form import DRAFT
from survey.presenters.papers.press import printed

QUIET = 4  # modules of white around a code, as ISO/IEC 18004 asks


def poster(edition: Edition, service: Service, *, organisation: str, address: str) -> bytes:
    """One page of A4 for a wall, as PDF/UA."""
    return printed("poster", content(edition, service, organisation, address), tag=edition.tag)


def cards(edition: Edition, service: Service, *, organisation: str, address: str) -> bytes:
    """Ten cards of 85 by 55 mm on a page of A4 with marks to cut along, as PDF/UA."""
    return printed("cards", content(edition, service, organisation, address), tag=edition.tag)


def content(edition: Edition, service: Service, organisation: str, address: str) -> dict[str, Any]:
    """What both templates set; `address` is the whole of the service's link."""
    words = edition.words
    return {
        "service": service.name,
        "organisation": organisation,
        "draft": "" if edition.is_offered else DRAFT,
        "ask": words.say("poster_ask"),
        "say": words.say("poster_say"),
        "scan": words.say("poster_scan"),
        "type": words.say("poster_type"),
        "paper": words.say("poster_paper"),
        "promise": words.say("paper_promise"),
        "address": address.removeprefix("https://"),
        "code": _code(address),
        "opens": words.say("qr_opens", service=service.name),
    }


def _code(address: str) -> str:
    """The QR code as SVG: a quarter of it may be torn or dirty and it still reads."""
    drawn = BytesIO()
    segno.make(address, error="q", micro=False).save(drawn, kind="svg", border=QUIET, xmldecl=False)
    return drawn.getvalue().decode()
