"""Safekeeping: who may read the keys' folders, where else they can be reached, and on what they lie."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from survey.config import Settings
from survey.domain.errors import Misconfigured
from survey.domain.proof import Found
from survey.privacy import safekeeping
from survey.privacy.keys import box_key_in, lasting_problems, make_box_key, make_lasting_keys, pepper
from survey.privacy.mounts import Mount, holding, mounts, ways_to
from survey.privacy.safekeeping import findings, require_safe

LINES = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
29 27 254:0 /srv/keys /srv/backups/k\\040x rw,relatime shared:5 - ext4 /dev/vda rw
25 24 0:23 / /run/keys rw,relatime - tmpfs tmpfs rw,size=1g
24 24 0:24 / /run/copy rw,relatime - tmpfs tmpfs rw,size=1g
26 27 0:30 / /pool rw - btrfs /dev/vdb rw,subvol=/
28 27 0:31 / /nfs rw - nfs4 server:/x rw
"""


@pytest.fixture
def known(tmp_path: Path) -> list[Mount]:
    file = tmp_path / "mountinfo"
    file.write_text(LINES, encoding="utf-8")
    return mounts(file)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Keys in two folders, one box key."""
    make_lasting_keys(tmp_path / "keys", tmp_path / "copy")
    make_box_key(tmp_path / "keys", "a", tmp_path / "copy")
    return Settings(
        database_url=f"sqlite:///{tmp_path / 'data' / 'heard.sqlite3'}",
        keys_dir=tmp_path / "keys",
        data_dir=tmp_path / "data",
        backup_dir=tmp_path / "backups",
        keys_copy_dir=tmp_path / "copy",
    )


def about(what: str, settings: Settings) -> Found:
    [found] = [one for one in findings(settings) if one.what == what]
    return found


def test_a_folder_that_is_well_kept_has_nothing_bad(settings: Settings) -> None:
    assert [one for one in findings(settings) if one.level == "bad"] == []
    require_safe(settings)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
@pytest.mark.parametrize("folder", ["keys", "copy"])
def test_a_key_that_others_may_read_is_bad_and_no_process_starts(
    settings: Settings, tmp_path: Path, mode: int, folder: str
) -> None:
    file = box_key_in(tmp_path / folder, "a")
    file.chmod(mode)
    found = about("Who may read keys", settings)
    assert found.level == "bad"
    assert str(file) in found.says
    assert found.do == f"run `chmod go-rwx {file}`"
    with pytest.raises(Misconfigured, match="chmod go-rwx"):
        require_safe(settings)


def run(told: str) -> None:
    subprocess.run(["/bin/sh", "-c", told.removeprefix("run `").removesuffix("`")], check=True)


@pytest.mark.parametrize("many", [False, True])
def test_the_remedy_closes_the_keys_and_touches_nothing_around_them(
    settings: Settings, tmp_path: Path, *, many: bool
) -> None:
    other = tmp_path / "another's folder"
    for path in (tmp_path, settings.keys_dir, tmp_path / "copy"):
        path.chmod(0o755)
    other.mkdir()
    other.chmod(0o755)
    for n in range(5 if many else 1):
        make_box_key(settings.keys_dir, f"b {n}", tmp_path / "copy")
        box_key_in(settings.keys_dir, f"b {n}").chmod(0o644)
    run(about("Who may read keys", settings).do)
    assert about("Who may read keys", settings).level == "good"
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path, other, settings.keys_dir)]
    assert modes == [0o755, 0o755, 0o711]


@pytest.mark.parametrize("name", ["clock", "clock/boxes", "patient"])
def test_a_folder_that_others_may_list_is_bad(settings: Settings, name: str) -> None:
    (settings.keys_dir / name).chmod(0o755)
    assert about("Who may read keys", settings).level == "bad"


def test_the_outer_folder_may_be_passed_through_and_the_public_key_read(settings: Settings) -> None:
    settings.keys_dir.chmod(0o711)
    (settings.keys_dir / "patient" / "signing.pub").chmod(0o644)
    assert about("Who may read keys", settings).level == "good"
    settings.keys_dir.chmod(0o755)
    assert about("Who may read keys", settings).level == "bad"


def test_the_page_looks_at_its_own_folder_alone(settings: Settings) -> None:
    box_key_in(settings.keys_dir, "a").chmod(0o644)
    require_safe(settings, "patient")
    (settings.keys_dir / "patient" / "pepper").chmod(0o644)
    with pytest.raises(Misconfigured, match="pepper"):
        require_safe(settings, "patient")


def test_a_link_that_leads_out_of_the_folder_is_bad_and_one_inside_is_not(
    settings: Settings, tmp_path: Path
) -> None:
    key = box_key_in(settings.keys_dir, "a")
    key.with_name("b").symlink_to(key)
    assert about("Links to keys", settings).level == "good"
    key.rename(tmp_path / "elsewhere")
    key.symlink_to(tmp_path / "elsewhere")
    found = about("Links to keys", settings)
    assert found.level == "bad"
    assert "elsewhere" in found.says


def test_a_second_name_of_a_key_is_bad(settings: Settings, tmp_path: Path) -> None:
    os.link(box_key_in(settings.keys_dir, "a"), tmp_path / "kept by a backup with hard links")
    assert about("Links to keys", settings).level == "bad"


def test_a_key_that_is_being_written_is_no_second_name_but_one_left_for_an_hour_is_told(
    settings: Settings,
) -> None:
    key = box_key_in(settings.keys_dir, "a")
    beside = key.with_name(".a.0123")
    os.link(key, beside)
    assert about("Links to keys", settings).level == "good"
    assert about("Half-written keys", settings).level == "good"
    os.utime(beside, (0, 0))
    assert about("Half-written keys", settings).level == "warning"


def test_mounts_are_read_with_blanks_in_their_names(known: list[Mount]) -> None:
    assert known[2] == Mount("254:0", Path("/srv/keys"), Path("/srv/backups/k x"), "ext4")
    assert mounts(Path("/no/such/file")) == []


def test_a_bind_mount_shows_a_second_way_to_a_folder(known: list[Mount]) -> None:
    assert ways_to(Path("/srv/keys/clock"), known) == [
        Path("/srv/keys/clock"),
        Path("/srv/backups/k x/clock"),
    ]
    assert ways_to(Path("/run/keys"), known) == [Path("/run/keys")]
    assert ways_to(Path("/srv"), []) == [Path("/srv")]


def test_keys_that_a_bind_mount_shows_among_backups_are_bad(
    settings: Settings, known: list[Mount], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = replace(settings, keys_dir=Path("/srv/keys"), backup_dir=Path("/srv/backups"), keys_copy_dir=None)
    monkeypatch.setattr(safekeeping, "mounts", lambda: known)
    found = about("Keys apart from data", mine)
    assert (found.level, "/srv/backups/k x" in found.says) == ("bad", True)
    with pytest.raises(Misconfigured, match="a backup would hold keys"):
        require_safe(mine)
    monkeypatch.setattr(safekeeping, "mounts", lambda: [one for one in known if one.point.name != "k x"])
    require_safe(mine)


@pytest.mark.parametrize(
    ("folder", "kind", "level"),
    [
        ("/srv/keys", "ext4", "good"),
        ("/run/keys", "tmpfs", "good"),
        ("/pool/keys", "btrfs", "warning"),
        ("/nfs/keys", "nfs4", "not examined"),
    ],
)
def test_what_the_keys_lie_on_is_told_by_its_kind(
    settings: Settings,
    known: list[Mount],
    monkeypatch: pytest.MonkeyPatch,
    *,
    folder: str,
    kind: str,
    level: str,
) -> None:
    assert holding(Path(folder), known) is not None
    monkeypatch.setattr(safekeeping, "mounts", lambda: known)
    found = about("What the keys lie on", replace(settings, keys_dir=Path(folder)))
    assert (found.level, kind in found.says) == (level, True)


def test_keys_in_memory_without_a_second_copy_are_bad(
    settings: Settings, known: list[Mount], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safekeeping, "mounts", lambda: known)
    alone = replace(settings, keys_dir=Path("/run/keys"), keys_copy_dir=None)
    assert about("What the keys lie on", alone).level == "bad"
    assert about("A second copy", alone).level == "warning"
    near = replace(alone, keys_copy_dir=Path("/run/keys2"), keys_dir=Path("/srv/keys"))
    assert about("A second copy", near).level == "warning"  # both on the disk that holds /
    both = replace(alone, keys_copy_dir=Path("/run/copy"))
    assert about("A second copy", both).level == "bad"


def test_a_machine_that_would_write_its_memory_after_a_crash_is_told(settings: Settings) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
        assert about("Core dumps", settings).level == "good"
        if hard:
            resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
            assert about("Core dumps", settings).level == "warning"
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


CLOCK, PAGE = 61_001, 61_002


@contextmanager
def as_user(uid: int) -> Iterator[None]:
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def two_users() -> Iterator[Settings]:
    """Keys whose two folders belong to two users, as docs/operating.md says."""
    if os.geteuid() != 0:
        pytest.skip("NOT RUN: only root can give files to two users")
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        root.chmod(0o711)
        keys = root / "keys"
        make_lasting_keys(keys)
        make_box_key(keys, "a")
        for name, uid in (("clock", CLOCK), ("patient", PAGE)):
            for path in (keys / name, *(keys / name).rglob("*")):
                os.chown(path, uid, uid)
        os.chown(keys, CLOCK, CLOCK)
        keys.chmod(0o711)
        yield Settings("postgresql://x/y", keys, data_dir=root / "data", backup_dir=root / "backups")


def test_two_users_are_good_and_neither_needs_the_other_s_folder(two_users: Settings) -> None:
    keys = two_users.keys_dir
    with as_user(CLOCK):
        assert about("Whose the keys are", two_users).level == "good"
        require_safe(two_users)
        assert len(pepper(keys)) == 32
        make_lasting_keys(keys)
        make_box_key(keys, "b")
        assert lasting_problems(keys) == []
        with pytest.raises(PermissionError):
            (keys / "patient" / "pepper").read_bytes()
    with as_user(PAGE):
        require_safe(two_users, "patient")
        with pytest.raises(PermissionError):
            box_key_in(keys, "a").read_bytes()


def given_away(keys: Path) -> None:
    os.chown(box_key_in(keys, "a"), PAGE, PAGE)


def all_one(keys: Path) -> None:
    for path in (keys / "patient", *(keys / "patient").rglob("*")):
        os.chown(path, CLOCK, CLOCK)


@pytest.mark.parametrize(("deed", "level"), [(given_away, "bad"), (all_one, "warning")])
def test_a_key_of_the_wrong_owner_is_told(
    two_users: Settings, deed: Callable[[Path], None], level: str
) -> None:
    deed(two_users.keys_dir)
    assert about("Whose the keys are", two_users).level == level
