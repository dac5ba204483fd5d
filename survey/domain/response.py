"""One patient's response, and the bytes it travels in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Response:
    """What one patient answered, by question code. No clock time, no address, no name of any link."""

    answers: Mapping[str, str] = field(default_factory=dict)  # rated questions: option codes
    comments: Mapping[str, str] = field(default_factory=dict)  # text questions: what was written
    about_you: Mapping[str, str] = field(default_factory=dict)  # about-you questions: option codes
    way: Mapping[str, str] = field(default_factory=dict)  # how it was given, where not as usual

    @property
    def is_empty(self) -> bool:
        """True where nothing at all was answered: such a POST spends no ticket (link scanners)."""
        return not (self.answers or self.comments or self.about_you)

    def encode(self) -> bytes:
        """UTF-8 JSON, keys sorted."""
        whole = {"a": dict(self.answers), "c": dict(self.comments), "y": dict(self.about_you)}
        if self.way:
            whole["w"] = dict(self.way)
        return json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, data: bytes) -> Response:
        """The inverse of `encode`."""
        whole = json.loads(data)
        return cls(answers=whole["a"], comments=whole["c"], about_you=whole["y"], way=whole.get("w", {}))
