"""What can be added up of a customer's purchases: the part of a profile that one more day only adds to.

Every column is a sum, a minimum, a maximum, a set, or a map of sums, so that the totals of two periods combine into
those of both (`add`). A day's profile is then yesterday's plus one day's orders, whatever the length of the history.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

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
    lines = lines.where(known).select("customer_id", "product_id", "quantity", "net_amount")
    named = F.broadcast(products.select("product_id", "category", "brand", "is_private_label"))
    bought = lines.join(named, "product_id", "left")
    by_category = _by_category(bought)
    return (
        from_orders.join(by_category, "customer_id", "left")
        .join(_sets(bought), "customer_id", "left")
        .select(*_typed())
    )


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
    # By store first: what is left to combine is a few rows a customer, and the map of stores comes by the way.
    by_store = orders.groupBy("customer_id", F.coalesce("store_id", F.lit(UNKNOWN)).alias("store")).agg(
        F.min("order_date").alias("first_order_date"),
        F.max("order_date").alias("last_order_date"),
        F.count(F.lit(1)).alias("order_count"),
        F.collect_set("order_date").alias("days"),
        *(F.sum(name).alias(name) for name in ("quantity", "net_amount", "discount_amount", "coupon_amount")),
        F.count_if(F.col("coupon_amount") > 0).alias("coupon_order_count"),
        *(F.count_if(F.col("local_hour") == hour).alias(f"hour_{hour}") for hour in range(24)),
        *(F.count_if(F.col("local_weekday") == day).alias(f"day_{day}") for day in range(1, 8)),
    )
    summed = ("order_count", "quantity", "net_amount", "discount_amount", "coupon_amount", "coupon_order_count")
    return by_store.groupBy("customer_id").agg(
        F.min("first_order_date").alias("first_order_date"),
        F.max("last_order_date").alias("last_order_date"),
        *(F.sum(name).alias(name) for name in summed),
        F.size(F.array_distinct(F.flatten(F.collect_list("days")))).alias("active_days"),
        F.array(*(F.sum(f"hour_{hour}") for hour in range(24))).alias("orders_by_hour"),
        F.array(*(F.sum(f"day_{day}") for day in range(1, 8))).alias("orders_by_weekday"),
        _sorted_map(F.collect_list(F.struct("store", "order_count"))).alias("orders_by_store"),
    )


def _by_category(bought: DataFrame) -> DataFrame:
    category = F.coalesce("category", F.lit(UNKNOWN)).alias("category")
    sums = bought.groupBy("customer_id", category).agg(
        F.sum("net_amount").cast(MONEY).alias("net_amount"),
        F.sum("quantity").alias("quantity"),
        F.sum(F.when(F.col("is_private_label"), F.col("net_amount"))).alias("private_label_amount"),
    )
    entries = F.collect_list(F.struct("category", F.struct("net_amount", "quantity")))
    return sums.groupBy("customer_id").agg(
        F.coalesce(F.sum("private_label_amount"), F.lit(0)).alias("private_label_amount"),
        _sorted_map(entries).alias("by_category"),
    )


def _sets(bought: DataFrame) -> DataFrame:
    """Sets held while aggregating: each `count(distinct)` would copy all rows once more instead."""
    return bought.groupBy("customer_id").agg(
        F.array_sort(F.collect_set("brand")).alias("brands"),
        F.array_sort(F.collect_set("product_id")).alias("products"),
    )


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
