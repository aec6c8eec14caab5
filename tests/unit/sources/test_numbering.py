from __future__ import annotations

from datetime import date

import pytest
from pyspark.sql import SparkSession

from marketlake.sources.numbering import mismatched_numbers

MONDAY, TUESDAY = date(2025, 3, 3), date(2025, 3, 4)
CASES = {
    "lines with a store, record without": ([("shop/s1", "1", True), ("shop", "1", False)], True),
    "lines without a store, record with": ([("shop", "1", True), ("shop/s1", "1", False)], True),
    "both with lines are two orders": ([("shop", "1", True), ("shop/s1", "1", True)], False),
    "record and lines of one order": ([("shop", "1", True), ("shop", "1", False), ("shop/s1", "1", True)], False),
    "two stores, of which one has no lines yet": ([("shop/s1", "1", True), ("shop/s2", "1", False)], False),
    "another folder": ([("web", "1", False), ("shop/s1", "1", True)], False),
    "another number": ([("shop", "2", False), ("shop/s1", "1", True)], False),
}


@pytest.mark.parametrize(("rows", "expected"), CASES.values(), ids=CASES)
def test_a_number_with_and_without_store_is_found_where_one_of_both_has_no_lines(
    spark: SparkSession, rows: list[tuple[str, str, bool]], expected: bool
) -> None:
    schema = "order_date date, order_source string, order_id string, has_lines boolean"
    orders = spark.createDataFrame([(MONDAY, *row) for row in rows], schema)
    of_tuesday = [(TUESDAY, source, number, not has) for source, number, has in rows if source == "shop/s1"]
    found = mismatched_numbers(orders.union(spark.createDataFrame(of_tuesday, schema))).collect()
    assert [(row.order_date, row.order_id, row.folder) for row in found] == [(MONDAY, "1", "shop")] * expected
