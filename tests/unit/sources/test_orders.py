"""Orders from their lines, beside what their own records tell."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, Row, SparkSession
from tests.helpers.rows import table_rows

from marketlake.sources.orders import REBOOKED, build_orders, rebooked_lines
from marketlake.tables.orders import ORDER_LINES, ORDERS

DAY, NEXT = date(2025, 3, 1), date(2025, 3, 2)
MORNING, NOON = datetime(2025, 3, 1, 9), datetime(2025, 3, 1, 12)
SAME = {"order_date": DAY, "order_source": "till/s1", "order_id": "1", "source": "till", "load_date": DAY}


def lines(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    usual = {"ordered_at": NOON, "quantity": 1, "discount_amount": 0, "booked_date": DAY, "store_id": "s1"}
    complete = [{**usual, "line_id": str(n), "list_amount": row["net_amount"], **row} for n, row in enumerate(rows)]
    exact = [
        {k: Decimal(str(v)) if isinstance(v, (int, float)) and k != "line_id" else v for k, v in row.items()}
        for row in complete
    ]
    return table_rows(spark, ORDER_LINES, exact, **SAME)


def orders(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    return table_rows(spark, ORDERS, rows, **{"booked_date": DAY, **SAME})


def built(spark: SparkSession, of_lines: DataFrame, headers: DataFrame, old: DataFrame) -> list[Row]:
    named = of_lines.select(*ORDERS.key).unionAll(headers.select(*ORDERS.key)).unionAll(old.select(*ORDERS.key))
    return sorted(build_orders(named, headers, of_lines, old).collect(), key=lambda row: row.order_id)


def test_an_order_of_lines_alone_has_their_sums_and_the_time_of_the_earliest(spark: SparkSession) -> None:
    found = built(
        spark,
        lines(spark, {"net_amount": 10, "customer_id": "c"}, {"net_amount": 0.005, "ordered_at": MORNING}),
        orders(spark),
        orders(spark),
    )
    (order,) = found
    assert (order.net_amount, order.list_amount, order.quantity) == (Decimal("10.005"), Decimal("10.005"), 2)
    assert (order.line_count, order.ordered_at, order.customer_id, order.source) == (2, MORNING, "c", "till")
    assert (order.has_header, order.updated_at, order.booked_date, order._is_gone) == (False, None, DAY, False)


def test_the_orders_own_record_gives_its_header_and_a_voucher_and_is_checked_by_the_lines(spark: SparkSession) -> None:
    header = {
        "customer_id": "of the record", "ordered_at": NOON, "updated_at": NOON, "local_hour": 12, "paid_at": NOON,
        "order_discount_amount": Decimal(2), "declared_net_amount": Decimal(9), "declared_line_count": 2,
    }  # fmt: skip
    of_lines = lines(spark, {"net_amount": 4}, {"net_amount": 6, "discount_amount": 1, "list_amount": 7})
    (order,) = built(spark, of_lines, orders(spark, header), orders(spark))
    assert (order.net_amount, order.list_amount, order.discount_amount) == (8, 11, 1)
    assert (order.customer_id, order.local_hour, order.has_header) == ("of the record", 12, True)
    assert order.flags == ["differs_from_declared"]


def test_a_record_in_the_table_stays_when_only_lines_come(spark: SparkSession) -> None:
    old = {"customer_id": "c", "ordered_at": NOON, "has_header": True, "line_count": 1, "net_amount": Decimal(5)}
    (order,) = built(spark, lines(spark, {"net_amount": 5}, {"net_amount": 10}), orders(spark), orders(spark, old))
    assert (order.customer_id, order.net_amount, order._exists, order._is_changed) == ("c", 15, True, True)


def test_declared_sums_count_while_no_line_has_come(spark: SparkSession) -> None:
    header = {"ordered_at": NOON, "declared_net_amount": Decimal(7), "declared_quantity": Decimal("1.5")}
    (order,) = built(spark, lines(spark), orders(spark, header), orders(spark))
    assert (order.net_amount, order.quantity, order.line_count, order.flags[0]) == (7, Decimal("1.5"), 0, "no_lines")


def test_an_order_whose_lines_all_went_is_gone_and_one_that_never_had_any_stays(spark: SparkSession) -> None:
    gone = {"order_id": "gone", "line_count": 2, "has_header": False}
    record = {"order_id": "record", "line_count": 2, "has_header": True}
    stays = {"order_id": "stays", "line_count": 0, "has_header": True}
    found = built(spark, lines(spark), orders(spark), orders(spark, gone, record, stays))
    assert {row.order_id: row._is_gone for row in found} == {"gone": True, "record": True, "stays": False}


def test_an_order_made_again_from_the_same_lines_is_not_changed(spark: SparkSession) -> None:
    of_lines, header = lines(spark, {"net_amount": 5}), orders(spark, {"ordered_at": NOON, "local_hour": 9})
    named = of_lines.select(*ORDERS.key)
    first = build_orders(named, header, of_lines, orders(spark)).select(*ORDERS.column_names)
    again = [build_orders(named, header, of_lines, first), build_orders(named, orders(spark), of_lines, first)]
    assert [[row._is_changed for row in frame.collect()] for frame in again] == [[False], [False]]


def test_lines_count_from_the_day_that_the_orders_record_tells(spark: SparkSession) -> None:
    paid_later = {"ordered_at": NOON, "booked_date": NEXT}
    never_paid = {"order_id": "2", "ordered_at": NOON, "booked_date": None}
    of_lines = lines(spark, {"net_amount": 5}, {"net_amount": 5, "order_id": "2"}, {"net_amount": 5, "order_id": "3"})
    headers = orders(spark, paid_later, never_paid, {"order_id": "3", "ordered_at": NOON})
    frame = build_orders(of_lines.select(*ORDERS.key), headers, of_lines, orders(spark))
    assert {row.order_id: row[REBOOKED] for row in frame.collect()} == {"1": True, "2": True, "3": False}
    moved = {row.order_id: row.booked_date for row in rebooked_lines(of_lines, frame).collect()}
    assert moved == {"1": NEXT, "2": None}
