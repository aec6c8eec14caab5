"""Pairs of a customer and a product with their interactions up to a day: the frame that every method reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.recommend.data.customer_batch import HALF_LIVES
from marketlake.recommend.data.interactions import KINDS, ORDER

RECENT_DAYS = 14
DIGITS = 9
COLUMNS = (
    "customer_id",
    "product_id",
    "order_days",
    "days_since_first_order",
    "days_since_last_order",
    *(f"decayed_orders_{days}d" for days in HALF_LIVES),
    "interaction_weight",
    "list_amount",
    "discount_amount",
    "recent_list_amount",
    "recent_discount_amount",
)


def aggregate_by_day(interactions: DataFrame, weights: Mapping[str, float]) -> DataFrame:
    """Interactions of each customer and product by kind and day.

    Lines are shuffled once, by customer. Kept in memory, it serves the pairs of many days without another shuffle.

    Args:
        interactions: `interactions.COLUMNS`.
        weights: weight of an interaction of each kind.

    Returns:
        customer_id, product_id, kind, happened_on; listed and discounted (double, currency: list and discount amounts
        of its lines). Interactions without a weight are left out.

    Raises:
        ValueError: a weight of an unknown kind.
    """
    unknown = set(weights) - set(KINDS)
    if unknown:
        raise ValueError(f"no such interaction: {', '.join(sorted(unknown))}; known: {', '.join(KINDS)}")
    wanted = [kind for kind, weight in weights.items() if weight > 0]
    amount = F.coalesce("net_amount", F.lit(0)).cast("double")
    discount = F.coalesce("discount_amount", F.lit(0)).cast("double")
    return (
        interactions.where(F.col("kind").isin(wanted))
        .repartition("customer_id")
        .groupBy("customer_id", "product_id", "kind", "happened_on")
        .agg(F.sum(amount + discount).alias("listed"), F.sum(discount).alias("discounted"))
    )


def build_pairs(by_day: DataFrame, *, as_of: date, weights: Mapping[str, float], half_life_days: float) -> DataFrame:
    """The interactions of each customer and product before a day, summed up.

    Args:
        by_day: of the same weights.
        as_of: first day that is not counted (UTC).
        weights: weight of an interaction of each kind.
        half_life_days: age at which an interaction is worth half, for `interaction_weight`.

    Returns:
        customer_id, product_id; order_days (days with an order of the product); days_since_first_order and
        days_since_last_order (up to the day before `as_of`; 0 is that day); decayed_orders_Hd (days with an order, each
        worth half after H days); interaction_weight (all interactions, weighted and decayed); list and discount amounts
        of the order lines (double, currency), of all time and of the last 14 days. Pairs without weight are left out.
    """
    age = F.date_diff(F.lit(as_of), "happened_on") - 1
    known = by_day.where(F.col("happened_on") < F.lit(as_of)).withColumn("age", age)
    is_order = F.col("kind") == ORDER
    recent = F.col("age") < RECENT_DAYS
    return (
        known.groupBy("customer_id", "product_id")
        .agg(
            F.count_if(is_order).alias("order_days"),
            F.max(F.when(is_order, F.col("age"))).alias("days_since_first_order"),
            F.min(F.when(is_order, F.col("age"))).alias("days_since_last_order"),
            *(_total(_decayed(days), is_order).alias(f"decayed_orders_{days}d") for days in HALF_LIVES),
            _total(_weight(weights) * _decayed(half_life_days)).alias("interaction_weight"),
            _total(F.col("listed")).alias("list_amount"),
            _total(F.col("discounted")).alias("discount_amount"),
            _total(F.col("listed"), recent).alias("recent_list_amount"),
            _total(F.col("discounted"), recent).alias("recent_discount_amount"),
        )
        .select(*COLUMNS)
    )


def _decayed(half_life_days: float) -> Column:
    return F.pow(F.lit(0.5), F.col("age") / half_life_days)


def _total(value: Column, where: Column | None = None) -> Column:
    """A rounded sum: its last digits would depend on the order in which rows arrive."""
    return F.round(F.sum(value if where is None else F.when(where, value).otherwise(0.0)), DIGITS)


def _weight(weights: Mapping[str, float]) -> Column:
    worth = F.lit(0.0)
    for kind, weight in weights.items():
        worth = F.when(F.col("kind") == kind, F.lit(float(weight))).otherwise(worth)
    return worth
