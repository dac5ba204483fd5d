"""Control charts by their public names: XmR, P and P′, and the chart of the product."""

from analysis.chart import Chart, chart_of, p_prime_chart_of
from analysis.pchart import PChart, p_chart
from analysis.xmr import Xmr, XmrMany, xmr, xmr_many

__all__ = ["Chart", "PChart", "Xmr", "XmrMany", "chart_of", "p_chart", "p_prime_chart_of", "xmr", "xmr_many"]
