"""A proof on one page of A4, as PDF/UA: rows and items are left out, and counted, until it is one page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import typst

from survey.domain.proof import Attempt, Found, Naive, Proof
from survey.presenters import measure, proof_words
from survey.presenters.figures import day, sentence_case, spelled
from survey.resources import folder

MOST_ROWS, SOME_ROWS, FEWEST_ROWS = 14, 8, 5  # attacks in the table
MOST_ITEMS, FEWEST_ITEMS = 8, 3  # in each of the two lists below it
MOST_NAIVE = 3
LONGEST = 170  # letters of one item; the whole text is in the JSON


def paper(proof: Proof, *, installation: str) -> bytes:
    """The PDF; Typst itself refuses to make one that a screen reader could not read."""
    templates = folder("templates")
    compiler = typst.Compiler(
        str(templates / "proof" / "proof.typ"),
        root=str(templates),
        font_paths=[str(measure.fonts())],
        ignore_system_fonts=True,
    )
    for rows, items in _sizes():
        inputs = {"proof": json.dumps(content(proof, installation=installation, rows=rows, items=items))}
        if isinstance(compiler.compile(format="svg", sys_inputs=inputs), bytes):  # several pages are a list
            break
    made = compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards=["ua-1"])
    if not isinstance(made, bytes):
        raise TypeError(f"Typst made {type(made).__name__} of a proof, not one PDF")
    return made


def _sizes() -> Iterator[tuple[int, int]]:
    # First fewer attacks, then fewer things to mend, then fewer attacks again.
    yield from ((rows, MOST_ITEMS) for rows in range(MOST_ROWS, SOME_ROWS, -1))
    yield from ((SOME_ROWS, items) for items in range(MOST_ITEMS, FEWEST_ITEMS, -1))
    yield from ((rows, FEWEST_ITEMS) for rows in range(SOME_ROWS, FEWEST_ROWS - 1, -1))


def content(proof: Proof, *, installation: str, rows: int, items: int) -> dict[str, Any]:
    """What the template sets: texts and shares; nothing is worked out there."""
    mend, unseen = proof_words.to_mend(proof), proof_words.unseen(proof)
    return {
        "title": proof_words.title(proof),
        "about": f"{installation} · {day(proof.day)} · Heard {proof.version} · {proof.database}",
        "verdict": _set(proof_words.verdict(proof)),
        "figures": [asdict(one) for one in proof_words.figures(proof)],
        "promise": proof_words.PROMISE,
        "not_covered": proof_words.NOT_COVERED,
        **_table(proof, rows),
        "summed_up": proof_words.summed_up(proof),
        "mend": [_remedy(one) for one in mend[:items]],
        "more_mend": _more(len(mend) - items),
        "unseen": [{"what": _set(what), "why": _cut(why)} for what, why in unseen[:items]],
        "more_unseen": _more(len(unseen) - items),
        "foot": "Made by heard prove. All figures and findings are in the JSON file beside this page.",
    }


def _table(proof: Proof, rows: int) -> dict[str, Any]:
    tried = proof_words.ordered(proof)
    kept, rest = (tried, []) if len(tried) <= rows else (tried[: rows - 1], tried[rows - 1 :])
    naive = sorted(proof.naive, key=lambda one: -one.accuracy)[:MOST_NAIVE]
    return {
        "rows": [_row(one) for one in kept],
        "rest": _rest(rest),
        "naive": [_comparison(one) for one in naive],
    }


def _comparison(one: Naive) -> dict[str, Any]:
    return {
        "design": _set(f"Without boxes: {one.design}"),
        "people": f"{one.people:,}",
        "named": proof_words.tenths(one.accuracy),
        "accuracy": one.accuracy,
    }


def _row(one: Attempt) -> dict[str, Any]:
    return {
        "attack": _set(sentence_case(one.attack)),
        "people": f"{one.people:,}",
        "named": proof_words.named(one),
        "chance_text": proof_words.tenths(one.chance),
        "outcome": proof_words.outcome(one),
        "won": one.won,
        **{name: getattr(one, name) for name in ("accuracy", "low", "high", "chance")},
    }


def _rest(left: list[Attempt]) -> str:
    if not left:
        return ""
    won = sum(one.won for one in left)
    says = f"and {len(left)} more, none of which beat guessing by more"
    return f"and {len(left)} more, {won} of which name people" if won else says


def _remedy(one: Found) -> dict[str, Any]:
    return {"what": _set(one.what), "bad": one.level == "bad", "says": _cut(one.says), "do": _cut(one.do)}


def _set(text: str) -> str:
    """`text` as printed: apostrophes, no backticks; quotation marks, which stand in settings, stay."""
    return re.sub(r"(?<=\w)'(?=\w)", "’", text).replace("`", "")


def _cut(text: str) -> str:
    """`text` as a sentence's end, cut with … where it is too long."""
    text = _set(text)
    return f"{text}." if len(text) <= LONGEST else text[: LONGEST - 1].rstrip(" ,;.") + "…"


def _more(left: int) -> str:
    return f"and {spelled(left)} more in the JSON file" if left > 0 else ""
