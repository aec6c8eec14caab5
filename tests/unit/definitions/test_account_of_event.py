from __future__ import annotations

from datetime import date

from pyspark.sql import SparkSession
from tests.helpers.rows import table_rows

from marketlake.definitions.account_of_event import account_of_event
from marketlake.tables.orders import ORDERS
from marketlake.tables.touchpoints import EVENTS


def test_account_belongs_to_the_only_customer_of_its_purchases(spark: SparkSession) -> None:
    known = [("o1", "c1"), ("o2", "c1"), ("o3", "c2"), ("o4", "c3"), ("o5", None), ("twice", "c1"), ("twice", "c1")]
    orders = table_rows(
        spark,
        ORDERS,
        [{"order_id": o, "customer_id": c, "order_source": f"s{n}"} for n, (o, c) in enumerate(known)],
        order_date=date(2025, 3, 1),
    )
    rows = [
        ("e1", "purchase", "own", "o1"),
        ("e2", "purchase", "own", "o2"),
        ("e3", "view", "own", None),
        ("e4", "purchase", "shared", "o3"),
        ("e5", "purchase", "shared", "o4"),
        ("e6", "view", "never bought", None),
        ("e7", "view", None, None),
        ("e8", "purchase", None, "o1"),
        ("e9", "purchase", "anonymous", "o5"),
        ("e10", "purchase", "unknown order", "o9"),
        ("e11", "purchase", "a number of two orders", "twice"),
        ("e12", "purchase", "a number with its numbering", "twice", "s5"),
    ]
    names = ("event_id", "event_type", "account_id", "order_id", "order_source")
    events = table_rows(spark, EVENTS, [dict(zip(names, row, strict=False)) for row in rows])
    found = account_of_event(events, orders)
    assert found.columns == [*events.columns, "customer_id"]
    owners = {row.event_id: row.customer_id for row in found.collect()}
    assert owners == {f"e{n}": "c1" if n <= 3 or n == 12 else None for n in range(1, 13)}
