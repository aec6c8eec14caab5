"""What may be offered beside a basket: the products that were sold, with margin and stock."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def offered(baskets: DataFrame, products: DataFrame, stock: DataFrame, *, as_of: date, min_count: int) -> DataFrame:
    """Products in at least so many baskets of the period that is mined.

    Args:
        baskets: `by_level.baskets`.
        products: silver.products.
        stock: silver.stock_levels.
        as_of: first day that is not known.
        min_count: baskets.

    Returns:
        product_id, name (its type, else its id), share (of baskets that hold it), margin (list price less cost,
        currency; missing when one is), units (in all places, on the newest day when it was counted; missing when it
        never was). Products that have ended are absent.
    """
    mined = baskets.where("level = 'product' and not is_next")
    sold = (
        mined.select(F.explode("items").alias("product_id"))
        .groupBy("product_id")
        .agg(F.count("*").alias("count"))
        .where(F.col("count") >= min_count)
    )
    newest = stock.groupBy("product_id").agg(F.max("stock_date").alias("stock_date"))
    counted = stock.join(newest, ["product_id", "stock_date"], "left_semi")
    units = counted.groupBy("product_id").agg(F.sum("units").cast("bigint").alias("units"))
    ended = F.coalesce(F.col("end_date") < F.lit(as_of), F.lit(False))
    return (
        sold.join(products, "product_id", "left")
        .join(units, "product_id", "left")
        .crossJoin(F.broadcast(mined.agg(F.count("*").alias("baskets"))))
        .where(~ended)
        .select(
            "product_id",
            F.coalesce(F.lower("product_type"), "product_id").alias("name"),
            (F.col("count") / F.col("baskets")).alias("share"),
            (F.col("list_price") - F.col("cost")).cast("double").alias("margin"),
            "units",
        )
    )
