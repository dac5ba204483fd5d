"""The fields of a YAML mapping, read one by one; a wrong one is noted and read as empty: all are seen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from survey.catalogue.files import REFUSED
from survey.catalogue.problems import Problems

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_YAML = "tag:yaml.org,2002:"
_JOINERS = "\u200c\u200d\u200e\u200f"  # unseen, but Urdu and Persian are not written without


class Fields:
    """A mapping whose field names are known. Nothing here raises."""

    def __init__(self, node: Node, path: str, known: Sequence[str], problems: Problems) -> None:
        self.node, self.path, self.problems = node, path, problems
        self._known = tuple(known)
        self._values: dict[str, Node] = {}
        self._is_mapping = isinstance(node, MappingNode)
        if isinstance(node, MappingNode):
            for key, value in node.value:
                self._take(key, value)
        elif node.tag != REFUSED:
            problems.note(node, path, f"here belong fields, one a line: {', '.join(known)}")

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def value(self, name: str) -> Node | None:
        """The node of a field, whatever it holds."""
        return self._values.get(name)

    def at(self, name: str) -> str:
        """The path of a field in its file."""
        return f"{self.path}.{name}" if self.path else name

    def wrong(self, name: str, message: str) -> None:
        """Note what is wrong with a field, or where it is missing, at the mapping."""
        self.problems.note(self._values.get(name, self.node), self.at(name), message)

    def text(self, name: str, *, most: int) -> str:
        """A text of at most `most` characters that must be there; white space becomes single spaces."""
        found = self.optional_text(name, most=most)
        if found is None:
            self.missing(name)
        return found or ""

    def optional_text(self, name: str, *, most: int) -> str | None:
        """The same, None where the field is left out."""
        node = self._values.get(name)
        if node is None:
            return None
        found = " ".join(string(node, self.at(name), self.problems).split())
        if len(found) > most:
            self.wrong(name, f"has {len(found)} characters; {most} is the most: shorten it")
        if unseen := [sign for sign in found if not sign.isprintable() and sign not in _JOINERS]:
            self.wrong(name, f"has a sign that cannot be seen, U+{ord(unseen[0]):04X}: delete it")
        return found

    def code(self, name: str, pattern: re.Pattern[str] = CODE, like: str = "waiting or age_16_24") -> str:
        """A code of the form `pattern` that must be there."""
        found = self.text(name, most=60)
        if found and not pattern.fullmatch(found):
            self.wrong(name, f"{found!r} is not of the right form: write it like {like}")
            return ""
        return found

    def choice(self, name: str, among: Sequence[str], default: str | None = None) -> str:
        """One of a few words; it must be there unless there is a default."""
        if default is not None and name not in self._values:
            return default
        found = self.text(name, most=60)
        if found and found not in among:
            self.wrong(name, f"{found!r} is none of {', '.join(among)}")
            return default or ""
        return found

    def number(self, name: str, *, most: int) -> int:
        """A whole number from 1 that must be there; 0 where it is wrong."""
        return self.whole(name, between=(1, most)) or 0

    def whole(self, name: str, *, between: tuple[int, int]) -> int | None:
        """A whole number that must be there; None where it is wrong."""
        node = self._values.get(name)
        if node is None:
            self.missing(name)
            return None
        return whole(node, self.at(name), self.problems, between=between)

    def decimal(self, name: str) -> float | None:
        """A number with at most three places; None where it is left out."""
        node = self._values.get(name)
        if node is None:
            return None
        if isinstance(node, ScalarNode) and re.fullmatch(r"-?[0-9]{1,4}(\.[0-9]{1,3})?", node.value):
            return float(node.value) + 0.0  # never -0.0, which would be another hash
        self._unless_refused(name, f"is a number such as 2 or 0.5, not {_said(node)}")
        return 0.0  # meant as one: no second complaint

    def share(self, name: str) -> float | None:
        """A proportion between 0 and 1; None where it is left out."""
        node = self._values.get(name)
        if node is None:
            return None
        if isinstance(node, ScalarNode) and re.fullmatch(r"0?\.[0-9]{1,6}|[01](\.0)?", node.value):
            return float(node.value)
        self._unless_refused(name, f"is a share between 0 and 1, such as 0.9, not {_said(node)}")
        return None

    def flag(self, name: str) -> bool:
        """true or false; false where it is left out."""
        node = self._values.get(name)
        if node is None:
            return False
        if not _is(node, "bool") or node.value not in {"true", "false"}:
            self._unless_refused(name, f"is true or false, not {_said(node)}")
        return str(node.value).lower() in {"true", "yes", "on"}  # meant so: no second complaint

    def items(self, name: str, *, least: int, most: int) -> list[tuple[Node, str]]:
        """The nodes of a list that must be there, each with its path, counted from 1."""
        node = self._values.get(name)
        if node is None:
            self.missing(name)
            return []
        return items(node, self.at(name), self.problems, between=(least, most))

    def inner(self, name: str, known: Sequence[str]) -> Fields | None:
        """The fields of a field that must be there."""
        node = self._values.get(name)
        if node is None:
            self.missing(name)
            return None
        return Fields(node, self.at(name), known, self.problems)

    def _take(self, key: Node, value: Node) -> None:
        name = key.value if isinstance(key, ScalarNode) else ""
        if name in self._values:
            self.problems.note(key, self.at(name), "stands here a second time: keep one of them")
        elif name in self._known:
            self._values[name] = value
        else:
            said = name or "a list or a mapping"
            self.problems.note(key, self.at(name), f"{said!r} is not a field here{_meant(name, self._known)}")

    def missing(self, name: str) -> None:
        """Note that a field must be written; nothing where all is wrong anyway."""
        if self._is_mapping:
            self.wrong(name, "is missing: write it")

    def _unless_refused(self, name: str, message: str) -> None:
        if self._values[name].tag != REFUSED:
            self.wrong(name, message)


def string(node: Node, path: str, problems: Problems) -> str:
    """The text of a scalar; '' and a note where YAML takes it for something else."""
    if node.tag == REFUSED:
        return ""
    if not isinstance(node, ScalarNode):
        problems.note(node, path, f"is a text, not {_said(node)}")
        return ""
    if node.tag == f"{_YAML}str":
        if not node.value.strip():
            problems.note(node, path, "is empty: write it")
        return str(node.value)
    problems.note(node, path, _not_a_text(node))
    return ""


def whole(node: Node, path: str, problems: Problems, *, between: tuple[int, int]) -> int | None:
    """A whole number; None and a note where it is none or lies outside."""
    least, most = between
    digits = node.value if isinstance(node, ScalarNode) and _is(node, "int") else ""
    if not re.fullmatch(r"0|[1-9][0-9]*", digits) or int(digits[:9]) < least:
        if node.tag != REFUSED:
            problems.note(node, path, f"is a whole number from {least}, without quotes, not {_said(node)}")
        return None
    if len(digits) > 9 or int(digits) > most:
        problems.note(node, path, f"is at most {most}, not {digits[:40]}")
        return None
    return int(digits)


def items(node: Node, path: str, problems: Problems, *, between: tuple[int, int]) -> list[tuple[Node, str]]:
    """The nodes of a list, each with its path, counted from 1."""
    if not isinstance(node, SequenceNode):
        if node.tag != REFUSED:
            problems.note(node, path, f"is a list, each item behind a '-', not {_said(node)}")
        return []
    least, most = between
    if not least <= len(node.value) <= most:
        problems.note(node, path, f"has {len(node.value)}; from {least} to {most} belong here")
    return [(item, f"{path}[{number}]") for number, item in enumerate(node.value[:most], start=1)]


def once(seen: dict[str, str], code: str, node: Node, place: tuple[str, Problems]) -> None:
    """Note a code that another has already; `seen` are codes with their paths, `place` is this one's."""
    path, problems = place
    if code and code in seen:
        problems.note(node, path, f"the code {code!r} is taken by {seen[code]}: choose another")
    seen.setdefault(code, path)


def names(codes: Iterable[str]) -> str:
    """Codes as they are listed in a complaint."""
    return ", ".join(sorted(code for code in codes if code)) or "none"


def _not_a_text(node: ScalarNode) -> str:
    kind = node.tag.removeprefix(_YAML)
    if kind == "null":
        return "is empty: write it"
    if node.tag.startswith(_YAML) and node.style is None:
        said = node.value[:40]
        means = {"bool": "true or false", "timestamp": "a date"}.get(kind, "a number")
        return f'{said} without quotes means {means} in YAML: write "{said}"'
    return f"the tag {node.tag} is not used here: take it away"


def _is(node: Node, kind: str) -> bool:
    return isinstance(node, ScalarNode) and node.tag == f"{_YAML}{kind}"


def _said(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return repr(node.value[:40]) if node.value else "nothing"
    return "a list" if isinstance(node, SequenceNode) else "fields"


def _meant(word: str, among: Sequence[str]) -> str:
    close = get_close_matches(word.lower(), among, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(among)}"
