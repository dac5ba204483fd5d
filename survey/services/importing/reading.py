"""From a mapping's YAML to a Mapping, checked against the questionnaires; all problems at file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import cast

from yaml import Node

from survey.catalogue.catalogue import Catalogue
from survey.catalogue.files import read_nodes
from survey.catalogue.problems import Problems
from survey.domain.errors import BadInput, NotFound
from survey.domain.organisation import KINDS, Organisation, OrganisationKind
from survey.domain.questionnaire import Questionnaire
from survey.resources import folder
from survey.services.importing.dates import DISAGREEING, ORDERS, DateRule, Disagreeing, Order
from survey.services.importing.mapping import AnswerColumn, CommentColumn, MappedService, Mapping, Where
from survey.services.importing.pieces import Piece, meant

WHOLE = (
    "name", "source", "encoding", "delimiter", "sheet", "respondent", "identifiers", "dates", "service",
    "services", "organisations", "answers", "comments", "batches",
)  # fmt: skip
DATES = ("column", "padded", "unpadded", "disagreeing", "earliest")
SERVICE = ("code", "questionnaire", "name", "organisation", "place")
ORGANISATION = ("code", "name", "kind", "parent", "valid_from", "valid_to")
ANSWERS = ("question", "column", "values", "rejected", "where")
COMMENTS = ("column", "none", "longest", "where")
ENCODINGS = ("auto", "utf-8", "windows-1252")
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
LONGEST = 5000  # characters of an imported comment; vendors' forms allow more than ours
LONGEST_MARK = 80  # characters; what a chart has room for
_SOURCE = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_CODE = re.compile(r"[A-Z0-9]{3,12}")
_ODS = re.compile(r"[A-Z0-9]{2,20}")


def find_mapping(named: str) -> Path:
    """The file a person means: a path, or the name of a shipped mapping with or without `.yaml`."""
    shipped = folder("questionnaires") / "_mappings"
    for path in (Path(named), shipped / named, shipped / f"{named}.yaml"):
        if path.is_file():
            return path
    known = ", ".join(path.name for path in sorted(shipped.glob("*.yaml"))) or "none"
    raise BadInput(f"there is no mapping {named!r}; give the path of a YAML file or a shipped one: {known}")


def read_mapping(path: Path, catalogue: Catalogue) -> Mapping:
    """Read and check a mapping; BadInput lists everything that is wrong with it."""
    problems = Problems()
    root = read_nodes(path, problems)
    mapping = None if root is None else _Reader(catalogue, problems).whole(root)
    if mapping is None or problems:
        found = problems.found()
        count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
        raise BadInput(f"the mapping {path.name} has {count}; nothing was imported:", found)
    return mapping


class _Reader:
    """Reads the parts; what is wrong is noted and read as empty, so that all is seen at once."""

    def __init__(self, catalogue: Catalogue, problems: Problems) -> None:
        self.catalogue, self.problems = catalogue, problems
        self.questionnaires: dict[str, Questionnaire] = {}

    def whole(self, root: Node) -> Mapping:
        piece = Piece(root, "", WHOLE, self.problems)
        services = self._services(piece)
        service_column, service_values = self._service_values(piece, services)
        read = Mapping(
            name=piece.text("name", most=80),
            source=piece.code("source", _SOURCE, "neas"),
            encoding=piece.choice("encoding", ENCODINGS, "auto"),
            delimiter=DELIMITERS.get(piece.choice("delimiter", tuple(DELIMITERS), "comma"), ","),
            sheet=piece.optional_text("sheet", most=80),
            respondent=piece.texts("respondent"),
            identifiers=piece.texts("identifiers"),
            service_column=service_column,
            service_values=service_values,
            services=services,
            organisations=tuple(_organisations(piece)),
            answers=tuple(self._answers(piece)),
            comments=tuple(_comments(piece)),
            dates=_dates(piece),
            batches=dict(_batches(piece)),
        )
        _check_stripped(read, piece)
        return read

    def _services(self, whole: Piece) -> dict[str, MappedService]:
        found: dict[str, MappedService] = {}
        for piece in whole.parts("services", SERVICE):
            code = piece.code("code", _CODE, "NEPTS (3 to 12 capital letters and digits)")
            described = [name for name in SERVICE[2:] if name in piece]
            if 0 < len(described) < 3:
                piece.wrong(
                    described[0], "a service is added by name, organisation and place: write all or none"
                )
            if code in found:
                piece.wrong("code", f"{code} stands here a second time: keep one of them")
            found[code] = MappedService(
                code=code,
                questionnaire=self._questionnaire(piece),
                name=piece.optional_text("name", most=80),
                organisation=piece.optional_text("organisation", most=20),
                place=piece.optional_text("place", most=20),
            )
        return found

    def _questionnaire(self, piece: Piece) -> str:
        key = piece.text("questionnaire", most=80)
        if not key:
            return ""
        try:
            found = self.catalogue.get(key)
        except NotFound:
            known = [one.key for one in self.catalogue.all()]
            piece.wrong("questionnaire", f"there is no questionnaire {key!r}{meant(key, known)}")
            return key
        if found.state == "draft":
            piece.wrong("questionnaire", f"{key} is not published: run `heard questionnaire publish {key}`")
        self.questionnaires[key] = found
        return key

    def _service_values(self, whole: Piece, services: dict[str, MappedService]) -> tuple[str, dict[str, str]]:
        piece = whole.part("service", ("column", "values"))
        if piece is None:
            return "", {}
        values = {}
        for text, code, node, path in piece.pairs("values"):
            if code not in services:
                said = f"there is no service {code!r} under `services`{meant(code, services)}"
                self.problems.note(node, path, said)
            values[text] = code
        return piece.column(), values

    def _answers(self, whole: Piece) -> Iterator[AnswerColumn]:
        for piece in whole.parts("answers", ANSWERS):
            question = piece.code("question")
            values = self._option_codes(piece, self._options(question, piece))
            rejected = {text: why for text, why, _, _ in piece.pairs("rejected", needed=False)}
            if both := values.keys() & rejected.keys():
                piece.wrong("rejected", f"{', '.join(sorted(both))} under `values` too: keep one of them")
            yield AnswerColumn(
                question=question,
                column=piece.column(),
                values=values,
                rejected=rejected,
                where=_where(piece),
            )

    def _option_codes(self, piece: Piece, options: dict[str, tuple[str, ...]]) -> dict[str, str]:
        values = {}
        for text, code, node, path in piece.pairs("values"):
            for key, known in options.items():
                if code not in known:
                    self.problems.note(node, path, f"{key} has no option {code!r} there{meant(code, known)}")
            values[text] = code
        return values

    def _options(self, code: str, piece: Piece) -> dict[str, tuple[str, ...]]:
        # Every service's questionnaire must ask it, for the same columns are read for all of them.
        found = {}
        for key, questionnaire in self.questionnaires.items():
            if code and code not in questionnaire.codes:
                piece.wrong("question", f"{key} has no question {code!r}{meant(code, questionnaire.codes)}")
            elif code:
                question = questionnaire.question(code)
                if question.kind != "single" or question.about_you:
                    piece.wrong("question", f"{code!r} of {key} is not rated; only rated ones are imported")
                else:
                    found[key] = tuple(option.code for option in question.options)
        return found


def _comments(whole: Piece) -> Iterator[CommentColumn]:
    for piece in whole.parts("comments", COMMENTS, needed=False):
        yield CommentColumn(
            column=piece.column(),
            none=frozenset(text.casefold() for text in piece.texts("none")),
            longest=piece.number("longest", most=50_000) if "longest" in piece else LONGEST,
            where=_where(piece),
        )


def _where(whole: Piece) -> Where | None:
    piece = whole.part("where", ("column", "value"), needed=False)
    return None if piece is None else Where(piece.column(), piece.column("value"))


def _dates(whole: Piece) -> DateRule:
    piece = whole.part("dates", DATES)
    if piece is None:
        return DateRule("", ORDERS, ORDERS, "reject", date.min)
    padded = _orders(piece, "padded")
    return DateRule(
        column=piece.column(),
        padded=padded,
        unpadded=_orders(piece, "unpadded") if "unpadded" in piece else padded,
        disagreeing=cast(Disagreeing, piece.choice("disagreeing", DISAGREEING)),
        earliest=piece.day("earliest") or date(2000, 1, 1),
    )


def _orders(piece: Piece, name: str) -> tuple[Order, ...]:
    texts = piece.texts(name)
    wanted = f"write one or more of {', '.join(ORDERS)}, the likeliest first"
    if name not in piece:
        piece.missing(name)
    for text in texts:
        if text not in ORDERS:
            piece.wrong(name, f"{text!r} is no order of a date: {wanted}")
    return cast(tuple[Order, ...], texts)


def _batches(whole: Piece) -> Iterator[tuple[date, str]]:
    for piece in whole.parts("batches", ("day", "label"), needed=False):
        label = piece.text("label", most=LONGEST_MARK)
        if "day" not in piece:
            piece.missing("day")
        elif (day := piece.day("day")) is not None:
            yield day, label


def _organisations(whole: Piece) -> Iterator[Organisation]:
    for piece in whole.parts("organisations", ORGANISATION, needed=False):
        yield Organisation(
            code=piece.code("code", _ODS, "RX6"),
            name=piece.text("name", most=200),
            kind=cast(OrganisationKind, piece.choice("kind", KINDS)),
            parent=piece.optional_text("parent", most=20),
            valid_from=piece.day("valid_from"),
            valid_to=piece.day("valid_to"),
        )


def _check_stripped(read: Mapping, whole: Piece) -> None:
    kept = {
        "service": [read.service_column],
        "dates": [read.dates.column],
        "answers": [one.column for one in read.answers],
        "comments": [one.column for one in read.comments],
    }
    for name, columns in kept.items():
        for column in sorted(set(columns) & set(read.stripped) - {""}):
            whole.wrong(
                name, f"the column {column!r} is an identifier, so it is stripped and cannot be stored"
            )
