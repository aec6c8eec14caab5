"""Segments of customers by what is known of them beside their purchases, and what each segment buys."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

RECENT_DAYS = 28


def demographic_segments(customers: DataFrame, columns: Sequence[str]) -> DataFrame:
    """The segment of each customer: all who share the values of some columns.

    Args:
        customers: silver.customers.
        columns: of it, such as age_band; none of them: nobody has a segment.

    Returns:
        customer_id, segment (the values, joined by ", "); missing where any of them is.
    """
    known = F.lit(bool(columns))
    for column in columns:
        known &= F.col(column).isNotNull()
    name = F.concat_ws(", ", *(F.col(column).cast("string") for column in columns))
    return customers.select("customer_id", F.when(known, name).alias("segment"))


def segment_popularity(pairs: DataFrame, segment_of: DataFrame, *, min_customers: int) -> DataFrame:
    """What the customers of each segment have bought lately.

    Args:
        pairs: `pairs.pairs` up to a day.
        segment_of: `segments`.
        min_customers: a segment of whom fewer ever bought is left out: its favourites would be a few people's.

    Returns:
        segment, product_id, buyers (customers of the last 28 days), customers (of the segment, who ever bought).
    """
    bought = pairs.where("order_days > 0").select("customer_id", "product_id", "days_since_last_order")
    of_segment = bought.join(segment_of.where("segment is not null"), "customer_id", "inner")
    large = (
        of_segment.groupBy("segment")
        .agg(F.count_distinct("customer_id").alias("customers"))
        .where(F.col("customers") >= min_customers)
    )
    recent = of_segment.where(F.col("days_since_last_order") < RECENT_DAYS)
    return (
        recent.groupBy("segment", "product_id")
        .agg(F.count(F.lit(1)).alias("buyers"))
        .join(F.broadcast(large), "segment", "inner")
        .select("segment", "product_id", "buyers", "customers")
    )
