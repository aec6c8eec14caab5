"""Scopes: the baskets that are mined together, those of all customers and those of each segment, store and channel."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.definitions.order_channel import order_channel

SCOPE = ("level", "scope_type", "scope_value")
ALL = "all"


def by_scope(baskets: DataFrame, segments: DataFrame, events: DataFrame, scope_types: Sequence[str]) -> DataFrame:
    """Each basket once for all customers, and once for each scope type in which its value is known.

    Args:
        baskets: `build_baskets`.
        segments: gold.customer_segments of one run date and scheme.
        events: silver.events.
        scope_types: of segment, store, channel.

    Returns:
        level, scope_type, scope_value, is_holdout, items, full_size.
    """
    described = baskets.withColumnRenamed("store_id", "store")
    if "segment" in scope_types:
        described = described.join(segments.select("customer_id", "segment"), "customer_id", "left")
    if "channel" in scope_types:
        described = order_channel(described, events)
    values = [(F.lit(ALL), F.lit(ALL)), *((F.lit(name), F.col(name)) for name in scope_types)]
    structs = [F.struct(name.alias("scope_type"), value.alias("scope_value")) for name, value in values]
    return (
        described.select("level", F.explode(F.array(*structs)).alias("_scope"), "is_holdout", "items", "full_size")
        .select("level", "_scope.scope_type", "_scope.scope_value", "is_holdout", "items", "full_size")
        .where("scope_value is not null")
    )


def scope_sizes(baskets: DataFrame, max_size: int) -> DataFrame:
    """Numbers of baskets and items of each scope.

    Args:
        baskets: `by_scope`.
        max_size: items of a basket; larger ones were truncated.

    Returns:
        level, scope_type, scope_value, baskets and items (of the period that is mined), holdout_baskets, truncated,
        and content (decimal, a hash: scopes of the same baskets have the same).
    """
    is_mined = F.expr("not is_holdout").cast("bigint")
    return baskets.groupBy(*SCOPE).agg(
        F.sum(is_mined).alias("baskets"),
        F.sum(is_mined * F.size("items")).alias("items"),
        F.sum(F.col("is_holdout").cast("bigint")).alias("holdout_baskets"),
        F.sum((F.col("full_size") > max_size).cast("bigint")).alias("truncated"),
        F.sum(F.xxhash64("items", "is_holdout").cast("decimal(20,0)")).alias("content"),
    )


def without_repeats(scopes: pd.DataFrame) -> pd.DataFrame:
    """The scopes whose baskets are not those of an earlier one: the only store has the baskets of all customers.

    Args:
        scopes: `scope_sizes`.

    Returns:
        all customers first, then by type and value.
    """
    is_part = scopes["scope_type"] != ALL
    ordered = scopes.assign(_is_part=is_part).sort_values(["level", "_is_part", "scope_type", "scope_value"])
    return ordered.drop_duplicates(["level", "baskets", "items", "holdout_baskets", "content"]).drop(columns="_is_part")
