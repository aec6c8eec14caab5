from __future__ import annotations

from pyspark.sql import SparkSession

from marketlake.definitions.order_channel import order_channel


def test_channel_is_that_of_the_purchase_event_else_store(spark: SparkSession) -> None:
    orders = spark.createDataFrame([("web",), ("app",), ("both",), ("till",), ("viewed",)], "order_id string")
    rows = [
        ("purchase", "web", "web"), ("purchase", "app", "ios"), ("purchase", "both", "android"),
        ("purchase", "both", "web"), ("purchase", None, "web"), ("view", "viewed", "web"),
    ]  # fmt: skip
    events = spark.createDataFrame(rows, "event_type string, order_id string, platform string")
    found = sorted((row.order_id, row.channel) for row in order_channel(orders, events).collect())
    assert found == [("app", "app"), ("both", "app"), ("till", "store"), ("viewed", "store"), ("web", "web")]
