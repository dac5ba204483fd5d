"""Daily: once a day, look whether the audit chain and the keys are sound, and sign the chain's head."""

from __future__ import annotations

from sqlalchemy import Engine

from survey.config import Settings
from survey.domain.calendar import today
from survey.privacy.keys import SIGNING
from survey.services import auditing, keyring

TOLD = 5  # problems of the chain, before 'n more': who may write heads may write thousands


def daily(engine: Engine, settings: Settings) -> str:
    """What is wrong, in words; nothing where all is well or today was looked at already."""
    if not (settings.keys_dir / SIGNING).exists():
        return ""  # nothing was set up yet
    if auditing.is_signed(engine, settings.keys_dir, today()):
        return ""
    problems = auditing.check(engine, settings.keys_dir)
    more = [f"{len(problems) - TOLD} more (`heard audit check`)"] if len(problems) > TOLD else []
    wrong = [f"the audit chain: {problem}" for problem in (*problems[:TOLD], *more)]
    wrong += [f"{one.what}: {one.says}" for one in keyring.check(engine, settings) if one.level == "bad"]
    # Signed even where it is broken: the heads of before still tell, and what comes from now on is held.
    auditing.sign_head(engine, settings.keys_dir, today())
    return "; ".join(wrong)
