from __future__ import annotations

from datetime import date
from decimal import Decimal

from pyspark.sql import DataFrame, SparkSession

from marketlake.baskets import by_level
from marketlake.baskets.by_level import baskets
from marketlake.baskets.members import by_member, sizes
from marketlake.baskets.offered import offered
from marketlake.baskets.scopes import counted

PRODUCTS = [("p1", "buns", "bakery"), ("p2", "buns", "bakery"), ("p3", "milk", "dairy"), ("p4", None, None)]
LINES = [
    ("o1", "c1", "s1", "p1", date(2025, 1, 1), 1),
    ("o1", "c1", "s1", "p1", date(2025, 1, 1), 2),
    ("o1", "c1", "s1", "p2", date(2025, 1, 1), 1),
    ("o1", "c1", "s1", "p9", date(2025, 1, 1), 1),  # no such product
    ("o2", None, "s2", "p3", date(2025, 1, 9), 1),
    ("o2", None, "s2", "p4", date(2025, 1, 9), 1),
    ("o2", None, "s2", "p1", date(2025, 1, 9), 0),  # a coupon
    ("o3", "c1", "s1", "p4", date(2025, 1, 10), 1),
    ("o4", "c1", "s1", "p1", date(2024, 12, 31), 1),  # before the window
    ("o5", "c1", "s1", "p1", date(2025, 1, 11), 1),  # not known yet
]


def laid_out(spark: SparkSession, largest: int = 10) -> DataFrame:
    lines = spark.createDataFrame(
        LINES, "order_id string, customer_id string, store_id string, product_id string, order_date date, quantity int"
    )
    products = spark.createDataFrame(PRODUCTS, "product_id string, product_type string, category string")
    return baskets(
        lines,
        products,
        levels=["product", "product_type"],
        start=date(2025, 1, 1),
        next_from=date(2025, 1, 10),
        as_of=date(2025, 1, 11),
        largest=largest,
    )


def rows(frame: DataFrame) -> list[tuple[object, ...]]:
    assert tuple(frame.columns) == by_level.COLUMNS
    return sorted((r.order_id, r.level, r.is_next, sorted(r["items"]), r.uncut_size) for r in frame.collect())


def test_baskets_at_every_level(spark: SparkSession) -> None:
    assert rows(laid_out(spark)) == [
        ("o1", "product", False, ["p1", "p2", "p9"], 3),
        ("o1", "product_type", False, ["buns"], 1),
        ("o2", "product", False, ["p3", "p4"], 2),
        ("o2", "product_type", False, ["milk"], 1),
        ("o3", "product", True, ["p4"], 1),
    ]


def test_a_giant_keeps_what_most_orders_hold(spark: SparkSession) -> None:
    found = rows(laid_out(spark, largest=1))
    # p4 is in two orders; p1, p2 and p9 are in one each, and p1 is first by name.
    assert ("o1", "product", False, ["p1"], 3) in found
    assert ("o2", "product", False, ["p4"], 2) in found
    assert len(found) == 5


def test_members_and_sizes(spark: SparkSession) -> None:
    segments = spark.createDataFrame([("c1", "Champions")], "customer_id string, segment string")
    events = spark.createDataFrame(
        [("purchase", "o1", "ios"), ("purchase", None, "web"), ("view", None, "web")],
        "event_type string, order_id string, platform string",
    )
    known = by_member(laid_out(spark, largest=2), segments, events, ["segment", "store", "channel"])
    found = {tuple(row)[:3]: tuple(row)[3:] for row in sizes(known, 2).collect()}
    product = {scope[1:]: values for scope, values in found.items() if scope[0] == "product"}
    assert product == {  # baskets, items, baskets of the next period, cut
        ("all", "all"): (2, 4, 1, 1),
        ("segment", "Champions"): (1, 2, 1, 1),
        ("store", "s1"): (1, 2, 1, 1),
        ("store", "s2"): (1, 2, 0, 0),
        ("channel", "app"): (1, 2, 0, 1),
        ("channel", "store"): (1, 2, 1, 0),
    }
    alone = by_member(laid_out(spark), segments, events, [])
    assert {row.dimension for row in alone.collect()} == {"all"}


def test_what_may_be_offered(spark: SparkSession) -> None:
    money = Decimal("3.00"), Decimal("1.00")
    products = spark.createDataFrame(
        [("p1", "BUNS", *money, None), ("p2", "BUNS", *money, date(2025, 1, 10)), ("p3", None, money[0], None, None)],
        "product_id string, product_type string, list_price decimal(18,2), cost decimal(18,2), end_date date",
    )
    stock = spark.createDataFrame(
        [("p1", "s1", date(2025, 1, 1), 9), ("p1", "s1", date(2025, 1, 2), 3), ("p1", "s2", date(2025, 1, 2), 2)],
        "product_id string, store_id string, stock_date date, units int",
    )
    found = offered(laid_out(spark), products, stock, as_of=date(2025, 1, 11), min_count=1).collect()
    assert sorted((row.product_id, row["name"], row.share, row.margin, row.units) for row in found) == [
        ("p1", "buns", 0.5, 2.0, 5),
        ("p3", "p3", 0.5, None, None),
        ("p4", "p4", 0.5, None, None),
        ("p9", "p9", 0.5, None, None),
    ]
    assert not offered(laid_out(spark), products, stock, as_of=date(2025, 1, 11), min_count=2).collect()


def test_counts_over_many_batches_are_summed(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(["a", "b"],)] * 30 + [(["a"],)] * 7, "items array<string>").repartition(5)
    assert counted(frame, [("a",), ("b", "a"), ("c",)]).tolist() == [37, 30, 0]
