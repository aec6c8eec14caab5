"""Order lines less what came back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from tests.helpers.rows import table_rows

from marketlake.definitions.returned_lines import without_returned_products, without_returned_quantities
from marketlake.tables.orders import ORDER_LINES, RETURNS

DAY, NEXT, AS_OF = date(2025, 3, 1), date(2025, 3, 2), date(2025, 3, 10)


@pytest.fixture(scope="module")
def lines(spark: SparkSession) -> DataFrame:
    rows: list[dict[str, Any]] = [
        {"order_id": "1", "line_id": "1", "product_id": "p1", "quantity": Decimal(3)},
        {"order_id": "1", "line_id": "2", "product_id": "p2", "quantity": Decimal("1.5")},
        {"order_id": "1", "line_id": "1", "product_id": "p1", "quantity": Decimal(3), "order_source": "other till"},
        {"order_id": "7", "line_id": "1", "product_id": "p3", "quantity": Decimal(1)},
        {"order_id": "7", "line_id": "1", "product_id": "p3", "quantity": Decimal(1), "order_date": NEXT},
        {"order_id": "8", "line_id": "1", "product_id": "p1", "quantity": Decimal(1), "customer_id": None},
    ]
    return table_rows(spark, ORDER_LINES, rows, **({"order_date": DAY, "order_source": "till", "customer_id": "c"}))


def back(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    usual = {"order_source": "till", "order_id": "1", "return_date": DAY, "customer_id": "c", "quantity": Decimal(1)}
    return table_rows(spark, RETURNS, rows, **usual)


def left(found: DataFrame) -> list[tuple]:
    return sorted(
        (r.order_source, r.order_id, r.line_id, str(r.order_date), float(r.quantity)) for r in found.collect()
    )


def test_a_return_takes_its_units_out_of_the_line_that_it_names(spark: SparkSession, lines: DataFrame) -> None:
    returns = back(
        spark,
        {"order_line_id": "1"},
        {"order_line_id": "1", "return_date": AS_OF},  # not known yet
        {"order_line_id": "2", "quantity": Decimal(9)},  # more than was bought
        {"order_line_id": None, "order_id": "7"},  # names no line
        {"order_line_id": "1", "order_id": "7"},  # a number that starts anew each day
    )
    found = without_returned_quantities(lines, returns, as_of=AS_OF)
    assert found.columns == lines.columns
    expected = [row for row in left(lines) if row[:3] not in {("till", "1", "1"), ("till", "1", "2")}]
    assert left(found) == sorted([*expected, ("till", "1", "1", str(DAY), 2.0)])


def test_a_product_is_no_longer_bought_once_as_many_were_returned(spark: SparkSession, lines: DataFrame) -> None:
    returns = back(
        spark,
        {"product_id": "p1", "quantity": Decimal(5)},
        {"product_id": "p1", "return_date": AS_OF},
        {"product_id": "p2", "quantity": Decimal("1.5")},
        {"product_id": "p3", "quantity": Decimal(2), "customer_id": None},
    )
    found = without_returned_products(lines, returns, as_of=AS_OF)
    assert left(found) == [row for row in left(lines) if row[:3] != ("till", "1", "2")]
    more = without_returned_products(lines, back(spark, {"product_id": "p1", "quantity": Decimal(6)}), as_of=AS_OF)
    assert {(r.customer_id, r.product_id) for r in more.collect()} == {("c", "p2"), ("c", "p3"), (None, "p1")}


def test_without_returns_all_lines_stay(spark: SparkSession, lines: DataFrame) -> None:
    for function in (without_returned_quantities, without_returned_products):
        assert left(function(lines, back(spark), as_of=AS_OF)) == left(lines)
