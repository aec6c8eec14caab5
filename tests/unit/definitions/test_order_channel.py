from __future__ import annotations

from datetime import date

from pyspark.sql import SparkSession
from tests.helpers.rows import table_rows

from marketlake.definitions.order_channel import order_channel
from marketlake.tables.orders import ORDERS
from marketlake.tables.touchpoints import EVENTS


def test_channel_is_that_of_the_purchase_event_else_store(spark: SparkSession) -> None:
    numbers = ("web", "app", "both", "till", "viewed", "twice", "twice")
    rows = [{"order_id": number, "order_source": f"s{place}"} for place, number in enumerate(numbers)]
    orders = table_rows(spark, ORDERS, rows, order_date=date(2025, 3, 1))
    rows = [
        ("purchase", "web", "web"), ("purchase", "app", "ios"), ("purchase", "both", "android"),
        ("purchase", "both", "web"), ("purchase", None, "web"), ("view", "viewed", "web"), ("purchase", "twice", "web"),
        ("purchase", "twice", "ios", "s6"),
    ]  # fmt: skip
    names = ("event_type", "order_id", "platform", "order_source")
    events = table_rows(spark, EVENTS, [dict(zip(names, row, strict=False)) for row in rows])
    found = sorted((row.order_id, row.channel) for row in order_channel(orders, events).collect())
    twice = [("twice", "app"), ("twice", "store")]  # a number that two orders have, one of them named with its source
    others = [("till", "store"), *twice, ("viewed", "store"), ("web", "web")]
    assert found == [("app", "app"), ("both", "app"), *others]
