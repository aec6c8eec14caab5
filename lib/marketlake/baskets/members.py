"""Whose baskets are mined together: all, and those of each segment, store and channel."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.baskets.mining import SCOPE

ALL = "all"


def by_member(baskets: DataFrame, segments: DataFrame, events: DataFrame, dimensions: Sequence[str]) -> DataFrame:
    """Each basket once for all customers, and once for each dimension in which it is known where it belongs.

    Args:
        baskets: `by_level.baskets`.
        segments: gold.customer_segments of one run date.
        events: silver.events; an order that ends a visit is of the web or the app, any other is of a store.
        dimensions: of segment, store, channel.

    Returns:
        level, dimension, member, is_next, items, uncut_size.
    """
    known = baskets.withColumnRenamed("store_id", "store")
    if "segment" in dimensions:
        known = known.join(segments.select("customer_id", "segment"), "customer_id", "left")
    if "channel" in dimensions:
        known = known.join(_channels(events), "order_id", "left").fillna("store", ["channel"])
    members = [(F.lit(ALL), F.lit(ALL)), *((F.lit(name), F.col(name)) for name in dimensions)]
    each = F.explode(F.array(*(F.struct(name.alias("dimension"), of.alias("member")) for name, of in members)))
    return (
        known.select("level", each.alias("of"), "is_next", "items", "uncut_size")
        .select("level", "of.dimension", "of.member", "is_next", "items", "uncut_size")
        .where("member is not null")
    )


def sizes(baskets: DataFrame, largest: int) -> DataFrame:
    """How much there is of each scope.

    Args:
        baskets: `by_member`.
        largest: items of a basket; those that had more were cut.

    Returns:
        level, dimension, member, baskets and items (of the period that is mined), next_baskets, cut.
    """
    mined = F.expr("not is_next").cast("bigint")
    return baskets.groupBy(*SCOPE).agg(
        F.sum(mined).alias("baskets"),
        F.sum(mined * F.size("items")).alias("items"),
        F.sum(F.col("is_next").cast("bigint")).alias("next_baskets"),
        F.sum((F.col("uncut_size") > largest).cast("bigint")).alias("cut"),
    )


def _channels(events: DataFrame) -> DataFrame:
    channel = F.when(F.col("platform") == "web", "web").otherwise("app")
    bought = events.where("event_type = 'purchase' and order_id is not null")
    return bought.groupBy("order_id").agg(F.min(channel).alias("channel"))
