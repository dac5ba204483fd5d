"""What one reader of a node's results is told of a week, in an e-mail or a pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from survey.domain.findings import Apart, Course, Finding, Gap
from survey.domain.scale import Shift
from survey.domain.uncounted import Uncounted


@dataclass(frozen=True, slots=True)
class Reading:
    """A week of the services of one node, with what is strong enough to be told to one reader of them all."""

    courses: Sequence[Course]  # of the services
    wider: Sequence[Course]  # of organisations that findings are about
    findings: Sequence[Finding]
    before: Sequence[Finding]  # the week before
    apart: Sequence[Apart]
    gaps: Sequence[Gap]
    compared_anew: (
        bool  # a quarter has ended: services apart and gaps are those of another one than last week
    )
    watched: int  # series that were looked at for this reader
    silent: Sequence[str]  # names of services nothing of which is told: no responses, too few, or withheld
    uncounted: Sequence[Uncounted]
    shifts: Mapping[str, Shift] = field(default_factory=dict)  # by the id of a finding, for staff
