"""From nodes to a questionnaire: every field, reference and rule is looked at, whatever went wrong before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, cast

from yaml import Node, ScalarNode

from survey.catalogue import conditions, rules
from survey.catalogue.blocks import Block, Blocks, Shared
from survey.catalogue.canonical import digest
from survey.catalogue.fields import Fields, names, once
from survey.catalogue.indicators import check_indicator
from survey.catalogue.options import option_codes, read_options, written_options
from survey.catalogue.problems import Problems
from survey.domain.questionnaire import Indicator, Kind, Option, Question, Questionnaire

WHOLE = ("pathway", "version", "language", "title", "questions", "indicators")
QUESTION = (
    *("code", "kind", "text", "hint", "why", "options", "points", "groups", "bands", "unit", "max_length"),
    *("required", "about_you", "show_if"),
)
INDICATOR = (
    *("code", "name", "question", "series", "comparable", "measure"),
    *("numerator", "denominator", "better", "target"),
)
KINDS: tuple[Kind, ...] = ("single", "multiple", "scale", "number", "text")
PATHWAY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_SERIES = re.compile(r"[a-z][a-z0-9_]{0,39}/[1-9][0-9]{0,2}")


class Place(NamedTuple):
    """What a file's path says it holds."""

    pathway: str
    version: int


@dataclass(frozen=True)
class Reader:
    """Reads the parts of questionnaires; what is wrong goes to `problems`."""

    blocks: Blocks
    problems: Problems

    def questionnaire(self, root: Node, place: Place) -> Questionnaire:
        """The whole, as a draft. It is fit for use only where no problem was noted."""
        fields = Fields(root, "", WHOLE, self.problems)
        questions = self._questions(fields)
        # Where two share a code the first has it, as the complaint about the second says.
        by_code = {question.code: question for question in reversed(questions)}
        indicators = self._indicators(fields, by_code)
        rules.check_whole(questions, indicators, fields)
        read = Questionnaire(
            pathway=fields.code("pathway", PATHWAY, "patient-transport"),
            version=fields.number("version", most=999),
            title=fields.text("title", most=80),
            state="draft",
            digest="",
            questions=tuple(questions),
            indicators=tuple(indicators),
            language=fields.code("language", _LANGUAGE, "en") if "language" in fields else "en",
        )
        _check_place(read, place, fields)
        return replace(read, digest=digest(read))

    def block(self, block: Block) -> Shared:
        """Look at a block by itself, so that one nobody includes is sound too."""
        question: Question | None = None
        options: tuple[Option, ...] = ()
        if "question" in block.parts:
            question, fields = self.question(block.parts["question"], "question")
            conditions.check_form(fields)
        if "options" in block.parts:
            options = written_options(block.parts["options"], "options", self.problems, of=None)
        if "indicator" in block.parts:
            among = {question.code: question} if question else None
            self.indicator(block.parts["indicator"], "indicator", among)
        return Shared(question, options)

    def question(self, node: Node, path: str) -> tuple[Question, Fields]:
        """One question with its options; on what it depends is read when all are known, from its fields."""
        fields = Fields(node, path, QUESTION, self.problems)
        kind = cast(Kind, fields.choice("kind", KINDS))
        about_you = fields.flag("about_you")
        read = Question(
            code=fields.code("code"),
            kind=kind,
            text=fields.text("text", most=150),
            why=fields.text("why", most=250),
            hint=fields.optional_text("hint", most=400),
            options=read_options(fields, kind, self.blocks, about_you=about_you),
            required=fields.flag("required"),
            about_you=about_you,
            max_length=fields.number("max_length", most=1000) if "max_length" in fields else None,
            unit=fields.optional_text("unit", most=20),
        )
        rules.check_question(read, fields)
        return read, fields

    def indicator(self, node: Node, path: str, among: Mapping[str, Question] | None) -> Indicator:
        """One indicator; `among` are the questions it may follow, None where they are not known yet."""
        fields = Fields(node, path, INDICATOR, self.problems)
        followed = fields.code("question")
        question = (among or {}).get(followed)
        if followed and among is not None and question is None:
            fields.wrong("question", f"there is no question {followed!r}; there are {names(among)}")
        mean = fields.choice("measure", ("proportion", "mean"), "proportion") == "mean"
        read = Indicator(
            code=fields.code("code"),
            name=fields.text("name", most=80),
            question=followed,
            series=fields.code("series", _SERIES, "waiting/1"),
            numerator=frozenset() if mean else self._codes(fields, "numerator", question),
            denominator=self._codes(fields, "denominator", question),
            better="lower" if fields.choice("better", ("higher", "lower"), "higher") == "lower" else "higher",
            target=fields.decimal("target") if mean else fields.share("target"),
            measure="mean" if mean else "proportion",
            comparable=fields.optional_text("comparable", most=250),
        )
        check_indicator(read, question, fields)
        return read

    def _questions(self, fields: Fields) -> list[Question]:
        seen: dict[str, str] = {}
        found = []
        for node, path in fields.items("questions", least=1, most=30):
            resolved = self.blocks.resolve(node, path, "question")
            if resolved is not None:
                question, read_from = self.question(*resolved)
                once(seen, question.code, node, (path, self.problems))
                found.append((question, read_from))
        return conditions.route(found)

    def _indicators(self, fields: Fields, among: Mapping[str, Question]) -> list[Indicator]:
        seen: dict[str, str] = {}
        found = []
        for node, path in fields.items("indicators", least=1, most=30):
            resolved = self.blocks.resolve(node, path, "indicator")
            if resolved is not None:
                indicator = self.indicator(*resolved, among)
                once(seen, indicator.code, node, (path, self.problems))
                found.append(indicator)
        return found

    @staticmethod
    def _codes(fields: Fields, name: str, question: Question | None) -> frozenset[str]:
        node = fields.value(name)
        if name == "denominator" and isinstance(node, ScalarNode) and node.value == "all":
            return frozenset(option.code for option in question.options) if question else frozenset()
        return option_codes(fields, name, question)


def _check_place(read: Questionnaire, place: Place, fields: Fields) -> None:
    said = f"the file lies at {place.pathway}/v{place.version}.yaml: move it or change this"
    if read.pathway and read.pathway != place.pathway:
        fields.wrong("pathway", f"is {read.pathway}, but {said}")
    if read.version and read.version != place.version:
        fields.wrong("version", f"is {read.version}, but {said}")
