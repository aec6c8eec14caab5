"""Baskets from order lines, at every level of the product tree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from marketlake.tables.orders import ORDER_KEY

COLUMNS = (*ORDER_KEY, "customer_id", "store_id", "level", "is_holdout", "items", "full_size")


def build_baskets(
    lines: DataFrame,
    products: DataFrame,
    *,
    levels: Sequence[str],
    start: date,
    holdout_start: date,
    as_of: date,
    max_size: int,
) -> DataFrame:
    """The distinct items of each order at each level.

    An order with more than `max_size` items (a canteen's, a reseller's) is truncated to those that most orders hold:
    it would have 2^n itemsets, and its rare items could not be frequent anyway.

    Args:
        lines: silver.order_lines.
        products: silver.products.
        levels: of product, product_type, category; products without one are absent from its baskets.
        start: first day that counts.
        holdout_start: first day of the holdout period, on which rules are tested.
        as_of: first day that is not known.
        max_size: items of a basket.

    Returns:
        `COLUMNS`: items is an array of strings in no order; full_size is the number of items before truncation.
        Lines without quantity (coupons, deposits) are left out.
    """
    goods = lines.where("quantity > 0").where(
        (F.col("booked_date") >= F.lit(start)) & (F.col("booked_date") < F.lit(as_of))
    )
    tree = [level for level in levels if level != "product"]
    with_tree = goods.join(products.select("product_id", *tree), "product_id", "left")
    # One collection for all levels: each of its own would sort all lines again.
    sold = F.collect_list(F.struct(F.col("product_id").alias("product"), *tree))
    orders = with_tree.groupBy(*ORDER_KEY).agg(
        F.max("booked_date").alias("booked_date"),
        F.max("customer_id").alias("customer_id"),
        F.max("store_id").alias("store_id"),
        sold.alias("sold"),
    )
    by_level = [F.struct(F.lit(level).alias("level"), _distinct_items(level).alias("items")) for level in levels]
    is_holdout = F.col("booked_date") >= F.lit(holdout_start)
    order_columns = (*ORDER_KEY, "customer_id", "store_id")
    baskets = (
        orders.select(*order_columns, is_holdout.alias("is_holdout"), F.explode(F.array(*by_level)).alias("_at"))
        .select(*order_columns, "_at.level", "is_holdout", "_at.items", F.size("_at.items").alias("full_size"))
        .where("full_size > 0")
    )
    return baskets.where(F.col("full_size") <= max_size).unionByName(_truncate(baskets, max_size))


def _distinct_items(level: str) -> Column:
    return F.array_compact(F.array_distinct(F.col(f"sold.{level}")))


def _truncate(baskets: DataFrame, max_size: int) -> DataFrame:
    """Oversized baskets with their most common items; ties are broken by name."""
    item = F.explode("items").alias("item")
    common = baskets.select("level", item).groupBy("level", "item").agg(F.count("*").alias("orders"))
    oversized = baskets.where(F.col("full_size") > max_size).select(*(set(COLUMNS) - {"items"}), item)
    basket = ("level", *ORDER_KEY)
    rank = F.row_number().over(Window.partitionBy(*basket).orderBy(F.desc("orders"), "item"))
    top = oversized.join(common, ["level", "item"]).withColumn("_rank", rank).where(F.col("_rank") <= max_size)
    others = [F.first(name).alias(name) for name in COLUMNS if name not in (*basket, "items")]
    return top.groupBy(*basket).agg(F.collect_set("item").alias("items"), *others).select(*COLUMNS)
