"""Comparison by its public names: funnels, expected ranges, intervals, tests, and the inequality gap."""

from analysis.bands import ExpectedRange, expected_range
from analysis.difference import Comparison, compare_groups, compare_periods
from analysis.funnel import Funnel, StandardisedFunnel, funnel, standardised_funnel
from analysis.inequality import Gap, gap
from analysis.multiplicity import benjamini_hochberg
from analysis.ordered import OrderedComparison, compare_ordered
from analysis.proportions import newcombe, wilson

__all__ = [
    "Comparison",
    "ExpectedRange",
    "Funnel",
    "Gap",
    "OrderedComparison",
    "StandardisedFunnel",
    "benjamini_hochberg",
    "compare_groups",
    "compare_ordered",
    "compare_periods",
    "expected_range",
    "funnel",
    "gap",
    "newcombe",
    "standardised_funnel",
    "wilson",
]
