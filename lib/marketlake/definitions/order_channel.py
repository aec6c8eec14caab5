"""Channel in which an order was placed."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.definitions.named_orders import NAME, order_name, order_names
from marketlake.tables.orders import ORDER_KEY

STORE, WEB, APP = "store", "web", "app"


def order_channel(orders: DataFrame, events: DataFrame) -> DataFrame:
    """Orders with their channel: that of the order's purchase event, else store.

    Args:
        orders: rows with order_date, order_source and order_id; a name that several orders have finds no event.
        events: silver.events.

    Returns:
        the columns of `orders`, then channel (web, app or store); as many rows as before.
    """
    platform_channel = F.when(F.col("platform") == WEB, WEB).otherwise(APP)
    purchases = events.where("event_type = 'purchase' and order_id is not null")
    channels = purchases.groupBy(order_name()).agg(F.min(platform_channel).alias("channel"))
    named = orders.join(purchases.select("order_id"), "order_id", "left_semi")  # few: most orders have no event
    found = order_names(named).where("is_unique").join(channels, NAME, "inner")
    by_order = found.groupBy(*ORDER_KEY).agg(F.min("channel").alias("channel"))
    return orders.join(by_order, [*ORDER_KEY], "left").select(*orders.columns, "channel").fillna(STORE, ["channel"])
