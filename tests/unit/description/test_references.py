"""References: found, unknown, and order numbers that several orders have."""

from __future__ import annotations

from datetime import date

from pyspark.sql import SparkSession
from tests.helpers.rows import table_rows

from marketlake.description.references import check_references, known_names
from marketlake.tables.customers import CUSTOMERS
from marketlake.tables.feedback import SERVICE_TICKETS
from marketlake.tables.orders import ORDERS

DAY = date(2025, 3, 1)


def test_a_number_of_several_orders_names_one_only_with_its_numbering(spark: SparkSession) -> None:
    numbers = [("web", "1"), ("web", "2"), ("till", "1")]
    orders = table_rows(spark, ORDERS, [{"order_source": s, "order_id": n} for s, n in numbers], order_date=DAY)
    named = [(None, "2"), ("web", "1"), (None, "1"), (None, "1"), ("till", "2"), (None, "9"), (None, None)]
    tickets = table_rows(
        spark, SERVICE_TICKETS, [{"order_source": s, "order_id": n, "customer_id": "c1"} for s, n in named]
    )
    keys = {
        ORDERS.name: known_names(orders, ORDERS),
        CUSTOMERS.name: known_names(table_rows(spark, CUSTOMERS, [{"customer_id": "c1"}] * 2), CUSTOMERS),
    }
    found = check_references(tickets, SERVICE_TICKETS, keys, table_version=3, run_date=DAY)
    checks = {row["column_name"]: row for row in found.to_dict("records")}
    counts = ("referring_rows", "unknown_rows", "unknown_values", "ambiguous_rows")
    assert [checks["order_id"][name] for name in counts] == [6, 2, 2, 2]
    assert [checks["customer_id"][name] for name in counts] == [7, 0, 0, 0]
