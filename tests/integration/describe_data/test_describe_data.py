"""The description of a small shop: a row for each column and reference, of the version that is named."""

from __future__ import annotations

from tests.helpers.small_shop import DAYS, Shop

import describe_data
from marketlake.tables.orders import ORDER_LINES, ORDERS

BOTH = "jobs.describe_data.tables=[silver.order_lines, silver.orders, 'bronze.shop_orders@1']"


def test_every_column_and_reference_of_the_tables_is_described(ingested_shop: Shop) -> None:
    outcome = ingested_shop.run(describe_data.JOB, DAYS[-1], BOTH)
    assert outcome["exit_code"] == 0, outcome["cause"]
    described = {(row["table_name"], row["column_name"]) for row in ingested_shop.rows("gold.column_statistics")}
    assert {(ORDER_LINES.name, column) for column in ORDER_LINES.column_names} <= described
    assert {(ORDERS.name, column) for column in ORDERS.column_names} <= described
    assert {table for table, _ in described} == {ORDER_LINES.name, ORDERS.name, "bronze.shop_orders"}
    checks = {(row["table_name"], row["column_name"]): row for row in ingested_shop.rows("gold.reference_checks")}
    assert set(checks) == {(table.name, column) for table in (ORDER_LINES, ORDERS) for column in table.references}
    unknown = checks[ORDER_LINES.name, "product_id"]  # one line of the second day names p9, which is no product
    assert (unknown["referenced_table"], unknown["unknown_rows"], unknown["unknown_values"]) == (
        "silver.products",
        1,
        1,
    )


def test_a_version_that_is_no_number_is_a_wrong_setting(ingested_shop: Shop) -> None:
    outcome = ingested_shop.run(describe_data.JOB, DAYS[-1], "jobs.describe_data.tables=['silver.orders@new']")
    assert (outcome["exit_code"], outcome["rows_out"]) == (2, {})
    assert "silver.orders@new" in outcome["cause"]
