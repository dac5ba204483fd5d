"""`heard finding` and `heard action`: what people decide and promise, on the record, and what came of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from survey.cli.main import heard
from survey.domain.calendar import Week, this_week
from survey.domain.errors import BadInput, HeardError, NotFound, Refused
from survey.services import act, rule
from survey.services.act import Promise
from survey.services.assess import assess
from survey.storage import audit, counts
from survey.storage.database import transaction
from tests.town import Town, catalogue_of

NOW = this_week() + -1
DUE = date(2030, 1, 31)


@pytest.fixture
def place(one_database: Engine, keys_dir: Path) -> Town:
    """A service whose level fell 30 weeks ago, and rose again 14 weeks ago; another that is steady."""
    made = Town(one_database, keys_dir, catalogue_of(v1=date(2015, 12, 28))).build("WORSE", "STEADY")
    answered(made, "WORSE", (30, 85), (16, 70), (14, 85), n=300)
    answered(made, "STEADY", (60, 85))
    return made


@pytest.fixture
def commands(sqlite: Engine, keys_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    made = Town(sqlite, keys_dir, catalogue_of(v1=date(2015, 12, 28))).build("WORSE", "STEADY")
    answered(made, "WORSE", (40, 85), (8, 65))
    answered(made, "STEADY", (48, 85))
    assess(made.clock, made.catalogue, NOW)
    monkeypatch.setattr("survey.cli.state.catalogue", lambda *_: made.catalogue)
    monkeypatch.setenv("HEARD_DATABASE_URL", str(sqlite.url))
    return made


def answered(place: Town, service: str, *levels: tuple[int, int], n: int = 100) -> None:
    """Weeks of `n` answers up to last week: (how many weeks, per cent favourable), the oldest first."""
    weeks = [percent for number, percent in levels for _ in range(number)]
    chance, rows = Random(7), []  # noqa: S311
    for position, percent in enumerate(weeks):
        good = sum(chance.random() < percent / 100 for _ in range(n))
        span = str(NOW + (1 + position - len(weeks)))
        where = {"service": service, "questionnaire": "bus/v1", "span": span, "question": "fft"}
        rows += [{**where, "option": code, "n": m} for code, m in (("good", good), ("poor", n - good)) if m]
    with transaction(place.engine) as session:
        counts.add_counts(session, rows)


def fall(place: Town, week: Week) -> str:
    """The code of the finding of WORSE as of `week`."""
    found = assess(place.clock, place.catalogue, week).findings
    return next(one.id for one in found if one.node == "WORSE" and one.direction == "concern")


def promise(finding: str, **more: object) -> Promise:
    plain = {"owner": "Sister Jones", "due": DUE, "does": "Open the lounge", "told": "The lounge is open."}
    return Promise(finding=finding, **{**plain, **more})  # type: ignore[arg-type]


def run(*words: str) -> str:
    said = CliRunner().invoke(heard, words, catch_exceptions=False)
    assert said.exit_code == 0, said.output
    return said.output.replace("\u00a0", " ")


def test_a_decision_is_one_persons_with_a_reason_in_the_audit_chain(place: Town) -> None:
    code = fall(place, NOW + -20)
    with pytest.raises(BadInput, match="needs a reason"):
        rule.rule(place.clock, code, "accept", who="ann", reason="  ")
    rule.rule(place.clock, code.lower(), "accept", who="ann", reason="a new contract")
    with pytest.raises(Refused, match=f"{code} was accepted by ann on .*: a new contract"):
        rule.rule(place.clock, code, "dismiss", who="ben", reason="no")
    with transaction(place.clock, reading=True) as session:
        entry = audit.newest(session)
    assert entry is not None
    assert (entry.who, entry.act, entry.about["finding"]) == ("ann", "finding accepted", code)
    assert entry.about["reason"] == "a new contract"


def test_what_nobody_found_cannot_be_decided(place: Town) -> None:
    fall(place, NOW + -20)
    with pytest.raises(NotFound, match="no finding 'F0000000'"):
        rule.rule(place.clock, "F0000000", "accept", who="ann", reason="x")


def test_before_anything_was_assessed_it_is_said(sqlite: Engine) -> None:
    with pytest.raises(NotFound, match=r"^no week has been assessed yet: run `heard assess`$"):
        rule.overview(sqlite, catalogue_of(v1=date(2015, 12, 28)))
    with pytest.raises(NotFound, match=f"{NOW} has not been assessed yet"):
        rule.overview(sqlite, catalogue_of(v1=date(2015, 12, 28)), week=NOW)


def test_a_finding_of_an_earlier_week_can_still_be_decided(place: Town) -> None:
    code = fall(place, NOW + -20)
    assess(place.clock, place.catalogue, NOW + -60)  # a week without it
    assert rule.rule(place.clock, code, "dismiss", who="ann", reason="a strike").week == NOW + -20


def test_what_came_of_an_action_is_held_against_the_level_it_answered(place: Town) -> None:
    """Since the fall the level was 70 %: an action is not to be measured by the 85 % before."""
    code = fall(place, NOW + -20)
    made = act.add(place.clock, promise(code, start=NOW + -13), who="ann")
    ((found, effect),) = act.overview(place.clock, place.catalogue)
    assert found == made
    assert effect is not None
    assert effect.state == "better"
    assert effect.expected is not None
    assert effect.observed is not None
    assert abs(effect.expected - 0.70) < 0.03 < abs(effect.observed - 0.70)
    assert (effect.weeks, effect.answers, effect.overlaps) == (14, 4200, 0)


def test_of_a_week_old_action_nothing_can_be_told(place: Town) -> None:
    made = act.add(place.clock, promise(fall(place, NOW + -20), start=NOW), who="ann")
    ((_, effect),) = act.overview(place.clock, place.catalogue)
    assert effect is not None
    assert effect.state == "too_early"
    assert made.start == NOW


def test_an_action_that_has_not_begun_has_no_effect(place: Town) -> None:
    made = act.add(place.clock, promise(fall(place, NOW + -20)), who="ann")
    assert act.overview(place.clock, place.catalogue) == [(made, None)]
    begun = act.begin(place.clock, made.id, NOW + -13, who="ben")
    ((found, effect),) = act.overview(place.clock, place.catalogue)
    assert found == begun
    assert effect is not None


def test_an_action_that_says_too_little_or_came_before_is_not_taken(place: Town) -> None:
    code = fall(place, NOW + -20)
    wrong: dict[str, dict[str, object]] = {
        "--owner must not be empty": {"owner": " "},
        "--do and --tell must not be empty": {"does": "", "told": ""},
        "begins after": {"start": NOW + -50},
    }
    for said, more in wrong.items():
        with pytest.raises(BadInput, match=said):
            act.add(place.clock, promise(code, **more), who="ann")
    assert act.overview(place.clock, place.catalogue) == []


def test_an_action_ends_once_with_what_came_of_it(place: Town) -> None:
    made = act.add(place.clock, promise(fall(place, NOW + -20)), who="ann")
    with pytest.raises(BadInput, match="--outcome must not be empty"):
        act.close(place.clock, made.id, outcome="", who="ann")
    ended = act.close(place.clock, made.id, outcome="The lounge stays", who="ann")
    assert act.overview(place.clock, place.catalogue) == []
    assert act.overview(place.clock, place.catalogue, closed=True) == [(ended, None)]
    for again in (
        lambda: act.close(place.clock, made.id, outcome="x", who="ann"),
        lambda: act.begin(place.clock, made.id, NOW, who="ann"),
    ):
        with pytest.raises(Refused, match=r"was closed on .*: The lounge stays"):
            again()
    with transaction(place.clock, reading=True) as session:
        acts = [entry.act for entry in audit.entries(session)]
    assert [act for act in acts if act != "figures released"][-2:] == ["action added", "action closed"]


def test_the_commands_tell_of_a_finding_from_its_list_to_what_came_of_it(commands: Town) -> None:
    listed = run("finding", "list").splitlines()
    code, kind, since, said = listed[0].split("\t")
    assert (kind, since) == ("Concern", str(NOW + -7))
    assert said.startswith("Bus WORSE: fewer people said ‘positive’ since")
    assert listed[-1] == f"{NOW}: 1 open in 3 series that are watched; 1 more with --all"
    assert run("finding", "list", "--node", "STEADY").splitlines() == [
        f"{NOW}: 0 open in 3 series that are watched"
    ]
    assert "in ten years on average" in run("finding", "show", code)
    added = run(
        *("action", "add", code, "--owner", "Sister Jones", "--due", "2030-01-31"),
        *("--do", "Open the lounge", "--tell", "The lounge is open.", "--from", str(NOW + -2)),
    )
    action = added.partition(":")[0]
    assert f"{action}\tdue 2030-01-31\tSister Jones\tOpen the lounge. Patients are told" in run(
        "action", "list"
    )
    assert "Too early to tell" in run("finding", "show", code)
    assert "accepted" in run("finding", "accept", code, "--reason", "the lounge is closed for good")
    assert "the lounge is closed for good" in run("finding", "show", code)
    assert code not in run("finding", "list")
    assert "accepted by" in run("finding", "list", "--all")
    assert run("action", "close", action, "--outcome", "It stays").strip() == f"{action}: closed"
    assert run("action", "list").startswith("no actions")


def test_a_mistake_is_said_in_a_sentence(commands: Town) -> None:
    mistakes = [
        ("finding", "show", "F0000000"),
        ("finding", "list", "--node", "NOPE"),
        ("finding", "list", "--week", "2026-47"),
        ("finding", "list", "--week", "2020-W10"),
        ("action", "begin", "A0000000", "2026-W40"),
        ("action", "begin", "A0000000", "tomorrow"),
        ("action", "close", "A0000000", "--outcome", "x"),
    ]
    for words in mistakes:
        with pytest.raises(HeardError) as error:
            CliRunner().invoke(heard, words, catch_exceptions=False)
        assert str(error.value), words
