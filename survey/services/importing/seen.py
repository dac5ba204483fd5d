"""Keyed hashes of source rows and of whose they are, so that nothing is stored twice and nothing is told.

The key lies outside the database: who holds the database alone cannot try names or numbers against it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Hasher:
    """HMAC-SHA256 under the import key; `source` keeps two vendors' equal numbers apart."""

    key: bytes
    source: str

    def person(self, identifiers: Sequence[str]) -> bytes:
        """Of the identifiers by which a person's rows are joined."""
        return self._hash("person", identifiers)

    def row(self, cells: Sequence[str]) -> bytes:
        """Of everything the mapping reads of a row."""
        return self._hash("row", cells)

    def _hash(self, kind: str, parts: Sequence[str]) -> bytes:
        # JSON keeps ("a", "bc") and ("ab", "c") apart.
        return hmac.digest(self.key, json.dumps([kind, self.source, *parts]).encode(), "sha256")


def sentinel(key: bytes, batch: str) -> bytes:
    """A hash that shows, at the next import, whether the key is still the one of this batch."""
    return hmac.digest(key, json.dumps(["batch", batch]).encode(), "sha256")
