"""Channel in which an order was placed."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.definitions.named_orders import unambiguous_orders

STORE, WEB, APP = "store", "web", "app"


def order_channel(orders: DataFrame, events: DataFrame) -> DataFrame:
    """Orders with their channel: that of the order's purchase event, else store.

    Args:
        orders: rows with order_date, order_source and order_id; a number that several orders have finds no event.
        events: silver.events.

    Returns:
        the columns of `orders`, then channel (web, app or store); as many rows as before.
    """
    platform_channel = F.when(F.col("platform") == WEB, WEB).otherwise(APP)
    purchases = events.where("event_type = 'purchase' and order_id is not null")
    channels = purchases.groupBy("order_id").agg(F.min(platform_channel).alias("channel"))
    named = orders.join(channels.select("order_id"), "order_id", "left_semi")  # few: most orders have no event
    found = unambiguous_orders(named).join(channels, "order_id", "inner")
    return orders.join(found, "order_id", "left").select(*orders.columns, "channel").fillna(STORE, ["channel"])
