"""What a release let out and kept back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from survey.domain.calendar import Week
from survey.domain.organisation import Level
from survey.domain.released import Reason, Withheld


@dataclass(slots=True)
class Done:
    """What a release let out and kept back, and how much of its weeks' answers each level shows."""

    week: Week
    weeks: int = 0  # released in this run
    figures: int = 0
    public: int = 0
    withdrawn: int = 0
    withheld: list[Withheld] = field(default_factory=list)
    shown: Counter[Level] = field(default_factory=Counter)  # answers to lead questions, by level
    answers: int = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kept = Counter(one.reason for one in self.withheld if one.form == "staff")
        said = ", ".join(f"{n} {_WHY[reason]}" for reason, n in sorted(kept.items()))
        return (
            f"{self.figures} figures released for staff and {self.public} in public, {self.weeks} weeks;"
            f" withheld: {said or 'none'}"
        )


_WHY: Mapping[Reason, str] = {
    "small": "too small",
    "protects": "to protect others",
    "failed": "not safe to say",
}
