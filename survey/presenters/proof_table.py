"""A proof in a terminal: the verdict, the attacks that matter, what to put right."""

from __future__ import annotations

from survey.domain.proof import Attempt, Proof
from survey.presenters import proof_words
from survey.presenters.figures import SPACE

SHOWN = 5  # attacks, beside those that won


def lines(proof: Proof) -> list[str]:
    """What is printed, top to bottom."""
    return [
        proof_words.title(proof),
        f"  {proof_words.verdict(proof)}".replace(SPACE, " "),
        "",
        *_attacks(proof),
        "",
        f"set-up: {proof_words.summed_up(proof)}",
        *(f"  {one.level:8} {one.what}: {one.says}; {one.do}" for one in proof_words.to_mend(proof)),
        *(f"  {'unseen':8} {what}: {why}" for what, why in proof_words.unseen(proof)),
    ]


def _attacks(proof: Proof) -> list[str]:
    ordered = proof_words.ordered(proof)
    shown = ordered[: max(SHOWN, len(proof.winners))]
    naive = max(proof.naive, key=lambda one: one.accuracy, default=None)
    rows = [_row(one) for one in shown]
    if left := len(ordered) - len(shown):
        rows.append((f"and {left} more", "", "", ""))
    if naive is not None:
        said = proof_words.tenths(naive.accuracy)
        rows.append((f"without boxes: {naive.design}", said, "", ""))
    return _set(("attack", "named", "guessing", ""), rows)


def _row(one: Attempt) -> tuple[str, str, str, str]:
    return one.attack, proof_words.named(one), proof_words.tenths(one.chance), proof_words.outcome(one)


def _set(head: tuple[str, ...], rows: list[tuple[str, str, str, str]]) -> list[str]:
    columns = list(zip(head, *rows, strict=True))
    wide = [max(map(len, column)) for column in columns]
    return [
        f"  {name:{wide[0]}}  {said:>{wide[1]}}  {chance:>{wide[2]}}  {ends}".rstrip().replace(SPACE, " ")
        for name, said, chance, ends in (head, *rows)
    ]
