"""What others do with the same answers: ways to publish that the attackers of released figures break."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from survey.domain.calendar import Week
from tests.adversarial.attackers_of_figures import LEAST, CellName, Seen, Sum, bounded, exact
from tests.leaving import Counts, Tree

WINDOW = 4  # weeks, rolling on by one
FEW = 5  # the national rule hides 1 to 4


def share_broken(found: Seen, *, least: int = LEAST, sample: int = 60) -> float:
    """Share of groups with 1 to `least` - 1 answers that are shown to have fewer, of some drawn by chance."""
    n = found.truth.sum(axis=1)
    small = np.flatnonzero((n > 0) & (n < least))
    drawn = np.random.default_rng(1).permutation(small)[:sample]
    broken = bounded(found, whole=False, least=least, among=[int(cell) for cell in drawn])
    return len(broken) / len(drawn)


def every_week(tree: Tree, weeks: Sequence[tuple[Week, Mapping[str, Counts]]]) -> Seen:
    """Every node's every week that has ten answers or more."""
    return _published(tree, weeks, window=1)


def rolling(tree: Tree, weeks: Sequence[tuple[Week, Mapping[str, Counts]]]) -> Seen:
    """Each week the last four of every node, where they have ten answers or more."""
    return _published(tree, weeks, window=WINDOW)


def national(tree: Tree, weeks: Sequence[tuple[Week, Mapping[str, Counts]]]) -> Seen:
    """Each week the last four by the rule of the FFT publication."""
    return _published(tree, weeks, window=WINDOW, by_rule=True)


def _published(
    tree: Tree, weeks: Sequence[tuple[Week, Mapping[str, Counts]]], *, window: int, by_rule: bool = False
) -> Seen:
    names: list[CellName] = [(one, False, str(week)) for week, _ in weeks for one in tree.services]
    at = {(one, week): number for number, (one, _, week) in enumerate(names)}
    truth = np.array([mine[one] for _, mine in weeks for one in tree.services])
    sums: list[Sum] = []
    for last in range(window - 1, len(weeks)):
        shown = [str(week) for week, _ in weeks[last - window + 1 : last + 1]]
        held = {
            node: [at[one, week] for one in mine for week in shown] for node, mine in tree.nodes().items()
        }
        n = {node: int(truth[cells].sum()) for node, cells in held.items()}
        hidden = _hidden(tree, n) if by_rule else {node for node in n if n[node] < LEAST}
        sums += [
            exact(f"{node} {shown[-1]}", cells, truth[cells].sum(axis=0))
            for node, cells in held.items()
            if node not in hidden and not (by_rule and node in tree.places)
        ]
    return Seen(names, truth, sums)


def _hidden(tree: Tree, n: Mapping[str, int]) -> set[str]:
    """1 to 4; beside one that is hidden alone the next-lowest; of one that is hidden its two lowest."""
    hidden = {node for node, count in n.items() if 0 < count < FEW}
    for parent, children in _families(tree):
        lowest = sorted((one for one in children if n[one]), key=lambda one: (n[one], one))
        if parent in hidden:
            hidden.update(lowest[:2])
        mine = [one for one in lowest if one in hidden]
        if len(mine) == 1:
            hidden.update(one for one in lowest[:2])
    return hidden


def _families(tree: Tree) -> Iterator[tuple[str, Sequence[str]]]:
    # From the top, so that what is hidden goes on downwards.
    yield "QTT", list(tree.providers)
    yield from tree.providers.items()
    yield from tree.sites.items()
