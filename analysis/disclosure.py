"""Disclosure control by its public names: the gate, the bounds that it watches, the public form."""

from analysis.gate import EMPTY, FAILED, SMALL, Gate, bounds, gate
from analysis.public_form import PublicForm, pinned, public_form, rounded, unpinned
from analysis.reach import Bound, SolverFailed

__all__ = [
    "EMPTY",
    "FAILED",
    "SMALL",
    "Bound",
    "Gate",
    "PublicForm",
    "SolverFailed",
    "bounds",
    "gate",
    "pinned",
    "public_form",
    "rounded",
    "unpinned",
]
