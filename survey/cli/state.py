"""What most commands begin with: settings, the database, the questionnaires."""

from __future__ import annotations

import os
from getpass import getuser

from sqlalchemy import Engine

from survey import resources
from survey.catalogue.catalogue import Catalogue
from survey.config import Settings
from survey.storage import database as storage


def settings() -> Settings:
    """The settings of this process."""
    return Settings.from_environ()


def database(found: Settings | None = None, *, role: storage.Role = "clock") -> Engine:
    """The database of `found` with the rights of `role`, its schema checked."""
    made = storage.engine((found or settings()).database_url, role=role)
    storage.require_schema(made)
    return made


def catalogue(found: Settings | None = None) -> Catalogue:
    """The shipped questionnaires and the installation's own."""
    own = (found or settings()).questionnaires_dir
    return Catalogue.load([resources.folder("questionnaires"), *([own] if own else [])])


def who() -> str:
    """The person at the keyboard, for the audit chain: behind sudo, who called it."""
    return os.environ.get("SUDO_USER") or getuser()
