"""How a questionnaire lies in a workbook: three sheets, each a table under headings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from survey.catalogue.reading import KINDS
from survey.domain.questionnaire import GROUPS

Takes = Literal["text", "word", "codes", "whole", "decimal", "flag", "rule"]
WHOLE, QUESTIONS, INDICATORS, NOTES = "Questionnaire", "Questions", "Indicators", "How to fill this in"


@dataclass(frozen=True, slots=True)
class Column:
    """One heading, and what stands below it."""

    heading: str
    takes: Takes
    note: str
    width: int = 14  # characters
    among: tuple[str, ...] = ()  # what the drop-down offers
    answers: bool = False  # whether it says something of one answer, not of the question

    @property
    def field(self) -> str:
        """What it is called in a questionnaire's file and in complaints."""
        return "code" if self.heading == "answer" else self.heading.replace(" ", "_")


_YES = ("yes", "no")
_CODE = "small letters, digits and _, such as waiting or very_long. It never changes: it is what is stored"
COLUMNS: dict[str, tuple[Column, ...]] = {
    WHOLE: (
        Column(
            "pathway",
            "text",
            "small letters, digits, hyphens: day-surgery. Not the name of a shipped one",
            24,
        ),
        Column("version", "whole", "1 for the first; each later one is a new workbook"),
        Column("title", "text", "what the page is called; at most 80 characters", 40),
        Column("language", "text", "a code such as en, which it is when left blank"),
    ),
    QUESTIONS: (
        Column(
            "block",
            "text",
            "the name of a shared question, such as fft, comment or age_band; nothing else then",
        ),
        Column("code", "text", f"of the question: {_CODE}", 16),
        Column(
            "kind", "word", "single: one answer; multiple: several; scale; number; text: own words", 10, KINDS
        ),
        Column("text", "text", "the question as patients read it; at most 150 characters", 44),
        Column("hint", "text", "may stand under the question; at most 400 characters", 24),
        Column("why", "text", "why it is asked; at most 250 characters", 34),
        Column("required", "flag", "yes, if who is asked must answer", 10, _YES),
        Column(
            "about you", "flag", "yes, for a question about the patient; kept apart from all else", 10, _YES
        ),
        Column(
            "show if",
            "rule",
            "of whom it is asked; of everybody when blank. An earlier question = one of its answers, "
            "joined by and, or: waiting = long, very_long and pain = bad or safe = no. 'and' before 'or'",
            30,
        ),
        Column("unit", "text", "of a number: what is counted, such as hours", 10),
        Column("max length", "whole", "of own words: characters; 1,000 in all questions together", 11),
        Column("low", "text", "of a scale: the words at its low end", 16),
        Column("high", "text", "of a scale: the words at its high end", 16),
        Column(
            "answers block",
            "text",
            "the name of shared answers, such as waiting, in place of those written out",
        ),
        Column("answer", "text", f"of an answer: {_CODE}. Blank for a scale", 16, answers=True),
        Column("label", "text", "the answer as patients read it; at most 60 characters", 26, answers=True),
        Column("group", "word", "how it feels; blank for a question about the patient", 14, GROUPS, True),
        Column(
            "score",
            "decimal",
            "what it counts in a mean; each answer of a question, or none",
            8,
            answers=True,
        ),
        Column("alone", "flag", "yes for 'none of these' among several answers", 8, _YES, True),
        Column(
            "from",
            "whole",
            "of a number: where its band begins. Of a scale: the group's first point",
            8,
            answers=True,
        ),
        Column(
            "to",
            "whole",
            "of a number: where its band ends. Of a scale: the group's last point",
            8,
            answers=True,
        ),
    ),
    INDICATORS: (
        Column("block", "text", "the name of a shared one, such as fft; nothing else then"),
        Column("code", "text", f"of the indicator: {_CODE}", 20),
        Column(
            "name", "text", "what it is called, in words: what the numerator says; at most 80 characters", 36
        ),
        Column("question", "text", "the code of the question that it follows", 16),
        Column("series", "text", "theme and number: waiting/1. Another number begins a new baseline", 14),
        Column("measure", "word", "proportion when blank, or mean, of scores", 12, ("proportion", "mean")),
        Column("numerator", "codes", "answers that count as good, with commas; blank for a mean", 26),
        Column("denominator", "codes", "answers that count at all, with commas; or all", 26),
        Column("better", "word", "higher when blank, or lower", 9, ("higher", "lower")),
        Column("target", "decimal", "may be left blank: a share such as 0.9, or a score", 8),
        Column(
            "comparable", "text", "why answers to new words compare with those to the old; may be blank", 26
        ),
    ),
}
HOW_TO = (
    "One workbook is one version of one questionnaire. The first row of each sheet has headings: keep it.",
    "A question begins in the row that has its code. Its answers stand one a row: the first in the same row, "
    "the others below, where everything about the question is left blank.",
    "A scale has a row for each group: group, from, to. A number has a row for each band: answer, label, "
    "group, from, to. Own words have no answers.",
    "The first indicator leads every report. Answers count in whole groups: take all of a group's, or none.",
    "Write values, not formulas; merge no cells. Other sheets are not read, nor is what is beyond row 2,000.",
    "heard questionnaire import says, cell by cell, all that is wrong, and writes the file when nothing is.",
)
