"""Additive totals of a customer's purchases: the part of a profile that can be updated with one more day.

Every column is a sum, a minimum, a maximum, a set, or a map of sums, so that the totals of two periods combine into
those of both (`add_totals`). A day's profile is then yesterday's plus one day's orders, however long the history.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.profiles.lines import sum_lines
from marketlake.profiles.orders import sum_orders
from marketlake.profiles.returns import sum_returns
from marketlake.tables.table import MONEY, QUANTITY

SUMS = (
    "order_count",
    "active_days",
    "quantity",
    "gross_sales",
    "returns_amount",
    "return_count",
    "discount_amount",
    "coupon_amount",
    "coupon_order_count",
    "private_label_amount",
)
SETS = ("brands", "products")
TOTALS = (
    "customer_id",
    "first_order_date",
    "last_order_date",
    *SUMS,
    "orders_by_hour",
    "orders_by_weekday",
    "orders_by_store",
    "by_category",
    *SETS,
)


def sum_purchases(orders: DataFrame, lines: DataFrame, products: DataFrame, returns: DataFrame) -> DataFrame:
    """Totals of a period's purchases and returns, one row per customer.

    Args:
        orders: silver.orders of the period, of whole days; orders without a customer are left out.
        lines: silver.order_lines of the same days.
        products: silver.products.
        returns: silver.returns of the same days.

    Returns:
        the columns `TOTALS`, as gold.customer_profiles describes them; arrays and maps sorted.
    """
    has_customer = F.col("customer_id").isNotNull()
    order_totals = sum_orders(orders.where(has_customer))
    line_totals = sum_lines(lines.where(has_customer), products)
    bought = order_totals.join(line_totals, "customer_id", "left")
    returned = sum_returns(returns.where(has_customer))
    return bought.join(returned, "customer_id", "full").withColumns(_without_orders()).select(*TOTALS)


def _without_orders() -> dict[str, Column]:
    """Counts and sums of a customer who returned and did not buy, or bought and did not return: 0, and not missing."""
    zeros = {"orders_by_hour": F.array_repeat(F.lit(0).cast("bigint"), 24)}
    zeros["orders_by_weekday"] = F.array_repeat(F.lit(0).cast("bigint"), 7)
    zeros["orders_by_store"] = F.create_map().cast("map<string,bigint>")
    zeros |= {name: F.lit(0).cast("bigint") for name in ("active_days", "coupon_order_count")}
    zeros |= {"gross_sales": F.lit(0).cast(MONEY), "quantity": F.lit(0).cast(QUANTITY)}
    bought_nothing = F.isnull("first_order_date")
    return {
        **{name: F.when(bought_nothing, zero).otherwise(F.col(name)) for name, zero in zeros.items()},
        "order_count": F.coalesce("order_count", F.lit(0).cast("bigint")),
        "returns_amount": F.coalesce("returns_amount", F.lit(0).cast(MONEY)),
        "return_count": F.coalesce("return_count", F.lit(0).cast("bigint")),
    }


def add_totals(earlier: DataFrame, later: DataFrame) -> DataFrame:
    """Combines the totals of two periods into those of both.

    Args:
        earlier: `TOTALS` of the first period.
        later: `TOTALS` of the second; small (one day's customers), since it is broadcast.

    Returns:
        the columns `TOTALS`.
    """
    new = later.select(*(F.col(name).alias(f"new_{name}") for name in TOTALS))
    both = earlier.join(F.broadcast(new), F.col("customer_id") == F.col("new_customer_id"), "left")
    bought_again = F.col("new_customer_id").isNotNull()
    combined = both.select(
        "customer_id",
        *(F.when(bought_again, _combined(name)).otherwise(F.col(name)).alias(name) for name in TOTALS[1:]),
    )
    first_orders = later.join(earlier.select("customer_id"), "customer_id", "left_anti")
    return combined.unionByName(first_orders)


def _combined(name: str) -> Column:
    old, new = F.col(name), F.col(f"new_{name}")
    zero = F.lit(0)
    ways = {
        "first_order_date": lambda: F.least(old, new),
        "last_order_date": lambda: F.greatest(old, new),
        "orders_by_hour": lambda: F.zip_with(old, new, lambda a, b: a + b),
        "orders_by_weekday": lambda: F.zip_with(old, new, lambda a, b: a + b),
        "orders_by_store": lambda: _merged_map(old, new, lambda _, a, b: F.coalesce(a, zero) + F.coalesce(b, zero)),
        "by_category": lambda: _merged_map(old, new, _added_category),
        **dict.fromkeys(SETS, lambda: F.coalesce(F.sort_array(F.array_union(old, new)), old, new)),
        **dict.fromkeys(SUMS, lambda: F.coalesce(old + new, old, new)),
    }
    total = ways[name]()
    if name in ("gross_sales", "quantity") or name.endswith("_amount"):
        return total.cast(QUANTITY if name == "quantity" else MONEY)
    return total


def _added_category(_: Column, a: Column, b: Column) -> Column:
    zero = F.lit(0)
    return F.struct(
        (F.coalesce(a["net_amount"], zero) + F.coalesce(b["net_amount"], zero)).cast(MONEY).alias("net_amount"),
        (F.coalesce(a["quantity"], zero) + F.coalesce(b["quantity"], zero)).cast(QUANTITY).alias("quantity"),
    )


def _merged_map(old: Column, new: Column, add_values) -> Column:  # type: ignore[no-untyped-def]
    return F.coalesce(_sorted_map(F.map_entries(F.map_zip_with(old, new, add_values))), old, new)


def _sorted_map(entries: Column) -> Column:
    return F.map_from_entries(F.sort_array(entries))
