"""Customer accounts behind the events of the web shop and the app."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.definitions.named_orders import unambiguous_orders


def account_of_event(events: DataFrame, orders: DataFrame) -> DataFrame:
    """Events with the customer whose account was signed in.

    A shop account belongs to a customer when its purchases are orders of that customer and of no other. Events name an
    order by its number; one that several orders have names none.

    Args:
        events: silver.events.
        orders: silver.orders.

    Returns:
        the columns of `events`, then customer_id: null without a signed-in account, and for an account that never
        bought or that bought for several customers.
    """
    purchases = events.where("event_type = 'purchase' and account_id is not null").select("account_id", "order_id")
    owners = (
        purchases.join(unambiguous_orders(orders, "customer_id"), "order_id", "inner")
        .groupBy("account_id")
        .agg(F.min("customer_id").alias("customer_id"), F.max("customer_id").alias("_other"))
        .where("customer_id = _other")
        .drop("_other")
    )
    return events.join(owners, "account_id", "left").select(*events.columns, "customer_id")
