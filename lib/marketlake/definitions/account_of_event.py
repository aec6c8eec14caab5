"""Customer accounts behind the events of the web shop and the app."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.definitions.named_orders import NAME, order_name, order_names


def account_of_event(events: DataFrame, orders: DataFrame) -> DataFrame:
    """Events with the customer whose account was signed in.

    A shop account belongs to a customer when its purchases are orders of that customer and of no other. Events name an
    order by its number, where they tell it with its numbering; a name that several orders have names none.

    Args:
        events: silver.events.
        orders: silver.orders.

    Returns:
        the columns of `events`, then customer_id: null without a signed-in account, and for an account that never
        bought or that bought for several customers.
    """
    purchases = events.where("event_type = 'purchase' and account_id is not null")
    names = order_names(orders, "customer_id").where("is_unique").select(NAME, "customer_id")
    owners = (
        purchases.select("account_id", order_name())
        .join(names, NAME, "inner")
        .groupBy("account_id")
        .agg(F.min("customer_id").alias("customer_id"), F.max("customer_id").alias("_other"))
        .where("customer_id = _other")
        .drop("_other")
    )
    return events.join(owners, "account_id", "left").select(*events.columns, "customer_id")
