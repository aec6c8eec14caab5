"""Baskets from order lines: what was in each, at every level of the product tree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

COLUMNS = ("order_id", "customer_id", "store_id", "level", "is_next", "items", "uncut_size")


def baskets(
    lines: DataFrame,
    products: DataFrame,
    *,
    levels: Sequence[str],
    start: date,
    next_from: date,
    as_of: date,
    largest: int,
) -> DataFrame:
    """The items of each order at each level, once each.

    An order with more than `largest` items (a canteen's, a reseller's) is cut to those of them that most orders hold:
    it would have 2^n sets, and what few others buy could not be frequent anyway.

    Args:
        lines: silver.order_lines.
        products: silver.products.
        levels: of product, product_type, category; products without one are not in its baskets.
        start: first day that counts.
        next_from: first day of the period in which rules are tried.
        as_of: first day that is not known.
        largest: items of a basket at most.

    Returns:
        `COLUMNS`: items is an array of strings, sorted by nothing; uncut_size the number of items before the cut.
        Lines without quantity (coupons, deposits) are left out.
    """
    goods = lines.where("quantity > 0").where(
        (F.col("order_date") >= F.lit(start)) & (F.col("order_date") < F.lit(as_of))
    )
    tree = [level for level in levels if level != "product"]
    named = goods.join(products.select("product_id", *tree), "product_id", "left")
    # One collection for all levels: each of its own would sort all lines again.
    sold = F.collect_list(F.struct(F.col("product_id").alias("product"), *tree))
    orders = named.groupBy("order_id", "order_date").agg(
        F.max("customer_id").alias("customer_id"), F.max("store_id").alias("store_id"), sold.alias("sold")
    )
    of_level = [F.struct(F.lit(level).alias("level"), _names(level).alias("items")) for level in levels]
    is_next = F.col("order_date") >= F.lit(next_from)
    every = (
        orders.select(
            "order_id", "customer_id", "store_id", is_next.alias("is_next"), F.explode(F.array(*of_level)).alias("of")
        )
        .select(
            "order_id",
            "customer_id",
            "store_id",
            "of.level",
            "is_next",
            "of.items",
            F.size("of.items").alias("uncut_size"),
        )
        .where("uncut_size > 0")
    )
    return every.where(F.col("uncut_size") <= largest).unionByName(_cut(every, largest))


def _names(level: str) -> Column:
    return F.array_compact(F.array_distinct(F.col(f"sold.{level}")))


def _cut(every: DataFrame, largest: int) -> DataFrame:
    """The baskets that are too large, with their most common items; of equally common ones the first by name."""
    item = F.explode("items").alias("item")
    common = every.select("level", item).groupBy("level", "item").agg(F.count("*").alias("orders"))
    giants = every.where(F.col("uncut_size") > largest).select(*(set(COLUMNS) - {"items"}), item)
    basket = ("level", "order_id")
    place = F.row_number().over(Window.partitionBy(*basket).orderBy(F.desc("orders"), "item"))
    kept = giants.join(common, ["level", "item"]).withColumn("place", place).where(F.col("place") <= largest)
    others = [F.first(name).alias(name) for name in COLUMNS if name not in (*basket, "items")]
    return kept.groupBy(*basket).agg(F.collect_set("item").alias("items"), *others).select(*COLUMNS)
