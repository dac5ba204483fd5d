"""What most commands begin with: settings, the database, the questionnaires."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

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


LOGINUID = Path("/proc/self/loginuid")  # whom the session was opened for; su and sudo leave it as it is
_UNSET = 2**32 - 1


def who() -> str:
    """The person at the keyboard, for the audit chain: as the kernel says, not as the environment does.

    Only root is believed a SUDO_USER, and only where the kernel knows of no login: it can be anybody.
    """
    uid = _login_uid()
    if uid is not None:
        return _name(uid)
    called_from = os.environ.get("SUDO_USER", "")
    return called_from if os.getuid() == 0 and _is_account(called_from) else _name(os.getuid())


def _login_uid() -> int | None:
    try:
        uid = int(LOGINUID.read_text())
    except (OSError, ValueError):
        return None  # not Linux, or a kernel without audit
    return None if uid == _UNSET else uid


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _is_account(name: str) -> bool:
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False
