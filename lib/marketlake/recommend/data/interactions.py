"""Interactions of customers with products: purchases, additions to the cart and to the wish list, views."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.definitions.account_of_event import account_of_event
from marketlake.tables.table import MONEY

ORDER = "order"
KINDS = (ORDER, "add_to_cart", "add_to_wishlist", "view")
COLUMNS = ("customer_id", "product_id", "happened_on", "kind", "net_amount", "discount_amount")


def interactions(lines: DataFrame, events: DataFrame, orders: DataFrame, weights: Mapping[str, float]) -> DataFrame:
    """All interactions of customers with products.

    Args:
        lines: silver.order_lines.
        events: silver.events.
        orders: silver.orders.
        weights: weight of each kind; clicks are only read if one of them has a weight.

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
        `COLUMNS`; lines without quantity (coupons, deposits) and anonymous sales are left out,
        and so are orders that were never paid.
    """
    return lines.where("quantity > 0 and customer_id is not null and booked_date is not null").select(
        "customer_id",
        "product_id",
        F.col("booked_date").alias("happened_on"),
        F.lit(ORDER).alias("kind"),
        "net_amount",
        "discount_amount",
    )


def clicks(events: DataFrame, orders: DataFrame) -> DataFrame:
    """Additions to the cart and the wish list, and views of products, by signed-in customers.

    Args:
        events: silver.events.
        orders: silver.orders.

    Returns:
        `COLUMNS` without money; events without a customer (`account_of_event`) are left out.
    """
    kinds = [kind for kind in KINDS if kind != ORDER]
    is_click = F.col("event_type").isin(kinds) & F.col("product_id").isNotNull() & F.col("customer_id").isNotNull()
    return (
        account_of_event(events, orders)
        .where(is_click)
        .select(
            "customer_id",
            "product_id",
            F.col("event_date").alias("happened_on"),
            F.col("event_type").alias("kind"),
            F.lit(None).cast(MONEY).alias("net_amount"),
            F.lit(None).cast(MONEY).alias("discount_amount"),
        )
    )


def between(interactions: DataFrame, first: date, days: int) -> DataFrame:
    """The rows of so many days from the first on."""
    end = first + timedelta(days=days)
    return interactions.where((F.col("happened_on") >= F.lit(first)) & (F.col("happened_on") < F.lit(end)))
