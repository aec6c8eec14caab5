"""The description of a run: the largest segment first, then sizes and method."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from marketlake.segments.plots import sizes_and_spend
from marketlake.segments.report import describe_segments

SIZES = pd.DataFrame(
    {
        "segment": ["Champions", "Lost"],
        "customers": [1000, 3000],
        "share_of_customers": [0.25, 0.75],
        "spend": [Decimal("900.00"), Decimal("100.00")],
        "share_of_spend": [0.9, 0.1],
        "median_recency_days": [2.0, 99.0],
        "mean_orders": [12.34, 1.0],
    }
)


def test_the_segment_with_most_sales_is_named_first_with_its_shares() -> None:
    text = describe_segments(SIZES, "Segments")
    assert "Most sales come from the segment Champions: 90% of sales from 25% of the 4,000 customers" in text
    assert "| Lost | 3,000 | 75% | 10% | 99 | 1.0 |" in text


def test_the_figure_shows_spend_beside_customers() -> None:
    axes = sizes_and_spend(SIZES, "Segments").axes[0]
    assert [bar.get_width() for bar in axes.patches] == [90, 10, 25, 75]


def test_customers_who_paid_nothing_are_said_and_drawn() -> None:
    free = SIZES.assign(spend=[Decimal(0), Decimal(0)], share_of_spend=[None, None])
    assert "The 4,000 customers with an order in the window paid nothing" in describe_segments(free, "Segments")
    assert [bar.get_width() for bar in sizes_and_spend(free, "Segments").axes[0].patches] == [0, 0, 25, 75]
