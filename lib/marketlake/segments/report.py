"""The description of a segmentation run in MLflow."""

from __future__ import annotations

import pandas as pd

from marketlake.reporting.markdown import markdown_table

FORMATS = {
    "customers": ",",
    "share_of_customers": ".0%",
    "share_of_spend": ".0%",
    "median_recency_days": ".0f",
    "mean_orders": ".1f",
}
METHOD = (
    "Customers are scored by quintile of recency, frequency and monetary value (Hughes, Strategic Database Marketing, "
    "1994); the scores of recency and frequency give the segment. Scores and cut-points are in gold.rfm_scores."
)


def describe_segments(sizes: pd.DataFrame, title: str) -> str:
    """Conclusion, sizes and method, in Markdown.

    Args:
        sizes: `rfm.summarise_segments`; at least one row.
        title: of the run.
    """
    first, customers = sizes.iloc[0], sizes["customers"].sum()
    if sizes["spend"].sum():
        conclusion = (
            f"Most sales come from the segment {first.segment}: {first.share_of_spend:.0%} of sales from "
            f"{first.share_of_customers:.0%} of the {customers:,} customers with an order in the window."
        )
    else:
        conclusion = f"The {customers:,} customers with an order in the window paid nothing: no sales to share."
    shown = ["segment", "customers", "share_of_customers", "share_of_spend", "median_recency_days", "mean_orders"]
    return "\n\n".join(
        [
            f"**{title}**",
            conclusion,
            markdown_table(sizes[shown], formats=FORMATS),
            METHOD,
        ]
    )
