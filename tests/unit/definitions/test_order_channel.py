from __future__ import annotations

from datetime import date

from pyspark.sql import SparkSession
from tests.helpers.rows import table_rows

from marketlake.definitions.order_channel import order_channel
from marketlake.tables.orders import ORDERS


def test_channel_is_that_of_the_purchase_event_else_store(spark: SparkSession) -> None:
    numbers = ("web", "app", "both", "till", "viewed", "twice", "twice")
    rows = [{"order_id": number, "order_source": f"s{place}"} for place, number in enumerate(numbers)]
    orders = table_rows(spark, ORDERS, rows, order_date=date(2025, 3, 1))
    rows = [
        ("purchase", "web", "web"), ("purchase", "app", "ios"), ("purchase", "both", "android"),
        ("purchase", "both", "web"), ("purchase", None, "web"), ("view", "viewed", "web"), ("purchase", "twice", "web"),
    ]  # fmt: skip
    events = spark.createDataFrame(rows, "event_type string, order_id string, platform string")
    found = sorted((row.order_id, row.channel) for row in order_channel(orders, events).collect())
    twice = [("twice", "store")] * 2  # a number that two orders have
    others = [("till", "store"), *twice, ("viewed", "store"), ("web", "web")]
    assert found == [("app", "app"), ("both", "app"), *others]
