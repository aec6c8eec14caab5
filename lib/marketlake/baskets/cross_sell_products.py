"""Products that may be suggested for a basket, with margin and stock."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.definitions.sellable_products import is_on_sale, stock_on_hand


def cross_sell_products(
    baskets: DataFrame, products: DataFrame, stock_levels: DataFrame, *, as_of: date, min_count: int
) -> DataFrame:
    """Products on sale that are in enough baskets of the mined period.

    Args:
        baskets: `build_baskets`.
        products: silver.products.
        stock_levels: silver.stock_levels.
        as_of: first day that is not known.
        min_count: baskets.

    Returns:
        product_id, name (its type, else its id), share (of baskets that hold it), margin (list price less cost,
        currency; null when one is missing), units (in all stores, on the latest day when it was counted; null when it
        never was).
    """
    mined = baskets.where("level = 'product' and not is_holdout")
    sold = (
        mined.select(F.explode("items").alias("product_id"))
        .groupBy("product_id")
        .agg(F.count("*").alias("count"))
        .where(F.col("count") >= min_count)
    )
    return (
        sold.join(products, "product_id", "left")
        .join(stock_on_hand(stock_levels), "product_id", "left")
        .crossJoin(F.broadcast(mined.agg(F.count("*").alias("baskets"))))
        .where(is_on_sale(as_of))
        .select(
            "product_id",
            F.coalesce(F.lower("product_type"), "product_id").alias("name"),
            (F.col("count") / F.col("baskets")).alias("share"),
            (F.col("list_price") - F.col("cost")).cast("double").alias("margin"),
            "units",
        )
    )
