"""What can be added up of a customer's purchases: the part of a profile that one more day only adds to.

Every column is a sum, a minimum, a maximum, a set, or a map of sums, so that the totals of two periods combine into
those of both (`add`). A day's profile is then yesterday's plus one day's orders, whatever the length of the history.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.profiles.lines import SETS, by_customer, cents, money
from marketlake.tables.table import MONEY

UNKNOWN = "UNKNOWN"
SUMS = (
    "order_count",
    "active_days",
    "quantity",
    "net_amount",
    "discount_amount",
    "coupon_amount",
    "coupon_order_count",
    "private_label_amount",
)
AMOUNTS = ("net_amount", "discount_amount", "coupon_amount")
ORDER_SUMS = ("quantity", "coupon_order_count", *AMOUNTS)
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


def totals(orders: DataFrame, lines: DataFrame, products: DataFrame) -> DataFrame:
    """Everything of a period's purchases that adds up, a row a customer.

    Args:
        orders: silver.orders of the period, of whole days; orders without a customer are left out.
        lines: silver.order_lines of the same days.
        products: silver.products; broadcast, since only its ids, categories and brands are used.

    Returns:
        the columns `TOTALS`, as gold.customer_profiles describes them; arrays and maps sorted.
    """
    known = F.col("customer_id").isNotNull()
    from_orders = _from_orders(orders.where(known))
    lines = lines.where(known).select("customer_id", "product_id", "quantity", cents("net_amount").alias("cents"))
    named = F.broadcast(products.select("product_id", "category", "brand", "is_private_label"))
    bought = lines.join(named, "product_id", "left").withColumns(
        {
            "category": F.coalesce("category", F.lit(UNKNOWN)),
            "is_private_label": F.coalesce("is_private_label", F.lit(False)),
        }
    )
    return from_orders.join(by_customer(bought), "customer_id", "left").select(*_typed())


def add(earlier: DataFrame, later: DataFrame) -> DataFrame:
    """The totals of two periods as those of both.

    Args:
        earlier: `TOTALS` of the first period.
        later: `TOTALS` of the second; small, since it is broadcast: one day's customers.

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


def _from_orders(orders: DataFrame) -> DataFrame:
    # Counted by store, by hour, by weekday and by day in one pass: a column for each hour would be some thirty
    # counters a row, too large a method for Java to compile.
    keys = ("store", "local_hour", "local_weekday", "order_date")
    counted = (
        orders.select(
            "customer_id",
            F.coalesce("store_id", F.lit(UNKNOWN)).alias("store"),
            *keys[1:],
            "quantity",
            *(cents(name).alias(name) for name in AMOUNTS),
            F.coalesce(F.col("coupon_amount") > 0, F.lit(False)).cast("bigint").alias("coupon_order_count"),
        )
        .groupingSets([["customer_id", key] for key in keys], "customer_id", *keys)
        .agg(
            *((F.grouping(key) == 0).alias(f"is_by_{key}") for key in keys),
            F.count(F.lit(1)).alias("orders"),
            *(F.sum(name).alias(f"{name}_sum") for name in ORDER_SUMS),
        )
    )
    return (
        counted.groupBy("customer_id")
        .agg(
            F.min("order_date").alias("first_order_date"),
            F.max("order_date").alias("last_order_date"),
            F.count_if("is_by_order_date").alias("active_days"),
            F.sum(F.when(F.col("is_by_store"), F.col("orders"))).alias("order_count"),
            *(F.sum(F.when(F.col("is_by_store"), F.col(f"{name}_sum"))).alias(name) for name in ORDER_SUMS),
            _counts("local_hour", 0, 23).alias("orders_by_hour"),
            _counts("local_weekday", 1, 7).alias("orders_by_weekday"),
            _sorted_map(_entries("store")).alias("orders_by_store"),
        )
        .withColumns({name: money(F.col(name)) for name in AMOUNTS})
    )


def _entries(key: str) -> Column:
    """Keys with their orders, in no order; orders without the key are left out."""
    counted = F.col(f"is_by_{key}") & F.col(key).isNotNull()
    return F.collect_list(F.when(counted, F.struct(key, "orders")))


def _counts(key: str, first: int, last: int) -> Column:
    orders = F.map_from_entries(_entries(key))
    none = F.lit(0).cast("bigint")
    return F.transform(F.sequence(F.lit(first), F.lit(last)), lambda n: F.coalesce(F.try_element_at(orders, n), none))


def _typed() -> list[Column]:
    types = {"quantity": "bigint", "active_days": "bigint", "order_count": "bigint", "coupon_order_count": "bigint"}
    money = ("net_amount", "discount_amount", "coupon_amount", "private_label_amount")
    types |= dict.fromkeys(money, MONEY)
    return [F.col(name).cast(types[name]).alias(name) if name in types else F.col(name) for name in TOTALS]


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
        **dict.fromkeys(SETS, lambda: F.coalesce(F.array_sort(F.array_union(old, new)), old, new)),
        **dict.fromkeys(SUMS, lambda: F.coalesce(old + new, old, new)),
    }
    total = ways[name]()
    return total.cast(MONEY) if name.endswith("_amount") else total


def _added_category(_: Column, a: Column, b: Column) -> Column:
    zero = F.lit(0)
    return F.struct(
        (F.coalesce(a["net_amount"], zero) + F.coalesce(b["net_amount"], zero)).cast(MONEY).alias("net_amount"),
        (F.coalesce(a["quantity"], zero) + F.coalesce(b["quantity"], zero)).alias("quantity"),
    )


def _merged_map(old: Column, new: Column, add_values) -> Column:  # type: ignore[no-untyped-def]
    return F.coalesce(_sorted_map(F.map_entries(F.map_zip_with(old, new, add_values))), old, new)


def _sorted_map(entries: Column) -> Column:
    return F.map_from_entries(F.array_sort(entries))
