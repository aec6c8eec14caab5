"""Products that the retailer can sell on a day, and the stock on hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


def sellable_products(
    products: DataFrame, stock_levels: DataFrame, *, as_of: date, excluded: Sequence[str] = ()
) -> DataFrame:
    """Products of the catalogue that are on sale and not out of stock.

    A product whose stock was never counted is taken to be in stock.

    Args:
        products: silver.products.
        stock_levels: silver.stock_levels.
        as_of: first day that is not known (UTC).
        excluded: product ids that are left out.

    Returns:
        product_id.
    """
    out_of_stock = stock_on_hand(stock_levels).where("units = 0").select("product_id")
    is_allowed = ~F.col("product_id").isin(list(excluded))
    on_sale = products.where(is_allowed & is_on_sale(as_of)).select("product_id")
    return on_sale.join(out_of_stock, "product_id", "left_anti")


def is_on_sale(as_of: date) -> Column:
    """Condition on silver.products: launched by a day and not ended before it.

    A missing launch or end date sets no limit, so products that are missing from the catalogue (a left join) pass too.
    """
    is_out = (F.col("end_date") < F.lit(as_of)) | (F.col("launch_date") > F.lit(as_of))
    return ~F.coalesce(is_out, F.lit(False))


def stock_on_hand(stock_levels: DataFrame) -> DataFrame:
    """Units of each product over all stores, on the latest day when the product was counted anywhere.

    Args:
        stock_levels: silver.stock_levels.

    Returns:
        product_id, units; products that were never counted are absent.
    """
    latest = stock_levels.groupBy("product_id").agg(F.max("stock_date").alias("stock_date"))
    counted = stock_levels.join(latest, ["product_id", "stock_date"], "left_semi")
    return counted.groupBy("product_id").agg(F.sum("units").cast("bigint").alias("units"))
