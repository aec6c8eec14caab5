"""Figures of segments for MLflow."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from marketlake.reporting.plots import draw_bars, new_figure
from marketlake.reporting.style import BLUE, INK, PALE_BLUE, set_title


def sizes_and_spend(summary: pd.DataFrame, title: str) -> Figure:
    """Each segment's share of spend beside its share of customers.

    Args:
        summary: `rfm.summary`; at most eleven rows.
        title: of the figure.
    """
    figure = new_figure(9, 0.55 * len(summary) + 1.6)
    axes = figure.subplots()
    spend = summary["share_of_spend"].fillna(0.0) * 100  # unknown where nobody paid anything
    customers = summary["share_of_customers"] * 100
    series = {"share of spend": list(spend), "share of customers": list(customers)}
    draw_bars(axes, list(summary["segment"]), series, colours=[BLUE, PALE_BLUE])
    for place, row in enumerate(summary.itertuples()):
        text = f"{row.spend:,.0f} from {row.customers:,} customers"
        axes.text(spend.iloc[place] + 0.4, place - 0.2, text, va="center", fontsize=8, color=INK)
    axes.set_xlabel("% of all segments")
    axes.set_xlim(0, max(spend.max(), customers.max()) * 1.25)
    set_title(axes, title)
    return figure
