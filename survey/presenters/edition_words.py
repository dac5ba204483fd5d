"""Editions in words: what is translated of a version, and what keeps patients from being offered it."""

from __future__ import annotations

from collections import Counter

from survey.catalogue.editions import Edition
from survey.domain.languages import said

_MOST = 10  # missing texts that are named


def line(edition: Edition, key: str) -> str:
    """One edition of a version."""
    whole = sum(edition.needed.values())
    done = whole - len(edition.missing)
    return f"{key}  {edition.tag:<8}  {_state(edition):<10}  {done} of {whole} texts  {said(edition.tag)}"


def report(edition: Edition, key: str) -> list[str]:
    """What is complete and what is not, piece by piece, and what is still to be done."""
    states = {one.of: one.state for one in edition.used}
    lacking = Counter(of for of, _ in edition.missing)
    lines = [line(edition, key)]
    for of, whole in edition.needed.items():
        state = {"draft": "draft", "stale": "changed since its review"}.get(
            states.get(of, "draft"), "reviewed"
        )
        lines.append(f"  {of}: {whole - lacking[of]} of {whole}, {state}")
    for of, path in edition.missing[:_MOST]:
        lines.append(f"  missing: {of}: {path}")
    if len(edition.missing) > _MOST:
        lines.append(f"  missing: {len(edition.missing) - _MOST} more")
    return lines


def _state(edition: Edition) -> str:
    if edition.is_offered:
        return "offered"
    if edition.missing:
        return "incomplete"
    return "stale" if any(one.state == "stale" for one in edition.used) else "draft"
