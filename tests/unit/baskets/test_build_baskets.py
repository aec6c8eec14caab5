from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from pyspark.sql import DataFrame, SparkSession
from tests.helpers.rows import table_rows

from marketlake.baskets.build_baskets import COLUMNS, build_baskets
from marketlake.tables.orders import ORDER_LINES

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
Row = tuple[object, ...]


@pytest.fixture(scope="module")
def inputs(spark: SparkSession) -> tuple[DataFrame, DataFrame]:
    """Order lines and products."""
    names = ("order_id", "customer_id", "store_id", "product_id", "order_date", "quantity")
    rows = [dict(zip(names, (*line[:5], Decimal(line[5])), strict=True)) | {"booked_date": line[4]} for line in LINES]
    lines = table_rows(spark, ORDER_LINES, rows, order_source="till")
    return lines, spark.createDataFrame(PRODUCTS, "product_id string, product_type string, category string")


def collect_baskets(inputs: tuple[DataFrame, DataFrame], max_size: int) -> list[Row]:
    baskets = build_baskets(
        *inputs,
        levels=["product", "product_type"],
        start=date(2025, 1, 1),
        holdout_start=date(2025, 1, 10),
        as_of=date(2025, 1, 11),
        max_size=max_size,
    )
    assert tuple(baskets.columns) == COLUMNS
    rows = baskets.collect()
    return sorted(((r.order_id, r.level, r.is_holdout, sorted(r["items"]), r.full_size) for r in rows), key=repr)


def test_baskets_at_every_level(inputs: tuple[DataFrame, DataFrame]) -> None:
    assert collect_baskets(inputs, 10) == [
        ("o1", "product", False, ["p1", "p2", "p9"], 3),
        ("o1", "product_type", False, ["buns"], 1),
        ("o2", "product", False, ["p3", "p4"], 2),
        ("o2", "product_type", False, ["milk"], 1),
        ("o3", "product", True, ["p4"], 1),
    ]


def test_truncated_baskets_keep_the_most_common_items(inputs: tuple[DataFrame, DataFrame]) -> None:
    found = collect_baskets(inputs, 1)
    # p4 is in two orders; p1, p2 and p9 are in one each, and p1 is first by name.
    assert ("o1", "product", False, ["p1"], 3) in found
    assert ("o2", "product", False, ["p4"], 2) in found
    assert len(found) == 5
