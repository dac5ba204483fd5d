"""A town whose one service, PTS001, asks the shipped patient-transport questionnaire."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from survey.domain.calendar import this_week
from survey.domain.organisation import Service
from survey.domain.response import Response
from survey.privacy.keys import box_key_file
from survey.privacy.opening import read_box_key, unseal
from survey.storage import directory
from survey.storage.database import transaction
from survey.web.patient.app import create_app
from tests.town import Town

SERVICE = "PTS001"


def transport_town(engine: Engine, keys_dir: Path, catalogue: Catalogue) -> Town:
    """The town, its boxes of this week ready."""
    return town_asking("patient-transport", engine, keys_dir, catalogue)


def town_asking(pathway: str, engine: Engine, keys_dir: Path, catalogue: Catalogue) -> Town:
    """A town whose one service asks the questionnaire of `pathway`."""
    town = Town(engine, keys_dir, catalogue).build()
    with transaction(engine) as session:
        directory.keep_service(session, Service(SERVICE, "Patient transport", pathway, "RTT01", "PL1"))
    town.prepare(this_week())
    return town


def ticket_of(town: Town) -> str:
    """A fresh ticket."""
    return town.invite(SERVICE, 1, this_week())[0]


def site_of(town: Town) -> Flask:
    """The patient's site of the town."""
    return create_app(town.desk)


def received(town: Town) -> list[Response]:
    """What lies in the boxes, opened as the tally would."""
    found = []
    for box, body in town.rows("SELECT box, body FROM sealed"):
        key = read_box_key(box_key_file(town.keys_dir, box))
        found.append(Response.decode(unseal(bytes(body), box=box, key=key)))
    return found
