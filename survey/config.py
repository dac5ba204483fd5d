"""Heard's settings: HEARD_* variables, read once at the edge and never again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from survey.domain.errors import Misconfigured

KNOWN = frozenset(
    f"HEARD_{name}"
    for name in (
        "DATABASE_URL",
        "KEYS_DIR",
        "KEYS_COPY_DIR",
        "DATA_DIR",
        "BACKUP_DIR",
        "SMTP_URL",
        "MAIL_FROM",
        "BASE_URL",
        "BRAND_DIR",
        "BRAND_NAME",
        "QUESTIONNAIRES_DIR",
        "KEEP_SEALED_WEEKS",
        "KEEP_COMMENTS_WEEKS",
        "KEEP_RESPONSES_WEEKS",
        "KEEP_TICKETS_WEEKS",
        "KEEP_OUTBOX_WEEKS",
        "KEEP_BACKUPS",
    )
)


@dataclass(frozen=True)
class Keep:
    """How long what is kept, in whole weeks; `backups` is a number of files."""

    sealed_weeks: int = 26  # a box too small to count: 13 of carrying, 13 of merging; then destroyed unread
    comments_weeks: int = 4  # the words as they were written
    responses_weeks: int = 260  # one row a response; counts stay
    tickets_weeks: int = 12  # an unspent ticket; its link then says that it has ended
    outbox_weeks: int = 4  # e-mails that were sent or refused
    backups: int = 8

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> tuple[Keep, list[str]]:
        """Read HEARD_KEEP_*; and what is wrong with them, in words."""
        found, wrong = {}, []
        for one in fields(cls):
            name = f"HEARD_KEEP_{one.name.upper()}"
            text = environ.get(name, str(one.default))
            least = 14 if one.name == "sealed_weeks" else 1  # 13 weeks a box may be carried
            if text.isascii() and text.isdigit() and int(text) >= least:
                found[one.name] = int(text)
            else:
                wrong.append(f"{name} must be a whole number of at least {least}, not {text!r}")
        return cls(**found), wrong


@dataclass(frozen=True)
class Settings:
    """All settings of one installation."""

    database_url: str
    keys_dir: Path
    data_dir: Path  # outbox copies, rejects, logs
    backup_dir: Path  # where `heard backup` writes; held away from the keys
    keys_copy_dir: Path | None = None  # a second copy of the clock's keys, best on another host
    smtp_url: str | None = None  # smtp://[user:password@]host:port or smtps://…; None: e-mails wait
    mail_from: str = "Heard <heard@localhost>"
    base_url: str = "http://127.0.0.1:8000"  # where patients reach the survey, without a final slash
    brand_dir: Path | None = None
    brand_name: str = "Your NHS"
    questionnaires_dir: Path | None = None
    keep: Keep = field(default_factory=Keep)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read HEARD_*; Misconfigured names every variable that is wrong, at once."""
        wrong = [f"{name} is not a setting of Heard" for name in sorted(_unknown(environ))]
        data = Path(environ.get("HEARD_DATA_DIR", "var/data")).absolute()
        keep, limits = Keep.from_environ(environ)
        wrong += limits
        found = cls(
            database_url=environ.get("HEARD_DATABASE_URL", f"sqlite:///{data / 'heard.sqlite3'}"),
            keys_dir=Path(environ.get("HEARD_KEYS_DIR", data.parent / "keys")).absolute(),
            data_dir=data,
            backup_dir=Path(environ.get("HEARD_BACKUP_DIR") or data.parent / "backups").absolute(),
            keys_copy_dir=_path(environ.get("HEARD_KEYS_COPY_DIR")),
            smtp_url=environ.get("HEARD_SMTP_URL") or None,
            mail_from=environ.get("HEARD_MAIL_FROM", cls.mail_from),
            base_url=environ.get("HEARD_BASE_URL", cls.base_url).rstrip("/"),
            brand_dir=_path(environ.get("HEARD_BRAND_DIR")),
            brand_name=environ.get("HEARD_BRAND_NAME", cls.brand_name),
            questionnaires_dir=_path(environ.get("HEARD_QUESTIONNAIRES_DIR")),
            keep=keep,
        )
        wrong += found.problems()
        if wrong:
            raise Misconfigured("these settings are wrong:\n" + "\n".join(f"  {line}" for line in wrong))
        return found

    def problems(self) -> list[str]:
        """What is wrong with the values, in words, each with its variable."""
        wrong = []
        if not self.database_url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            wrong.append(
                "HEARD_DATABASE_URL must begin with sqlite:/// or postgresql://; "
                "e.g. sqlite:////srv/heard/heard.sqlite3"
            )
        if self.smtp_url and urlsplit(self.smtp_url).scheme not in {"smtp", "smtps"}:
            wrong.append(
                "HEARD_SMTP_URL must begin with smtp:// or smtps://; e.g. smtp://mail.trust.nhs.uk:587"
            )
        if urlsplit(self.base_url).scheme not in {"http", "https"}:
            wrong.append("HEARD_BASE_URL must begin with https:// (or http:// for a trial)")
        wrong += [
            f"{name} is not a folder: {path}"
            for name, path in (
                ("HEARD_BRAND_DIR", self.brand_dir),
                ("HEARD_QUESTIONNAIRES_DIR", self.questionnaires_dir),
            )
            if path is not None and not path.is_dir()
        ]
        file = self.database_url.removeprefix("sqlite:///")
        if file != self.database_url and _inside(Path(file), self.backup_dir):
            wrong.append(
                "HEARD_DATABASE_URL lies inside HEARD_BACKUP_DIR; what breaks one must not break the other:"
                " choose another folder for backups"
            )
        return wrong + self._keys_near_data() + self._keys_near_a_server()

    def _keys_near_data(self) -> list[str]:
        data = (("HEARD_DATA_DIR", self.data_dir), ("HEARD_BACKUP_DIR", self.backup_dir))
        keys = (("HEARD_KEYS_DIR", self.keys_dir), ("HEARD_KEYS_COPY_DIR", self.keys_copy_dir))
        wrong = [
            f"{name} lies inside {around}; keys must not be copied with data: choose another folder"
            for name, inner in keys
            for around, outer in data
            if inner is not None and _inside(inner, outer)
        ]
        wrong += [
            f"{name} lies inside {around}; a backup beside its keys opens itself: choose another folder"
            for name, inner in data
            for around, outer in keys
            if outer is not None and inner.resolve() != outer.resolve() and _inside(inner, outer)
        ]
        if self.keys_copy_dir is not None and _inside(self.keys_copy_dir, self.keys_dir):
            wrong.append("HEARD_KEYS_COPY_DIR lies inside HEARD_KEYS_DIR; a copy there is lost with it")
        file = self.database_url.removeprefix("sqlite:///")
        if file != self.database_url:
            wrong += [
                f"HEARD_DATABASE_URL lies inside {name}; keys must not be copied with data"
                for name, folder in keys
                if folder is not None and _inside(Path(file), folder)
            ]
            wrong += [
                f"{name} lies in the folder of HEARD_DATABASE_URL; keys must not be copied with data"
                for name, folder in keys
                if folder is not None and _inside(folder, Path(file).parent)
            ]
        return list(dict.fromkeys(wrong))

    def _keys_near_a_server(self) -> list[str]:
        # Seen by what lies there: only a superuser may ask PostgreSQL for its folder.
        keys = (("HEARD_KEYS_DIR", self.keys_dir), ("HEARD_KEYS_COPY_DIR", self.keys_copy_dir))
        return [
            f"{name} lies inside the data folder of a PostgreSQL server, {outer}; its base backups take"
            " everything there along: choose another folder"
            for name, inner in keys
            if inner is not None
            for outer in (inner.resolve(), *inner.resolve().parents)
            if _is_file(outer / "PG_VERSION")
        ]


def _unknown(environ: Mapping[str, str]) -> set[str]:
    ours = {name for name in environ if name.startswith("HEARD_")}
    return {name for name in ours - KNOWN if not name.startswith("HEARD_TEST_")}


def _path(text: str | None) -> Path | None:
    return Path(text).absolute() if text else None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder that we may not look into
        return False


def _inside(inner: Path, outer: Path) -> bool:
    # Links and '..' are seen through: a backup follows them too.
    inner, outer = inner.resolve(), outer.resolve()
    return inner == outer or outer in inner.parents
