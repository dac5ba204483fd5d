"""Whatever weeks people answer in, each response is counted once, or withheld and said so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from survey.domain.counts import SMALLEST
from survey.privacy.keys import kept_box_keys
from survey.services import tally as tallying
from survey.services.withhold import withhold
from survey.storage.database import engine, upgrade
from tests.region import SERVICES, Sent, Visit, kept, region, send, withheld
from tests.roles import dispose
from tests.town import WEEK, Town

WEEKS, LIMIT = 20, 26
Plan = Sequence[Visit]

plans = st.lists(
    st.builds(
        lambda service, later, n, ticketed: Visit(service, WEEK + later, n, ticketed),
        st.sampled_from(sorted(SERVICES)),
        st.integers(0, WEEKS),
        st.integers(1, 11),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


def live_through(town: Town, plan: Plan) -> Sent:
    """Week by week people answer and the clock counts and clears out, until half a year after the last."""
    sent: Sent = Counter()
    for later in range(WEEKS + LIMIT + 2):
        week = WEEK + later
        for visit in (one for one in plan if one.week == week):
            sent += send(town, visit, first=sum(sent.values()))
        if later % 4 == 3 or any(one.week == week for one in plan):  # a clock that misses weeks
            done = town.tally(week)
            assert done.set_aside == []
            assert done.waiting == town.sealed
        withhold(town.clock, keys_dir=town.keys_dir, before=week + 1 + -LIMIT, who="clock")
    return sent


def check(town: Town, plan: Plan) -> None:
    pools: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        real = tallying.rate

        def rate(session, opened, **more):  # type: ignore[no-untyped-def]
            pools.append(len(opened))
            real(session, opened, **more)

        patch.setattr(tallying, "rate", rate)
        sent = live_through(town, plan)
    assert not kept(town) - sent
    assert sum(kept(town).values()) + withheld(town) == sum(sent.values())
    assert town.sealed == 0
    assert all(n >= SMALLEST for n in pools)
    assert sum(pools) == town.number("response")
    spans = town.rows("SELECT count(*) FROM response GROUP BY service, questionnaire, span")
    assert all(n >= SMALLEST for (n,) in spans)
    assert not kept_keys_of_done(town)


def kept_keys_of_done(town: Town) -> set[str]:
    done = {str(row[0]) for row in town.rows("SELECT id FROM box WHERE state = 'done'")}
    return done & set(kept_box_keys(town.keys_dir))


def test_in_some_half_year(database: Engine, keys_dir: Path) -> None:
    random = Random(0)  # noqa: S311
    plan = [
        Visit(
            random.choice(sorted(SERVICES)),
            WEEK + random.randrange(WEEKS),
            random.randint(1, 11),
            random.random() < 0.7,
        )
        for _ in range(8)
    ]
    check(region(Town(database, keys_dir)), plan)


@pytest.mark.proof
@given(plan=plans)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_in_any_half_year(tmp_path_factory: pytest.TempPathFactory, plan: Plan) -> None:
    folder = tmp_path_factory.mktemp("half a year")
    made = engine(f"sqlite:///{folder / 'heard.sqlite3'}")
    upgrade(made)
    check(region(Town(made, folder / "keys")), plan)
    dispose(made)
