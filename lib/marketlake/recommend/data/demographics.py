"""Segments of customers by demographic columns, and the best sellers of each segment."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

RECENT_DAYS = 28


def demographic_segments(customers: DataFrame, columns: Sequence[str]) -> DataFrame:
    """The segment of each customer: the values of some columns.

    Args:
        customers: silver.customers.
        columns: of silver.customers, such as age_band; without any, no customer has a segment.

    Returns:
        customer_id, segment (the values, joined by ", "); missing where any of them is.
    """
    known = F.lit(bool(columns))
    for column in columns:
        known &= F.col(column).isNotNull()
    name = F.concat_ws(", ", *(F.col(column).cast("string") for column in columns))
    return customers.select("customer_id", F.when(known, name).alias("segment"))


def segment_popularity(pairs: DataFrame, segment_of: DataFrame, *, min_customers: int) -> DataFrame:
    """Recent purchases of the customers of each segment.

    Args:
        pairs: `pairs.build_pairs` up to a day.
        segment_of: `demographic_segments`.
        min_customers: a segment with fewer buyers is left out: its best sellers would be those of a few people.

    Returns:
        segment, product_id, buyers (customers of the last 28 days), customers (of the segment with any purchase).
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
