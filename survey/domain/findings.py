"""What assess says about the indicators of nodes: courses of charts, and findings in figures."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Literal

from survey.domain.calendar import Span, Week
from survey.domain.counts import Told
from survey.domain.organisation import Level
from survey.domain.released import Form

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
Direction = Literal["improvement", "concern"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical mark on a chart: a new version, an action, a new baseline, a batch of entry."""

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
    told: Told = ""


@dataclass(frozen=True, slots=True)
class Season:
    """The newest quarter of a course beside the same weeks a year before: shares in [0, 1].

    `low` and `high` are the 95 % interval of value − was, allowing for how much its steps vary.
    """

    span: Span
    before: Span
    value: float
    was: float
    low: float
    high: float
    answers: int  # in the newest quarter


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How long a change for the worse takes to show: weeks until the signal has a chance of 80 %, about.

    `weeks` is None where it takes longer than the two years that were tried. A rise is for the worse where
    less is better.
    """

    answers_a_week: float
    level: float  # share in [0, 1]
    change: float  # of the share: 0.05 is five points
    weeks: float | None
    direction: Literal["fall", "rise"] = "fall"


@dataclass(frozen=True, slots=True)
class Course:
    """One indicator of one node over time, with limits: everything a chart shows.

    `steps` carry P′ limits; `xmr` carries the same steps with XmR limits (the 'Making Data Count' look).
    `variation` and `assurance` are None while there are fewer than 13 steps to judge by. `organisation` and
    `place` are those of a service, and the node's own code where it is an organisation. `watched`: by itself,
    for its steps are short enough; where they are not, `watched_with` names the node that it is watched with,
    '' where there is none.
    """

    node: str
    node_name: str
    level: Level
    icb: str
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
    watched: bool = True
    watched_with: str = ""
    season: Season | None = None
    sensitivity: Sensitivity | None = None
    form: Form = "staff"  # in public a step is as long as it takes to hold a hundred answers

    @property
    def key(self) -> tuple[str, str, str, str]:
        """(node, ICB, pathway, indicator)."""
        return self.node, self.icb, self.pathway, self.indicator

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
    """A signal: the level of one indicator of one node has changed, as known at the end of `week`.

    `since` is the first week of the changed level, `told` the week at whose end the evidence first sufficed.
    `before` and `after` are the levels before and since, shares in [0, 1]; `low` and `high` the 95 % interval
    of after − before. `evidence` is log10 of the largest evidence of any week's look: with a steady level, so
    much is reached less than once in 10**evidence steps of `step_weeks` weeks on average. `now` is that of
    the newest look.
    """

    week: Week
    node: str
    icb: str
    pathway: str
    indicator: str
    direction: Direction
    since: Week
    told: Week
    before: float
    after: float
    low: float
    high: float
    answers: int  # since then
    evidence: float
    now: float
    step_weeks: int

    @property
    def faded(self) -> bool:
        """Whether what is known by now would be reached once a year by chance: the level may be as before."""
        return float(10 ** min(self.now, 300) * self.step_weeks) < 52

    @property
    def key(self) -> tuple[str, str, str, str]:
        """(node, ICB, pathway, indicator)."""
        return self.node, self.icb, self.pathway, self.indicator

    @property
    def id(self) -> str:
        """The same every week while the signal lasts, so that a person can name it."""
        rises = self.after > self.before
        parts = (
            self.node,
            self.icb,
            self.pathway,
            self.indicator,
            self.direction,
            str(self.told),
            str(rises),
        )
        return short_id("F", *parts)

    @property
    def once_in_years(self) -> float:
        """An alert at this strength would sound falsely less than once in so many years on average."""
        return float(10 ** min(self.evidence, 300) * self.step_weeks / 52)

    def as_dict(self) -> dict[str, object]:
        """Plain values, for a table's JSON column."""
        return _plain(self, without=("week", "node", "icb", "pathway", "indicator"))


@dataclass(frozen=True, slots=True)
class Apart:
    """A service whose level over `span` is unlike that of the other services of its pathway in its ICB.

    `low` and `high` are the 99.8 % limits within which a service with so many answers is expected, allowing
    for how much services differ anyway; `usual` is the level of all of them together.
    """

    week: Week
    node: str
    icb: str
    pathway: str
    indicator: str
    direction: Direction
    span: Span
    value: float
    usual: float
    low: float
    high: float
    answers: int
    services: int  # compared, this one included

    @property
    def key(self) -> tuple[str, str, str, str]:
        """(node, ICB, pathway, indicator)."""
        return self.node, self.icb, self.pathway, self.indicator

    def as_dict(self) -> dict[str, object]:
        """Plain values, for a table's JSON column."""
        return _plain(self, without=("week", "node", "icb", "pathway", "indicator"))


@dataclass(frozen=True, slots=True)
class Gap:
    """One group of patients of an ICB's pathway was less, or more, satisfied in a quarter than the rest.

    `value` and `rest` are shares in [0, 1], `low` and `high` the interval of value − rest, adjusted for how
    many groups were looked at and for the noise that protects the counts.
    """

    week: Week
    icb: str
    pathway: str
    indicator: str
    group: str  # attribute/option, by their codes
    attribute: str  # the question, as it is asked
    option: str  # the answer that makes the group, as it is offered
    quarter: str
    value: float
    rest: float
    low: float
    high: float
    answers: int  # of the group

    def as_dict(self) -> dict[str, object]:
        """Plain values, for a table's JSON column."""
        return _plain(self, without=("week", "icb", "pathway", "indicator", "group"))


@dataclass(frozen=True, slots=True)
class Assessment:
    """All that assess says of one week."""

    week: Week
    watched: int  # series that were looked at for a change
    findings: tuple[Finding, ...] = ()
    apart: tuple[Apart, ...] = ()
    gaps: tuple[Gap, ...] = ()


def short_id(letter: str, *parts: str) -> str:
    """A code that a person can type, the same for the same parts: a letter and seven of base 32."""
    digest = sha256("\n".join(parts).encode()).digest()
    return letter + base64.b32encode(digest).decode()[:7]


def _plain(found: Any, *, without: tuple[str, ...]) -> dict[str, object]:
    values: Mapping[str, object] = asdict(found)
    return {
        name: str(getattr(found, name)) if isinstance(getattr(found, name), (Week, Span)) else value
        for name, value in values.items()
        if name not in without
    }
