"""`heard prove` as a whole: it passes, fails by the attack that fits where a layer is off, leaves nothing."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from survey.config import Settings
from survey.domain.calendar import today
from survey.domain.errors import Misconfigured
from survey.domain.progress import Advance
from survey.domain.proof import Proof
from survey.services.proving import prove as proving
from survey.services.proving import scratch as scratching
from survey.services.proving.prove import Sizes, prove, rob_town, work
from survey.services.proving.scratch import PREFIX, scratch
from survey.services.proving.verdict import best
from survey.storage.database import engine, upgrade
from tests.adversarial import broken
from tests.adversarial.broken import Break
from tests.roles import dispose
from tests.town import Town

SMALL = Sizes(people=190, quarter=0, naive=46)  # three weeks: enough for what names most people
SMALLER = Sizes(people=1, quarter=0, naive=1)  # one week: it runs, and that is all

BREAKS: dict[str, tuple[Break, str]] = {
    "no padding": (broken.no_padding, "lengths of sealed rows"),
    "no shuffle": (broken.no_shuffle, "order of"),
    "key kept": (broken.key_kept, "sealed rows opened with keys that are left"),
    "k = 1": (broken.k_of_one, "boxes too small to hide in"),
    "k = 8": (broken.k_of_eight, "boxes too small to hide in"),
    "serial ids": (broken.serial_ids, "order of ids"),
    "written through": (broken.write_through, "responses that appeared in a backup with an answer"),
}
MORE_BREAKS: dict[str, tuple[Break, str]] = {
    "counted at once": (broken.counted_at_once, "what else in the database changed with an answer"),
    "answers logged": (broken.answers_logged, "what was logged while a person answered"),
    "a trail": (broken.trail_kept, "rows anywhere that name what a person's answer left"),
    "ids of tickets": (broken.ids_of_tickets, "ids computed from what was stolen"),
    "about-you counts at once": (broken.about_you_at_once, "about-you counts that came with a count"),
    "quarters' keys kept": (broken.quarter_keys_kept, "about-you counts that came with a count"),
    "comments at once": (
        broken.comments_at_once,
        "from a comment to its response, by what was written together",
    ),
    "comments in order": (broken.comments_in_order, "order of comments that name their authors"),
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """An operator's own, whose database is empty but for Heard's tables."""
    return _settings(request.getfixturevalue(f"{request.param}_url"), tmp_path)


@pytest.fixture
def sqlite_settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return _settings(sqlite_url, tmp_path)


@pytest.mark.proof
@pytest.mark.parametrize("quick", [True, False], ids=["quick", "full"])
def test_heard_is_proved(settings: Settings, quick: bool) -> None:
    done: list[int] = []
    proof = prove(settings, quick=quick, advance=done.append)
    _show(proof)
    assert proof.winners == []
    assert proof.problems == []
    assert proof.people > 1500
    assert all(one.people for one in proof.attempts if one.attack not in _NOBODY)
    assert sum(done) > 0.9 * work(quick=quick)


_NOBODY = {"boxes too small to hide in"}  # there are none to attack


@pytest.mark.proof
@pytest.mark.parametrize("layer", BREAKS)
def test_with_a_layer_off_it_fails_and_names_the_attack_that_won(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, layer: str
) -> None:
    switch_off, attack = BREAKS[layer]
    monkeypatch.setattr(proving, "QUICK", SMALL)
    switch_off(monkeypatch)
    proof = prove(settings, quick=True)
    _show(proof)
    assert not proof.holds
    assert proof.winners[0].attack.startswith(attack)


@pytest.mark.proof
@pytest.mark.parametrize("layer", MORE_BREAKS)
def test_each_other_attack_wins_where_what_it_is_for_is_off(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch, layer: str
) -> None:
    switch_off, wanted = MORE_BREAKS[layer]
    switch_off(monkeypatch)
    robbed = rob_town(sqlite_settings, replace(SMALL, people=350))
    [attack] = [one for one in robbed.attacks if one.name == wanted]
    tried = best(attack, robbed.loot.pools)
    print(f"\n{wanted}: {tried.share:.1%}, bar {tried.bar:.1%}, {tried.way}")
    assert tried.above
    assert tried.share > 1.5 * tried.chance


def test_it_runs_shows_its_work_and_leaves_nothing_behind(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "QUICK", SMALLER)
    before, done = _everything(sqlite_settings), []
    proof = prove(sqlite_settings, quick=True, advance=done.append)
    assert len(proof.attempts) >= 15
    assert {one.accuracy for one in proof.naive} == {1.0}
    assert sum(done) > 0.7 * SMALLER.work
    assert _everything(sqlite_settings) == before


def test_what_a_killed_run_left_goes_with_the_next_one_after_a_day(sqlite_settings: Settings) -> None:
    data, keys = sqlite_settings.data_dir, sqlite_settings.keys_dir.parent
    data.mkdir(parents=True, exist_ok=True)
    now = f"{today():%Y%m%d}"
    for day in ("20260101", now):
        (data / f"heard_prove_{day}_ab.sqlite3-wal").touch()
        (keys / f".heard_prove_{day}_ab").mkdir(parents=True)
    with scratch(sqlite_settings):
        pass
    left = {path.name for path in (*data.iterdir(), *keys.iterdir()) if "heard_prove" in path.name}
    assert left == {f"heard_prove_{now}_ab.sqlite3-wal", f".heard_prove_{now}_ab"}


def test_keys_and_their_copy_may_lie_side_by_side(sqlite_settings: Settings, tmp_path: Path) -> None:
    copy = sqlite_settings.keys_dir.with_name("keys-copy")
    with scratch(replace(sqlite_settings, keys_copy_dir=copy)) as mine:
        assert mine.copy_dir is not None
        assert len({mine.keys_dir, mine.copy_dir}) == 2
        assert mine.keys_dir.parent == mine.copy_dir.parent == copy.parent
    assert not list(tmp_path.rglob(f"*{PREFIX}*"))


@pytest.mark.proof
def test_the_operators_own_data_are_not_touched(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with _engine(settings) as own:
        town = Town(own, settings.keys_dir).build("BUS1")
        town.fill("BUS1", 12)
        town.tally()
        rows = _rows(own)
    before = _everything(settings)
    monkeypatch.setattr(proving, "QUICK", SMALLER)
    prove(settings, quick=True)
    assert _everything(settings) == before
    with _engine(settings) as own:
        assert _rows(own) == rows


@pytest.mark.proof
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("after", [1, 150, 250], ids=["naive designs", "the town", "the quarter"])
def test_a_run_that_is_broken_off_leaves_nothing_behind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], after: int
) -> None:
    before = _everything(settings)
    monkeypatch.setattr(proving, "QUICK", replace(SMALLER, quarter=156))
    with pytest.raises(error):
        prove(settings, quick=True, advance=_ends(after, error))
    assert _everything(settings) == before


@pytest.mark.parametrize("step", ["_folder", "upgrade", "_as"])
def test_a_run_that_is_broken_off_while_it_begins_leaves_nothing_behind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before, begun = _everything(settings), getattr(scratching, step)

    def broken_off(*known: object) -> None:
        begun(*known)
        raise KeyboardInterrupt

    monkeypatch.setattr(scratching, step, broken_off)
    with pytest.raises(KeyboardInterrupt):
        prove(settings)
    assert _everything(settings) == before


@pytest.mark.postgres
def test_a_login_that_may_not_make_a_schema_is_told_what_to_do(postgres_url: str, tmp_path: Path) -> None:
    with _login(postgres_url) as url:
        settings = _settings(url, tmp_path, migrate=False)
        with pytest.raises(Misconfigured, match=r"may not make a scratch schema.*heard db upgrade"):
            prove(settings)
        assert not list(tmp_path.rglob(f"*{PREFIX}*"))


@pytest.mark.postgres
def test_a_login_that_may_not_take_a_role_is_told_so(postgres_url: str, tmp_path: Path) -> None:
    upgrade(own := engine(postgres_url))
    dispose(own)
    with _login(postgres_url, "GRANT CREATE ON DATABASE {database} TO {login}") as url:
        settings = _settings(url, tmp_path, migrate=False)
        with pytest.raises(Misconfigured, match="may not take the role heard_"):
            prove(settings)
        assert _everything(settings)["schemas"] == []


@pytest.mark.proof
@pytest.mark.postgres
def test_what_a_managed_database_hides_is_said_to_be_not_examined(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(own := engine(postgres_url))
    dispose(own)
    monkeypatch.setattr(proving, "QUICK", SMALLER)
    grants = (
        "GRANT CREATE ON DATABASE {database} TO {login}",
        "GRANT heard_patient, heard_staff, heard_clock TO {login}",
    )
    with _login(postgres_url, *grants) as url:
        proof = prove(_settings(url, tmp_path, migrate=False), quick=True)
    hidden = [one for one in proof.attempts if not one.examined]
    assert [one.attack for one in hidden] == ["order of rows by the write-ahead log"]
    assert "a superuser may" in hidden[0].note
    assert not hidden[0].won


def _settings(url: str, folder: Path, *, migrate: bool = True) -> Settings:
    settings = Settings(
        database_url=url,
        keys_dir=folder / "secret" / "keys",
        data_dir=folder / "data",
        backup_dir=folder / "backups",
        keys_copy_dir=folder / "elsewhere" / "keys",
    )
    if migrate:
        with _engine(settings) as own:
            upgrade(own)
    return settings


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    own = engine(settings.database_url)
    try:
        yield own
    finally:
        if own.dialect.name == "sqlite":
            with own.connect() as connection:
                connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        dispose(own)


@contextmanager
def _login(url: str, *grants: str) -> Iterator[str]:
    """The same database for a login that is nobody in particular."""
    login, database = f"heard_test_{secrets.token_hex(6)}", url.rpartition("/")[2]
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {login} LOGIN")
        try:
            for grant in grants:
                admin.execute(grant.format(login=login, database=database))
            yield url.replace("//root@", f"//{login}@").replace("//postgres@", f"//{login}@")
        finally:
            admin.execute(f"DROP OWNED BY {login} CASCADE")
            admin.execute(f"DROP ROLE {login}")


def _everything(settings: Settings) -> dict[str, object]:
    """Schemas, slots that are ours, and every file with its bytes, beside the operator's."""
    root = settings.data_dir.parent
    found: dict[str, object] = {
        str(file.relative_to(root)): file.read_bytes()
        for file in root.rglob("*")
        if file.is_file() and not file.name.endswith(("-wal", "-shm"))
    }
    found["folders"] = sorted(str(one) for one in root.rglob(f"*{PREFIX}*"))
    if settings.database_url.startswith("postgresql"):
        with psycopg.connect(settings.database_url) as admin:
            found["schemas"] = admin.execute(
                "SELECT nspname FROM pg_namespace WHERE nspname LIKE %s", (f"{PREFIX}%",)
            ).fetchall()
            ours = (
                "SELECT slot_name FROM pg_replication_slots s JOIN pg_stat_activity a ON a.pid = s.active_pid"
            )
            found["slots"] = admin.execute(f"{ours} WHERE a.datname = current_database()").fetchall()
    return found


def _rows(own: Engine) -> dict[str, list[str]]:
    with own.connect() as connection:
        wanted = (
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            if own.dialect.name == "postgresql"
            else "SELECT name FROM sqlite_master WHERE type = 'table'"
        )
        tables = [str(row[0]) for row in connection.execute(text(wanted))]
        return {
            table: sorted(repr(tuple(row)) for row in connection.execute(text(f'SELECT * FROM "{table}"')))
            for table in tables
        }


def _ends(after: int, error: type[BaseException]) -> Advance:
    done = 0

    def advance(n: int) -> None:
        nonlocal done
        done += n
        if done >= after:
            raise error

    return advance


def _show(proof: Proof) -> None:
    print(f"\n{proof.database}, {proof.people} people in {proof.boxes} boxes")
    for one in proof.attempts:
        print(
            f"{one.attack:62} {one.hits:5}/{one.people:5} {one.accuracy:6.1%} chance {one.chance:6.1%}"
            f" bar {one.bar:6.1%} {'WON ' if one.won else ''}{one.note}"
        )
    for naive in proof.naive:
        print(f"naive, {naive.design}: '{naive.attack}' {naive.accuracy:.1%} of {naive.people}")
