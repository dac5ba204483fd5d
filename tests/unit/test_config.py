"""Settings: read once, and everything that is wrong with them said at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey.config import KNOWN, Settings
from survey.domain.errors import Misconfigured


def test_without_any_setting_there_is_a_whole_installation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    found = Settings.from_environ({})
    assert found.database_url == f"sqlite:///{tmp_path}/var/data/heard.sqlite3"
    assert (found.keys_dir, found.data_dir) == (tmp_path / "var/keys", tmp_path / "var/data")
    assert found.smtp_url is None


def test_every_setting_is_read(tmp_path: Path) -> None:
    values = {
        "HEARD_DATABASE_URL": "postgresql://db/heard",
        "HEARD_KEYS_DIR": str(tmp_path / "keys"),
        "HEARD_DATA_DIR": str(tmp_path / "data"),
        "HEARD_BACKUP_DIR": str(tmp_path / "backups"),
        "HEARD_SMTP_URL": "smtps://mail:465",
        "HEARD_MAIL_FROM": "a@b.nhs.uk",
        "HEARD_BASE_URL": "https://survey.nhs.uk/",
        "HEARD_BRAND_DIR": str(tmp_path),
        "HEARD_BRAND_NAME": "Test ICB",
        "HEARD_QUESTIONNAIRES_DIR": str(tmp_path),
    }
    assert set(values) <= KNOWN
    found = Settings.from_environ(values)
    assert found.base_url == "https://survey.nhs.uk"
    assert found.backup_dir == tmp_path / "backups"
    assert found.brand_name == "Test ICB"
    assert {"PATH", *values} & KNOWN == set(values)


def test_every_wrong_setting_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        Settings.from_environ(
            {
                "HEARD_DATABASE_URL": "mysql://db",
                "HEARD_SMTP_URL": "mail.trust.nhs.uk",
                "HEARD_BASE_URL": "survey.nhs.uk",
                "HEARD_BRAND_DIR": str(tmp_path / "none"),
                "HEARD_QUESTIONNAIRES_DIR": str(tmp_path / "none"),
                "HEARD_DATABSE_URL": "a slip",
                "HEARD_DATA_DIR": str(tmp_path),
                "HEARD_KEYS_DIR": str(tmp_path / "keys"),
            }
        )
    said = str(caught.value)
    for name in (
        "DATABASE_URL",
        "SMTP_URL",
        "BASE_URL",
        "BRAND_DIR",
        "QUESTIONNAIRES_DIR",
        "DATABSE_URL",
        "KEYS_DIR",
    ):
        assert f"HEARD_{name}" in said
    assert len(said.splitlines()) == 8


@pytest.mark.parametrize("inside", ["HEARD_DATA_DIR", "HEARD_BACKUP_DIR"])
@pytest.mark.parametrize("deeper", ["", "keys", "a/b/keys"])
def test_keys_are_never_kept_where_data_are_copied_from(tmp_path: Path, inside: str, deeper: str) -> None:
    values = {"HEARD_DATA_DIR": str(tmp_path / "data"), inside: str(tmp_path / "here")}
    with pytest.raises(Misconfigured, match=f"inside {inside}"):
        Settings.from_environ(values | {"HEARD_KEYS_DIR": str(tmp_path / "here" / deeper)})


def test_keys_beside_data_are_sound(tmp_path: Path) -> None:
    found = Settings.from_environ(
        {"HEARD_DATA_DIR": str(tmp_path / "heard"), "HEARD_KEYS_DIR": str(tmp_path / "heard-keys")}
    )
    assert found.keys_dir == tmp_path / "heard-keys"


def test_a_way_round_by_dots_is_seen_through(tmp_path: Path) -> None:
    values = {"HEARD_DATA_DIR": str(tmp_path / "data"), "HEARD_KEYS_DIR": f"{tmp_path}/x/../data/keys"}
    with pytest.raises(Misconfigured, match="inside HEARD_DATA_DIR"):
        Settings.from_environ(values)


def test_a_database_beside_its_keys_is_refused(tmp_path: Path) -> None:
    values = {
        "HEARD_DATABASE_URL": f"sqlite:///{tmp_path}/keys/heard.sqlite3",
        "HEARD_DATA_DIR": str(tmp_path / "data"),
        "HEARD_KEYS_DIR": str(tmp_path / "keys"),
    }
    with pytest.raises(Misconfigured, match="HEARD_DATABASE_URL"):
        Settings.from_environ(values)


@pytest.mark.parametrize("name", ["KEYS_DIR", "KEYS_COPY_DIR"])
@pytest.mark.parametrize("deeper", ["", "keys", "a/b/keys"])
def test_keys_in_the_folder_of_a_postgresql_server_are_refused(
    tmp_path: Path, name: str, deeper: str
) -> None:
    (tmp_path / "main").mkdir()
    values = {
        "HEARD_DATABASE_URL": "postgresql://heard_clock_login@/heard",
        "HEARD_DATA_DIR": str(tmp_path / "data"),
        f"HEARD_{name}": str(tmp_path / "main" / deeper),
    }
    Settings.from_environ(values)
    (tmp_path / "main" / "PG_VERSION").write_text("15\n")
    with pytest.raises(Misconfigured, match=f"HEARD_{name} lies inside the data folder of a PostgreSQL"):
        Settings.from_environ(values)


@pytest.mark.parametrize("file", ["heard.sqlite3", "deeper/heard.sqlite3", "../backups/heard.sqlite3"])
def test_a_database_among_its_backups_is_refused(tmp_path: Path, file: str) -> None:
    values = {
        "HEARD_DATABASE_URL": f"sqlite:///{tmp_path}/backups/{file}",
        "HEARD_DATA_DIR": str(tmp_path / "data"),
        "HEARD_BACKUP_DIR": str(tmp_path / "backups"),
    }
    with pytest.raises(Misconfigured, match="HEARD_DATABASE_URL lies inside HEARD_BACKUP_DIR"):
        Settings.from_environ(values)
    assert Settings.from_environ(values | {"HEARD_BACKUP_DIR": str(tmp_path / "elsewhere")})
