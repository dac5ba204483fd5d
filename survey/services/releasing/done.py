"""What a release let out and kept back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from survey.domain.calendar import Span, Week
from survey.domain.organisation import Level
from survey.domain.released import Reason, Withheld
from survey.services.releasing.reach import Reach

NAMED = 6  # services' weeks


@dataclass(slots=True)
class Done:
    """What a release let out and kept back, and how much of its blocks' answers each level shows by now."""

    week: Week
    weeks: int = 0  # released in this run
    figures: int = 0
    public: int = 0
    scales: int = 0
    withdrawn: int = 0
    again: Counter[tuple[str, Span]] = field(default_factory=Counter)  # answers that stay out, and whose
    withheld: list[Withheld] = field(default_factory=list)
    left: Counter[Level] = field(default_factory=Counter)  # figures for staff
    kept: Counter[tuple[Level, Reason]] = field(default_factory=Counter)  # figures for staff
    reached: dict[tuple[str, Week], Reach] = field(default_factory=dict)  # by pathway and block
    problems: list[str] = field(default_factory=list)

    @property
    def entries(self) -> int:
        """How much longer the ledger is."""
        return self.figures + self.public + self.scales + self.withdrawn

    def share(self, level: Level) -> float | None:
        """Of the answers in this run's blocks, the share that stands in a figure of a level's nodes."""
        answers = sum(one.answers[level] for one in self.reached.values())
        return sum(one.told[level] for one in self.reached.values()) / answers if answers else None

    @property
    def since(self) -> Week | None:
        """The first week of the first block that this run released anything of."""
        return min((block for _, block in self.reached), default=None)

    def __str__(self) -> str:
        if not (self.weeks or self.entries):
            return f"{self.week} has been released: nothing new leaves{self._said_again()}"
        kept = Counter(one.reason for one in self.withheld if one.form == "staff")
        said = ", ".join(f"{n} {WHY[reason]}" for reason, n in sorted(kept.items()))
        wrong = f"; {self.withdrawn} marked as wrong" if self.withdrawn else ""
        return (
            f"{self.figures} figures released for staff and {self.public} in public, weeks: {self.weeks};"
            f" full scales: {self.scales}; withheld: {said or 'none'}{wrong}{self._said_again()}"
        )

    def _said_again(self) -> str:
        if not self.again:
            return ""
        of = [f"{service} {span}" for service, span in sorted(self.again)]
        more = f" and {len(of) - NAMED} more" if len(of) > NAMED else ""
        return (
            f"; {self.again.total():,} answers imported again of weeks that had been told stay out of"
            f" figures: {', '.join(of[:NAMED])}{more}"
        )


WHY: Mapping[Reason, str] = {
    "small": "too small",
    "protects": "to protect others",
    "failed": "not safe to say",
}
