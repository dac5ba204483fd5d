"""From nodes to a questionnaire: every field, reference and rule is looked at, whatever went wrong before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, cast

from yaml import Node, ScalarNode

from survey.catalogue import rules
from survey.catalogue.blocks import Block, Blocks
from survey.catalogue.canonical import digest
from survey.catalogue.fields import Fields, items, string
from survey.catalogue.problems import Problems
from survey.domain.questionnaire import GROUPS, Group, Indicator, Kind, Option, Question, Questionnaire

WHOLE = ("pathway", "version", "language", "title", "questions", "indicators")
QUESTION = ("code", "kind", "text", "hint", "why", "options", "max_length", "required", "about_you")
OPTION = ("code", "label", "group")
INDICATOR = ("code", "name", "question", "series", "numerator", "denominator", "better", "target")
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

    def block(self, block: Block) -> None:
        """Look at a block by itself, so that one nobody includes is sound too."""
        question = None
        if "question" in block.parts:
            question = self.question(block.parts["question"], "question")
        if "options" in block.parts:
            self._options(block.parts["options"], "options", about_you=None)
        if "indicator" in block.parts:
            among = {question.code: question} if question else None
            self.indicator(block.parts["indicator"], "indicator", among)

    def question(self, node: Node, path: str) -> Question:
        """One question with its options."""
        fields = Fields(node, path, QUESTION, self.problems)
        kind = cast(Kind, fields.choice("kind", ("single", "text")))
        about_you = fields.flag("about_you")
        read = Question(
            code=fields.code("code"),
            kind=kind,
            text=fields.text("text", most=150),
            why=fields.text("why", most=250),
            hint=fields.optional_text("hint", most=400),
            options=self._options_of(fields, kind, about_you=about_you),
            required=fields.flag("required"),
            about_you=about_you,
            max_length=fields.number("max_length", most=1000) if "max_length" in fields else None,
        )
        rules.check_question(read, fields)
        return read

    def indicator(self, node: Node, path: str, among: Mapping[str, Question] | None) -> Indicator:
        """One indicator; `among` are the questions it may follow, None where they are not known yet."""
        fields = Fields(node, path, INDICATOR, self.problems)
        followed = fields.code("question")
        question = (among or {}).get(followed)
        if followed and among is not None and question is None:
            fields.wrong("question", f"there is no question {followed!r}; there are {_names(among)}")
        read = Indicator(
            code=fields.code("code"),
            name=fields.text("name", most=80),
            question=followed,
            series=fields.code("series", _SERIES, "waiting/1"),
            numerator=self._codes(fields, "numerator", question),
            denominator=self._codes(fields, "denominator", question),
            better="lower" if fields.choice("better", ("higher", "lower"), "higher") == "lower" else "higher",
            target=fields.share("target"),
        )
        rules.check_indicator(read, question, fields)
        return read

    def _questions(self, fields: Fields) -> list[Question]:
        seen: dict[str, str] = {}
        found = []
        for node, path in fields.items("questions", least=1, most=30):
            resolved = self.blocks.resolve(node, path, "question")
            if resolved is not None:
                question = self.question(*resolved)
                self._once(seen, question.code, node, path)
                found.append(question)
        return found

    def _indicators(self, fields: Fields, among: Mapping[str, Question]) -> list[Indicator]:
        seen: dict[str, str] = {}
        found = []
        for node, path in fields.items("indicators", least=1, most=30):
            resolved = self.blocks.resolve(node, path, "indicator")
            if resolved is not None:
                indicator = self.indicator(*resolved, among)
                self._once(seen, indicator.code, node, path)
                found.append(indicator)
        return found

    def _options_of(self, fields: Fields, kind: str, *, about_you: bool) -> tuple[Option, ...]:
        node = fields.value("options")
        if node is None and kind == "single":
            fields.missing("options")
        if node is None or kind == "text":
            return ()
        resolved = self.blocks.resolve(node, fields.at("options"), "options")
        return () if resolved is None else self._options(*resolved, about_you=about_you)

    def _options(self, node: Node, path: str, *, about_you: bool | None) -> tuple[Option, ...]:
        seen: dict[str, str] = {}
        found = []
        for item, where in items(node, path, self.problems, between=(2, 20)):
            fields = Fields(item, where, OPTION, self.problems)
            option = self._option(fields)
            if about_you is not None:
                rules.check_option(option, fields, about_you=about_you)
            self._once(seen, option.code, item, where)
            found.append(option)
        return tuple(found)

    def _option(self, fields: Fields) -> Option:
        group = fields.choice("group", GROUPS) if "group" in fields else ""
        return Option(
            code=fields.code("code"),
            label=fields.text("label", most=60),
            group=cast(Group, group) if group else None,
        )

    def _codes(self, fields: Fields, name: str, question: Question | None) -> frozenset[str]:
        node = fields.value(name)
        known = {option.code for option in question.options} if question else set()
        if name == "denominator" and isinstance(node, ScalarNode) and node.value == "all":
            return frozenset(known)
        found = set()
        for item, path in fields.items(name, least=1, most=20):
            code = string(item, path, self.problems)
            if code and code in found:
                self.problems.note(item, path, f"{code!r} stands here twice: delete one")
            if code and known and code not in known:
                said = f"{question.code!r}" if question else ""
                self.problems.note(item, path, f"{said} has no option {code!r}; it has {_names(known)}")
            found.add(code)
        return frozenset(found - {""})

    def _once(self, seen: dict[str, str], code: str, node: Node, path: str) -> None:
        if code and code in seen:
            self.problems.note(node, path, f"the code {code!r} is taken by {seen[code]}: choose another")
        seen.setdefault(code, path)


def _check_place(read: Questionnaire, place: Place, fields: Fields) -> None:
    said = f"the file lies at {place.pathway}/v{place.version}.yaml: move it or change this"
    if read.pathway and read.pathway != place.pathway:
        fields.wrong("pathway", f"is {read.pathway}, but {said}")
    if read.version and read.version != place.version:
        fields.wrong("version", f"is {read.version}, but {said}")


def _names(codes: Mapping[str, object] | set[str]) -> str:
    return ", ".join(sorted(code for code in codes if code)) or "none"
