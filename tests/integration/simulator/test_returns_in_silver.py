"""Returns and payments of the small lake's silver tables are those of the simulator's truth."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from pyarrow import parquet
from tests.helpers.small_lake import LAST_DAY, SmallLake

from marketlake.simulator.world import MAX_DELAY_DAYS

COMPLETE = LAST_DAY - timedelta(days=MAX_DELAY_DAYS)  # a row of a later day may arrive after the last day


def truth_of(lake: SmallLake, name: str) -> list[dict[str, Any]]:
    return parquet.read_table(lake.folder / "var/data/simulated/truth" / name).to_pylist()


def until(day: date, rows: list[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    return [row for row in rows if row[column] <= day]


def test_returns_are_those_of_the_truth(small_lake: SmallLake) -> None:
    assert small_lake.run_job("ingest_sources")["exit_code"] == 0
    known = {
        (row["return_id"], str(row["line_no"])): (
            row["order_id"] if row["has_receipt"] else None,
            str(row["order_line_no"]) if row["has_receipt"] else None,
            row["store_id"],
            row["product_id"],
            row["quantity"],
            row["refund_amount"],
            row["reason"],
            row["returned_at"].replace(tzinfo=None),
        )
        for row in until(COMPLETE, truth_of(small_lake, "returns"), "return_date")
    }
    names = ("order_id", "order_line_id", "store_id", "product_id", "quantity", "amount", "reason")
    rows = until(COMPLETE, small_lake.rows("silver.returns"), "return_date")
    found = {
        (row["return_id"], row["line_id"]): (*(row[name] for name in names), row["returned_at"].replace(tzinfo=None))
        for row in rows
    }
    assert len(found) == len(rows) > 100
    assert found == known


def test_web_orders_are_booked_on_the_day_of_payment_and_cancelled_ones_never(small_lake: SmallLake) -> None:
    assert small_lake.run_job("ingest_sources")["exit_code"] == 0
    known = {
        row["order_id"]: row["paid_at"] and row["paid_at"].date()
        for row in until(COMPLETE, truth_of(small_lake, "payments"), "order_date")
    }
    for table in ("silver.orders", "silver.order_lines"):
        rows = until(COMPLETE, small_lake.rows(table), "order_date")
        web = {row["order_id"]: row["booked_date"] for row in rows if row["store_id"] == "web"}
        assert {order: web.get(order) for order in known} == known
        assert None in known.values()
