"""Sales statistics of each product up to a day, from the pairs of customers and products."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.definitions.sellable_products import is_on_sale
from marketlake.recommend.data.catalogue import STATISTICS, WINDOWS

UNKNOWN = "UNKNOWN"
PRIOR_BUYERS, PRIOR_RETURNERS, PRIOR_GAP_DAYS = 5, 1, 60  # priors, towards which products with few buyers are shrunk


def product_statistics(pairs: DataFrame, products: DataFrame, *, as_of: date, min_buyers: int) -> DataFrame:
    """A row for each product that is sold.

    Args:
        pairs: `pairs.build_pairs` up to the day.
        products: silver.products.
        as_of: first day that is not counted.
        min_buyers: with fewer customers in the last 90 days a product does not count as sold.

    Returns:
        product_id, product_type, category; buyers and buyers_7, _14, _28, _90 (customers, of the last so many days);
        repeat_share (share of buyers with several order days; shrunk towards 1 in 5), gap_days (mean days between them;
        shrunk towards 60); age_days since its first sale; discount_share of all its sales, and of the last 14 days.
        Products that have ended or are not launched are absent.
    """
    again = F.col("order_days") > 1
    gap = (F.col("days_since_first_order") - F.col("days_since_last_order")) / (F.col("order_days") - 1)
    buyers, returners = F.count(F.lit(1)), F.count_if(again)
    totals = (
        pairs.where("order_days > 0")
        .groupBy("product_id")
        .agg(
            *(F.count_if(F.col("days_since_last_order") < days).alias(f"buyers_{days}") for days in WINDOWS),
            buyers.alias("buyers"),
            ((returners + PRIOR_RETURNERS) / (buyers + PRIOR_BUYERS)).alias("repeat_share"),
            # Rounded, since the last digits of a sum depend on the order in which rows arrive.
            F.round((F.sum(F.when(again, gap).otherwise(0.0)) + 2 * PRIOR_GAP_DAYS) / (returners + 2), 6).alias(
                "gap_days"
            ),
            F.max("days_since_first_order").alias("age_days"),
            _share("discount_amount", "list_amount").alias("discount_share"),
            _share("recent_discount_amount", "recent_list_amount").alias("recent_discount_share"),
        )
        .where(F.col("buyers_90") >= min_buyers)
    )
    known = products.select("product_id", "product_type", "category", is_on_sale(as_of).alias("_is_on_sale"))
    return (
        totals.join(known, "product_id", "left")
        .where(F.coalesce("_is_on_sale", F.lit(True)))
        .fillna(UNKNOWN, ["product_type", "category"])
        .select("product_id", "product_type", "category", *STATISTICS)
    )


def _share(part: str, whole: str) -> Column:
    return F.round(F.coalesce(F.try_divide(F.sum(part), F.sum(whole)), F.lit(0.0)), 6)
