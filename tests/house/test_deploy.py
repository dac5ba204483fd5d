"""deploy/: units that systemd understands, commands, settings and roles that exist, every file told of."""

from __future__ import annotations

import re
import runpy
import shlex
import subprocess
from pathlib import Path, PurePath

import pytest
from click import Command, Context, Group

from survey.cli.main import heard
from survey.config import KNOWN
from tests.adversarial.servers import required
from tests.house.tree import ROOT, read, under

FILES = under("deploy/")
UNITS = under("deploy/systemd/", suffix=".service")
MOST_EXPOSED = 20  # tenths, as systemd reckons; a service without any hardening has 96
EVERY_UNIT = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "LimitCORE": "0",
    "MemorySwapMax": "0",
    "CapabilityBoundingSet": "",
    "UMask": "0077",
}


def service(name: str) -> dict[str, str]:
    """What stands in a unit's [Service]; of a directive that comes twice the last."""
    section = read(name).partition("[Service]\n")[2].partition("\n[")[0]
    lines = [line.partition("=") for line in section.splitlines() if line and not line.startswith("#")]
    return {directive: value for directive, _, value in lines}


def analyzed(unit: Path, *what: str) -> subprocess.CompletedProcess[str]:
    """systemd's word on a unit."""
    analyze = required("systemd-analyze")
    return subprocess.run([analyze, *what, unit], capture_output=True, text=True, check=False)


@pytest.fixture(params=UNITS)
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A unit as it would be installed, but for the program and the file that are not here."""
    made = tmp_path / PurePath(request.param).name
    text = read(request.param).replace("/opt/heard/bin/heard", "/bin/true")
    made.write_text(re.sub(r"EnvironmentFile=.*\n", "", text), encoding="utf-8")
    return made


def test_systemd_understands_every_line_of_a_unit(unit: Path):
    said = analyzed(unit, "verify", "--man=no")
    assert (said.returncode, said.stderr) == (0, "")
    unit.write_text(unit.read_text(encoding="utf-8").replace("LimitCORE", "LimitCores"), encoding="utf-8")
    assert "LimitCores" in analyzed(unit, "verify", "--man=no").stderr


def test_systemd_reckons_a_unit_well_closed(unit: Path):
    most = f"--threshold={MOST_EXPOSED}"
    assert analyzed(unit, "security", "--offline=yes", most).returncode == 0
    unit.write_text("[Service]\nUser=heard-patient\nExecStart=/bin/true\n", encoding="utf-8")
    assert analyzed(unit, "security", "--offline=yes", most).returncode != 0


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_closed_in_every_way_that_all_are(name: str):
    assert EVERY_UNIT.items() <= service(name).items()
    process = PurePath(name).stem
    assert service(name)["User"] == service(name)["Group"] == process
    others = {"heard-patient": ("clock", "recovery"), "heard-clock": ("patient",)}[process]
    closed = service(name)["InaccessiblePaths"].split()
    assert closed == [f"/var/lib/heard/keys/{other}" for other in others]


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_starts_a_command_that_there_is(name: str):
    program, *words = shlex.split(service(name)["ExecStart"])
    assert program.endswith("/heard")
    found: Command = heard
    while isinstance(found, Group) and words and not words[0].startswith("-"):
        context = Context(found)
        following = found.get_command(context, words.pop(0))
        assert following is not None
        found = following
    found.make_parser(Context(found)).parse_args(words)  # raises on an option that is none


@pytest.mark.parametrize("name", FILES)
def test_deploy_names_only_variables_and_users_that_there_are(name: str):
    assert set(re.findall(r"HEARD_[A-Z_]+", read(name))) <= KNOWN
    users = {PurePath(unit).stem for unit in UNITS}
    assert set(re.findall(r"\bheard-(?:patient|clock)\b", read(name))) <= users


def test_each_user_has_folders_of_its_own_and_the_keys_folder_is_passed_through_only():
    lines = [line.split() for line in read("deploy/systemd/heard.tmpfiles").splitlines()]
    folders = {line[1]: tuple(line[2:4]) for line in lines if line and line[0] == "d"}
    assert folders["/var/lib/heard/keys"] == ("0711", "heard-clock")
    for folder, process in (("patient", "patient"), ("clock", "clock"), ("recovery", "clock")):
        assert folders[f"/var/lib/heard/keys/{folder}"] == ("0700", f"heard-{process}")
    written = service("deploy/systemd/heard-clock.service")["ReadWritePaths"].split()
    assert {folders[path][1] for path in written} == {"heard-clock"}
    assert "ReadWritePaths" not in service("deploy/systemd/heard-patient.service")


def test_logins_are_of_the_roles_that_the_migrations_make():
    roles = set(runpy.run_path(str(ROOT / "migrations" / "versions" / "0002_walls.py"))["ROLES"])
    logins = {f"{role}_login" for role in roles}
    for name in under("deploy/postgresql/", suffix=".sql"):
        named = set(re.findall(r"\bheard_[a-z]+(?:_login)?\b", read(name)))
        assert logins <= named <= logins | roles


def test_what_is_quiet_for_a_login_is_quiet_for_the_whole_server_too():
    told = read("deploy/postgresql/heard.conf")
    of_logins = re.findall(r"\('((?:log|debug)_[a-z_]+)', '", read("deploy/postgresql/quiet_logins.sql"))
    assert len(of_logins) > 10
    assert [name for name in of_logins if not re.search(rf"^{name} = ", told, re.MULTILINE)] == []


@pytest.mark.parametrize("name", FILES)
def test_the_manual_tells_of_every_file_in_deploy(name: str):
    assert name in read("docs/operating.md")
