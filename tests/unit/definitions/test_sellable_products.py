from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame, SparkSession

from marketlake.definitions.sellable_products import sellable_products, stock_on_hand

AS_OF = date(2025, 3, 2)
STOCK = [
    ("sold out", "s1", date(2025, 3, 1), 0), ("sold out", "s2", date(2025, 3, 1), 0),
    ("sold out", "s1", date(2025, 2, 1), 9),
    ("in one store", "s1", date(2025, 3, 1), 0), ("in one store", "s2", date(2025, 3, 1), 4),
    ("in one store", "s1", date(2025, 2, 1), 7),
    ("back", "s1", date(2025, 2, 1), 0), ("back", "s1", date(2025, 3, 1), 1),
]  # fmt: skip


def stock_levels(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(STOCK, "product_id string, store_id string, stock_date date, units bigint")


def test_sellable_products_are_on_sale_and_in_stock(spark: SparkSession) -> None:
    rows = [
        ("sold out", None, None),
        ("in one store", None, None),
        ("back", None, None),
        ("never counted", None, None),
        ("excluded", None, None),
        ("ended", None, date(2025, 3, 1)),
        ("last day", None, date(2025, 3, 2)),
        ("launched today", date(2025, 3, 2), None),
        ("not launched", date(2025, 3, 3), None),
    ]
    products = spark.createDataFrame(rows, "product_id string, launch_date date, end_date date")
    found = sellable_products(products, stock_levels(spark), as_of=AS_OF, excluded=["excluded"]).collect()
    assert sorted(row.product_id for row in found) == [
        "back", "in one store", "last day", "launched today", "never counted",
    ]  # fmt: skip


def test_stock_is_summed_over_stores_on_the_latest_day(spark: SparkSession) -> None:
    found = {row.product_id: row.units for row in stock_on_hand(stock_levels(spark)).collect()}
    assert found == {"sold out": 0, "in one store": 4, "back": 1}
