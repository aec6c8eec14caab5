"""Pictures of segments, for people who decide by them."""

from __future__ import annotations

import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure

CUSTOMERS, SPEND, INK = "#c9c2b2", "#1f4e79", "#222222"


def sizes_and_spend(summary: pd.DataFrame, title: str) -> Figure:
    """Each segment's share of customers beside its share of spend.

    Args:
        summary: `rfm.summary`; at most eleven rows.
        title: what and when.
    """
    rows = summary.iloc[::-1]
    places = range(len(rows))
    figure, axes = pyplot.subplots(figsize=(9, 0.55 * len(rows) + 1.6), layout="constrained")
    axes.barh([p + 0.2 for p in places], rows["share_of_spend"] * 100, 0.38, color=SPEND, label="share of spend")
    axes.barh([p - 0.2 for p in places], rows["share_of_customers"] * 100, 0.38, color=CUSTOMERS, label="of customers")
    for place, row in zip(places, rows.itertuples(), strict=True):
        text = f"{row.spend:,.0f} from {row.customers:,}"
        axes.text(row.share_of_spend * 100 + 0.4, place + 0.2, text, va="center", fontsize=8, color=INK)
    axes.set_yticks(list(places), rows["segment"])
    axes.set_xlabel("%")
    axes.set_xlim(0, max(rows["share_of_spend"].max(), rows["share_of_customers"].max()) * 125)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")
    axes.set_title(title, loc="left")
    return figure
