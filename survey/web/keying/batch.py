"""A pile of forms that are keyed one after the other, and the site that takes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import current_app, request, url_for

from survey.domain.errors import BadInput
from survey.services.respond import Desk

KEYED = ("paper_here", "paper_home", "telephone")  # channels by which staff hand answers in
ONE_IN = 10  # of so many paper forms one is keyed twice
_SERVICE = re.compile(r"[A-Z0-9]{3,12}")
_VERSION = re.compile(r"[a-z0-9-]{1,60}/v[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Site:
    """What the views share."""

    desk: Desk
    one_in: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What a pile of forms has in common: it stands in the address, and a form's token is signed for it."""

    service: str
    channel: str
    version: str  # '' for the one in force

    @classmethod
    def asked(cls) -> Batch:
        """The batch that the address names; BadInput where it names none."""
        said = {name: request.args.get(name, "").strip() for name in ("service", "channel", "version")}
        batch = cls(said["service"].upper(), said["channel"], said["version"].lower())
        if not _SERVICE.fullmatch(batch.service):
            raise BadInput("Type the service's code: letters and figures, as on the form or the poster.")
        if batch.channel not in KEYED:
            raise BadInput("Say how the answers came.")
        if batch.version and not _VERSION.fullmatch(batch.version):
            raise BadInput("Type the version as it is printed at the foot of the form, such as inpatient/v1.")
        return batch

    @property
    def on_paper(self) -> bool:
        """Whether somebody can look at the form once more."""
        return self.channel != "telephone"

    def link(self, **more: str) -> str:
        """The address of the next form of the batch."""
        named = {"service": self.service, "channel": self.channel, "version": self.version or None}
        return url_for("keying.form", **named, **more)  # type: ignore[arg-type]


def site() -> Site:
    found: Site = current_app.extensions["keying"]
    return found
