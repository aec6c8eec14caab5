"""Metrics of a day's lists: customers, products, and the share of each list type."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.recommend.serving.popularity_fallback import CONTENT, POPULAR, SEGMENT
from marketlake.recommend.settings import EVERYDAY

LIST_TYPES = ("repeat", "explore", SEGMENT, CONTENT, POPULAR)


def list_metrics(lists: DataFrame, campaigns: Iterable[str]) -> dict[str, dict[str, float]]:
    """customers, products, share_T (of all places) and share_of_lists_T (of first places) of each list type T.

    Collected: five rows a campaign.

    Args:
        lists: gold.recommendations of one run date.
        campaigns: names, in the order of the result; a campaign without lists has zeros.

    Returns:
        campaign -> name -> value.
    """
    places, firsts = F.count(F.lit(1)).alias("places"), F.count_if(F.col("rank") == 1).alias("lists")
    counts: pd.DataFrame = lists.groupBy("campaign", "list_type").agg(places, firsts).toPandas()
    # A product may be in lists of two types, so that their products do not add up.
    products = {
        row.campaign: row.products
        for row in lists.groupBy("campaign").agg(F.count_distinct("product_id").alias("products")).collect()
    }
    found: dict[str, dict[str, float]] = {}
    for campaign in campaigns:
        of_types = counts[counts["campaign"] == campaign].set_index("list_type")[["places", "lists"]]
        of_types = of_types.reindex(LIST_TYPES, fill_value=0)
        shares = of_types / of_types.sum().clip(lower=1)
        found[campaign] = {
            "customers": int(of_types["lists"].sum()),
            "products": products.get(campaign, 0),
            **{f"share_{name}": share for name, share in shares["places"].items()},
            **{f"share_of_lists_{name}": share for name, share in shares["lists"].items()},
        }
    return found


def describe_lists(metrics: dict[str, float]) -> str:
    """The metrics of one campaign in a line."""
    shares = ", ".join(f"{name} {metrics[f'share_{name}']:.1%}" for name in LIST_TYPES)
    return f"{metrics['customers']} customers, {metrics['products']} products; of all places {shares}"


def named_metrics(metrics: dict[str, dict[str, float]]) -> dict[str, float]:
    """Metrics of all campaigns under names of their own: the everyday lists' are without a prefix."""
    return {
        name if campaign == EVERYDAY else f"{campaign}/{name}": value
        for campaign, of_campaign in metrics.items()
        for name, value in of_campaign.items()
    }
