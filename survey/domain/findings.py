"""What assess says about one indicator of one service: the course of its chart, and findings in figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from survey.domain.calendar import Span, Week

PointType = Literal[
    "common_cause",
    "special_cause_improvement",
    "special_cause_concern",
    "special_cause_neutral_high",
    "special_cause_neutral_low",
]
Variation = Literal[
    "common_cause",
    "improvement_high",
    "improvement_low",
    "concern_high",
    "concern_low",
    "neutral_high",
    "neutral_low",
]
Assurance = Literal["consistent_pass", "consistent_fail", "inconsistent"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical mark on a chart: a new version, an action, a batch of entry."""

    week: Week
    label: str


@dataclass(frozen=True, slots=True)
class Step:
    """One released step of a course. `value` is None where it is withheld or empty; shares lie in [0, 1]."""

    span: Span
    n: int
    value: float | None
    centre: float | None = None
    lower: float | None = None
    upper: float | None = None
    point_type: PointType = "common_cause"
    rule: str = ""  # outside_above, shift_below … as analysis.spc names them; '' for none


@dataclass(frozen=True, slots=True)
class Course:
    """One indicator of one service over time, with limits: everything a chart shows.

    `steps` carry P′ limits; `xmr` carries the same steps with XmR limits (the 'Making Data Count' look).
    `variation` and `assurance` are None while there are fewer than 13 steps to judge by.
    """

    service: str
    service_name: str
    pathway: str
    organisation: str
    place: str
    indicator: str
    indicator_name: str
    question_text: str
    better: Literal["higher", "lower"]
    step_weeks: int
    steps: tuple[Step, ...]
    xmr: tuple[Step, ...]
    target: float | None = None
    variation: Variation | None = None
    assurance: Assurance | None = None
    marks: tuple[Mark, ...] = ()
    withheld: int = 0  # steps with too few answers to show

    @property
    def latest(self) -> Step | None:
        """The newest step that is shown."""
        return next((step for step in reversed(self.steps) if step.value is not None), None)

    @property
    def n(self) -> int:
        """Answers behind all the steps shown."""
        return sum(step.n for step in self.steps)


@dataclass(frozen=True, slots=True)
class Finding:
    """What changed in one indicator of one service, as of one week.

    `rule` is the rule of 'Making Data Count' that spoke, `since` the first week it covers, `before` and
    `after` the pooled shares before and since then with `low` and `high` the 95 % interval of after − before.
    """

    week: Week
    service: str
    indicator: str
    direction: Literal["improvement", "concern", "neutral"]
    rule: str
    since: Week
    before: float | None
    after: float
    low: float | None
    high: float | None
    answers: int  # since then

    def as_dict(self) -> Mapping[str, object]:
        """Plain values, for a table's JSON column."""
        return {
            "direction": self.direction,
            "rule": self.rule,
            "since": str(self.since),
            "before": self.before,
            "after": self.after,
            "low": self.low,
            "high": self.high,
            "answers": self.answers,
        }
