"""Interactions of customers with products: purchases, additions to the cart and to the wish list, views."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.tables.table import MONEY

ORDER = "order"
KINDS = (ORDER, "add_to_cart", "add_to_wishlist", "view")
COLUMNS = ("customer_id", "product_id", "happened_on", "kind", "net_amount", "discount_amount")


def interactions(lines: DataFrame, events: DataFrame, orders: DataFrame, weights: Mapping[str, float]) -> DataFrame:
    """Everything that customers did with products, as far as it has a weight.

    Args:
        lines: silver.order_lines.
        events: silver.events.
        orders: silver.orders.
        weights: what an interaction of each kind is worth; clicks are looked for only where one has a weight.

    Returns:
        `COLUMNS`.
    """
    bought = purchases(lines)
    if not any(weight for kind, weight in weights.items() if kind != ORDER):
        return bought
    return bought.unionByName(clicks(events, orders))


def purchases(lines: DataFrame) -> DataFrame:
    """Each line of goods of a known customer.

    Args:
        lines: silver.order_lines.

    Returns:
        `COLUMNS`; lines without quantity (coupons, deposits) and anonymous sales are left out.
    """
    return lines.where("quantity > 0 and customer_id is not null").select(
        "customer_id",
        "product_id",
        F.col("order_date").alias("happened_on"),
        F.lit(ORDER).alias("kind"),
        "net_amount",
        "discount_amount",
    )


def clicks(events: DataFrame, orders: DataFrame) -> DataFrame:
    """Additions to the cart and the wish list, and views of products, by signed-in customers.

    An account is a customer's when its purchases are orders of that customer and of no other.

    Args:
        events: silver.events.
        orders: silver.orders.

    Returns:
        `COLUMNS` without money; events of accounts that never bought, or for several customers, are left out.
    """
    bought = events.where("event_type = 'purchase' and account_id is not null").select("account_id", "order_id")
    owners = (
        bought.join(orders.select("order_id", "customer_id"), "order_id")
        .groupBy("account_id")
        .agg(F.min("customer_id").alias("customer_id"), F.max("customer_id").alias("_other"))
        .where("customer_id = _other")
        .drop("_other")
    )
    kinds = [kind for kind in KINDS if kind != ORDER]
    seen = events.where(F.col("event_type").isin(kinds) & F.col("product_id").isNotNull())
    return seen.join(owners, "account_id").select(
        "customer_id",
        "product_id",
        F.col("event_date").alias("happened_on"),
        F.col("event_type").alias("kind"),
        F.lit(None).cast(MONEY).alias("net_amount"),
        F.lit(None).cast(MONEY).alias("discount_amount"),
    )


def between(interactions: DataFrame, first: date, days: int) -> DataFrame:
    """The rows of so many days from the first on."""
    end = first + timedelta(days=days)
    return interactions.where((F.col("happened_on") >= F.lit(first)) & (F.col("happened_on") < F.lit(end)))
