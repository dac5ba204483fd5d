"""The shipped PostgreSQL files on a server of their own: who may come in, and what each login may do."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import Error
from sqlalchemy import Engine

from survey.catalogue.catalogue import Catalogue
from tests.adversarial.marks import Marks
from tests.adversarial.servers import DEPLOY, Cluster, Heard, python_for_all
from tests.adversarial.traffic import Door, somebody, status
from tests.town import Town
from tests.transport import ticket_of, transport_town

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("heard_database")]
PAGE, CLOCK = 65533, 65532  # operating-system users that are nobody's
REFUSED = "InsufficientPrivilege"


def may(url: str, *statements: str) -> list[str]:
    """What the server answers to each: 'yes', or the kind of its refusal."""
    said = []
    with psycopg.connect(url, autocommit=True) as line:
        for one in statements:
            try:
                line.execute(one.encode())
                said.append("yes")
            except Error as refused:
                said.append(type(refused).__name__)
    return said


def test_every_shipped_setting_is_one_and_is_in_force(cluster: Cluster) -> None:
    lines = (DEPLOY / "postgresql" / "heard.conf").read_text().splitlines()
    shipped = {line.partition(" ")[0] for line in lines if line and not line.startswith("#")}
    found = cluster.do(
        "SELECT name, applied, error FROM pg_file_settings WHERE sourcefile LIKE '%heard.conf'"
    )
    assert {name for name, _, _ in found} == shipped
    assert [one for one in found if not one[1] or one[2]] == []
    assert cluster.do("SELECT name FROM pg_settings WHERE pending_restart") == []


def test_every_line_of_who_may_come_in_is_understood(cluster: Cluster) -> None:
    assert cluster.do("SELECT line_number, error FROM pg_hba_file_rules WHERE error IS NOT NULL") == []
    wrong = "SELECT line_number, error FROM pg_ident_file_mappings WHERE error IS NOT NULL"
    if cluster.do("SELECT 1 FROM pg_class WHERE relname = 'pg_ident_file_mappings'"):  # since 15
        assert cluster.do(wrong) == []


def test_the_roles_may_be_made_again(cluster: Cluster) -> None:
    cluster.script("roles.sql", "heard")
    members = cluster.do(
        "SELECT m.rolname, r.rolname FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member"
        " JOIN pg_roles r ON r.oid = a.roleid WHERE m.rolname LIKE 'heard%' ORDER BY 1"
    )
    assert members == [(f"heard_{one}_login", f"heard_{one}") for one in ("clock", "patient", "staff")]
    powers = "rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
    assert cluster.do(f"SELECT rolname FROM pg_roles WHERE rolname LIKE 'heard%' AND ({powers})") == []


def test_a_login_comes_in_with_its_password_from_here_and_into_no_other_database(cluster: Cluster) -> None:
    for process in ("patient", "clock", "staff"):
        assert may(cluster.heard(process), "SELECT 1") == ["yes"]
        login = f"heard_{process}_login"
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(cluster.url("heard", login=login))
        with pytest.raises(psycopg.OperationalError, match="rejects connection"):
            psycopg.connect(cluster.heard(process).removesuffix("heard") + "postgres")


def test_a_process_of_this_host_comes_in_as_its_user_and_no_other_user_does(cluster: Cluster) -> None:
    here = f"postgresql://heard_patient_login@/heard?host={cluster.folder}&port={cluster.port}"
    with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
        psycopg.connect(here)
    ident = (DEPLOY / "postgresql" / "pg_ident.conf").read_text()
    cluster.write("pg_ident.conf", ident.replace("heard-patient ", f"{getpass.getuser()} "))
    assert may(here, "SELECT 1") == ["yes"]
    cluster.write("pg_ident.conf", ident)


def test_the_pages_login_sees_what_the_page_shows_and_nothing_else(cluster: Cluster) -> None:
    seen = may(cluster.heard("patient"), "SELECT * FROM patient_service", "SELECT id FROM open_box")
    assert seen == ["yes", "yes"]
    tables = [
        row[0] for row in cluster.do("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", "heard")
    ]
    assert len(tables) > 20
    reads = may(cluster.heard("patient"), *(f"SELECT * FROM {table}" for table in tables))
    assert set(reads) == {REFUSED}
    others = ("SET ROLE heard_clock", "SET ROLE heard_staff", "SET ROLE postgres")
    makes = ("CREATE TABLE mine (a int)", "CREATE TEMP TABLE mine (a int)", "CREATE SCHEMA mine")
    talks = ("SET log_statement = 'all'", "SET log_min_messages = 'debug5'", "COPY (SELECT 1) TO '/tmp/x'")
    assert set(may(cluster.heard("patient"), *others, *makes, *talks)) == {REFUSED}


def test_the_clocks_login_puts_no_response_and_takes_no_other_role(cluster: Cluster) -> None:
    asks = ("SELECT put(NULL, '', '', '')", "SET ROLE heard_patient", "CREATE TABLE mine (a int)")
    assert may(cluster.heard("clock"), "SELECT hash FROM ticket", *asks) == ["yes", *[REFUSED] * 3]


# -- operating-system users -------------------------------------------------------------------------------


@pytest.fixture
def around() -> Iterator[Path]:
    """A folder that other users reach; a test's own is closed to them."""
    made = Path(tempfile.mkdtemp(prefix="heard-users-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def keys_dir(around: Path) -> Path:
    return around / "keys"


@pytest.fixture
def town(heard_database: Engine, keys_dir: Path, catalogue: Catalogue) -> Town:
    made = transport_town(heard_database, keys_dir, catalogue)
    os.chown(keys_dir, CLOCK, CLOCK)
    keys_dir.chmod(0o711)  # to pass through, not to list
    for folder, owner in (("patient", PAGE), ("clock", CLOCK)):
        for path in [keys_dir / folder, *(keys_dir / folder).rglob("*")]:
            os.chown(path, owner, owner)
    return made


@pytest.mark.proof
@pytest.mark.skipif(os.geteuid() != 0, reason="NOT RUN: only root may become another user")
def test_each_process_does_its_work_as_a_user_who_sees_only_its_own_keys(
    town: Town, cluster: Cluster, around: Path
) -> None:
    who = somebody(Marks(), "somebody", ticket_of(town))
    environ = {f"HEARD_{name.upper()}_DIR": str(around / name) for name in ("keys", "data", "backup")}
    environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    for folder in ("data", "backup"):
        (around / folder).mkdir(mode=0o700)
        os.chown(around / folder, CLOCK, CLOCK)
    page = Heard(around, environ | {"HEARD_DATABASE_URL": cluster.heard("patient")}, user=PAGE)
    page.environ["HEARD_DATABASE_URL"] = cluster.heard("clock")
    try:
        assert status(Door(page.port).post(who)) == 303
        said = {user: page.call("clock", "--once", user=user) for user in (CLOCK, PAGE)}
        assert (said[CLOCK].returncode, said[CLOCK].stderr) == (0, b"")
        assert b"backup" in said[CLOCK].stdout
        assert b"not done" not in said[CLOCK].stdout, said[CLOCK].stdout.decode()
        assert b"signing.key cannot be read" in said[PAGE].stdout
    finally:
        page.stop()
    for user, mine, other in ((PAGE, "patient", "clock"), (CLOCK, "clock", "patient")):
        look = [python_for_all(), "-c", "import os, sys; os.listdir(sys.argv[1])"]
        for folder, found in ((mine, 0), (other, 1)):
            seen = subprocess.run(
                [*look, town.keys_dir / folder], user=user, capture_output=True, check=False
            )
            assert seen.returncode == found, seen.stderr
