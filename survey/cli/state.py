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


PROC = Path("/proc")
LOGINUID = PROC / "self" / "loginuid"  # whom the session was opened for; su and sudo leave it as it is
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
    return None if uid == _UNSET or not (os.getuid() == 0 or _was_given(uid)) else uid


def _was_given(login: int) -> bool:
    # Where a session has no login, in a container say, anyone may set their own, once, to whom they like. One
    # that a login program set has a process of root's at its top.
    pid = os.getpid()
    while (above := _status(pid)["PPid"]) and _login_of(above) == login:
        pid = above
    return _status(pid)["Uid"] == 0


def _login_of(pid: int) -> int | None:
    try:
        return int((PROC / str(pid) / "loginuid").read_text())
    except (OSError, ValueError):
        return None


def _status(pid: int) -> dict[str, int]:
    # The parent's number, and the real user: not the folder's owner, which is root's where no core is dumped.
    try:
        lines = (PROC / str(pid) / "status").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    found = {
        name: int(rest.split()[0])
        for name, _, rest in (line.partition(":") for line in lines)
        if name in {"PPid", "Uid"}
    }
    return {"PPid": 0, "Uid": _UNSET} | found


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
