"""A customer's profile on a day: totals of the purchases, and measures derived from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.profiles.prices import price_index
from marketlake.profiles.purchases import TOTALS
from marketlake.tables.customers import DEMOGRAPHICS
from marketlake.tables.profiles import CUSTOMER_PROFILES
from marketlake.tables.table import MONEY


def build_profiles(
    totals: DataFrame,
    customers: DataFrame,
    redemptions: DataFrame,
    *,
    run_date: date,
    mean_prices: Mapping[str, float],
    tier_cuts: Sequence[float],
) -> DataFrame:
    """gold.customer_profiles of one run date.

    Args:
        totals: `purchases.TOTALS` up to the day.
        customers: silver.customers, for demographics.
        redemptions: silver.coupon_redemptions up to the day.
        run_date: last day of data included.
        mean_prices: `prices.mean_prices` of the same totals.
        tier_cuts: a price index below the first is budget, above the second premium.

    Returns:
        one row per customer of `totals`, in the columns of the table.
    """
    as_of = F.lit(run_date + timedelta(days=1))
    used = redemptions.groupBy("customer_id").agg(F.count(F.lit(1)).alias("coupon_redemption_count"))
    derived = {
        "run_date": F.lit(run_date),
        "net_sales": (F.col("gross_sales") - F.col("returns_amount")).cast(MONEY),
        "recency_days": F.date_diff(as_of, "last_order_date"),
        "tenure_days": F.date_diff(as_of, "first_order_date"),
        "average_order_amount": F.try_divide("gross_sales", "order_count").cast(MONEY),
        "discount_share": _share("discount_amount", F.col("gross_sales") + F.col("discount_amount")),
        "coupon_redemption_count": F.coalesce("coupon_redemption_count", F.lit(0).cast("bigint")),
        "private_label_share": _share("private_label_amount", F.col("gross_sales")),
        "store_count": F.size("orders_by_store"),
        "favourite_hour": _position_of_maximum("orders_by_hour") - 1,
        "favourite_weekday": _position_of_maximum("orders_by_weekday"),
        "favourite_store_id": _key_of_maximum("orders_by_store", F.map_values("orders_by_store")),
        "category_count": F.size("by_category"),
        "favourite_category": _key_of_maximum("by_category", F.map_values("by_category")["net_amount"]),
        "brand_count": F.size("brands"),
        "product_count": F.size("products"),
        "price_index": price_index("by_category", mean_prices),
    }
    demographics = customers.select("customer_id", *(column.name for column in DEMOGRAPHICS))
    return (
        totals.select(*TOTALS)
        .join(used, "customer_id", "left")
        .join(demographics, "customer_id", "left")
        .withColumns(derived)
        .withColumn("price_tier", _tier(F.col("price_index"), tier_cuts))
        .select(*CUSTOMER_PROFILES.column_names)
    )


def _share(part: str, whole: Column) -> Column:
    return F.try_divide(F.col(part).cast("double"), whole.cast("double"))


def _position_of_maximum(column: str) -> Column:
    """Position, from 1, of the largest count (the first of equals); null when all are 0."""
    most = F.array_max(column)
    return F.when(most > 0, F.array_position(column, most).cast("int"))


def _key_of_maximum(column: str, values: Column) -> Column:
    """The key with the largest value; maps are sorted by key, and the first of equals wins."""
    return F.try_element_at(F.map_keys(column), F.array_position(values, F.array_max(values)).cast("int"))


def _tier(index: Column, cuts: Sequence[float]) -> Column:
    low, high = cuts
    return F.when(index < low, "budget").when(index > high, "premium").when(index.isNotNull(), "middle")
