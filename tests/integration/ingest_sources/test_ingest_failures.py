"""Files that are missing, empty, changed or wrong: each has its exit code, and says what to do."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from tests.helpers.small_shop import (
    DAYS,
    LINE_COLUMNS,
    LINES_MAPPING,
    ORDERS_MAPPING,
    PRODUCTS,
    Shop,
    line,
    lines_source,
)

import ingest_sources
from marketlake.runtime.errors import ConfigurationError, InputError

DAY = DAYS[0]


def told(outcome: dict) -> str:
    return f"{outcome['cause']} {outcome['advice']}"


def test_a_day_without_rows_clears_what_a_wrong_file_left(new_shop: Shop) -> None:
    new_shop.add_source("orders", lines_source(tables=LINES_MAPPING))
    new_shop.put_orders(DAY, [line("o1", "1", DAY, "c1"), line("bad", "1", DAY, quantity=-1)])
    new_shop.run_days(ingest_sources.JOB, DAY)
    assert [len(new_shop.rows(name)) for name in ("bronze.shop_orders", "ops.quarantine")] == [2, 1]
    new_shop.put_orders(DAY, [])
    outcome = new_shop.run(ingest_sources.JOB, DAY)
    assert outcome["exit_code"] == 0
    assert [len(new_shop.rows(name)) for name in ("bronze.shop_orders", "ops.quarantine")] == [0, 0]
    load = new_shop.rows("ops.source_loads")
    assert [(row["raw_rows"], row["inserted_rows"], row["rejected_rows"]) for row in load] == [(0, 0, 0)]


def test_a_missing_file_is_exit_3_with_advice_and_writes_no_row(new_shop: Shop) -> None:
    new_shop.add_source("orders", lines_source())
    outcome = new_shop.run(ingest_sources.JOB, DAY)
    assert outcome["exit_code"] == 3
    assert f"orders.yaml: no file at {new_shop.folder}/var/data/orders_2025-03-01.csv." in outcome["cause"]
    assert outcome["advice"] == "Deliver it, or correct read.path or sources.raw_root."
    assert outcome["output_versions"] == {}


def test_a_dry_run_says_which_file_is_missing_and_which_column_is_wrong(new_shop: Shop) -> None:
    new_shop.add_source("orders", lines_source())
    context = new_shop.context(ingest_sources.JOB, DAY)
    with pytest.raises(InputError, match=f"no file at .*orders_{DAY}.csv"):
        ingest_sources.check(context)
    new_shop.put_orders(DAY, [line("o1", "1", DAY)])
    ingest_sources.check(context)
    new_shop.add_source("orders", lines_source(tables=LINES_MAPPING.replace("order_id: order_id", "order_id: till_id")))
    with pytest.raises(ConfigurationError, match=r"orders.yaml: tables.silver.order_lines.columns.order_id: 'till_id'"):
        ingest_sources.check(context)
    assert new_shop.rows("ops.source_loads") == []


def test_one_source_that_fails_does_not_hold_up_another(new_shop: Shop) -> None:
    new_shop.add_source("a_missing", lines_source(path="nowhere_{date}.csv"))
    new_shop.add_source("b_lines", lines_source(tables=LINES_MAPPING))
    new_shop.put_orders(DAY, [line("o1", "1", DAY)])
    outcome = new_shop.run(ingest_sources.JOB, DAY)
    assert outcome["exit_code"] == 3
    assert [row["order_id"] for row in new_shop.rows("silver.order_lines")] == ["o1"]


def test_a_csv_whose_header_changed_is_exit_4_with_the_difference(new_shop: Shop) -> None:
    new_shop.add_source("orders", lines_source())
    header = [name if name != "coupon_amount" else "voucher_amount" for name in LINE_COLUMNS]
    new_shop.put_lines(f"orders_{DAY}.csv", [line("o1", "1", DAY)], header)
    outcome = new_shop.run(ingest_sources.JOB, DAY)
    assert outcome["exit_code"] == 4
    assert "missing: coupon_amount; unknown: voucher_amount;" in outcome["cause"]
    assert f"orders_{DAY}.csv" in outcome["cause"]
    assert outcome["output_versions"] == {}


def test_a_parquet_whose_type_changed_is_exit_4_with_the_difference(ingested: Shop, ingested_shop: Shop) -> None:
    kinds = {"product_id": pa.int64(), "category": pa.string(), "brand": pa.string(), "own_brand": pa.bool_()}
    types = pa.schema([*kinds.items(), ("changed", pa.timestamp("us", tz="UTC"))])
    ingested_shop.put_products("products.parquet", [PRODUCTS[0] | {"product_id": 7}], types)
    outcome = ingested_shop.run(ingest_sources.JOB, DAYS[1], "sources.enabled=[shop/products]")
    assert outcome["exit_code"] == 4
    assert "~ product_id: expected string, found bigint" in outcome["cause"]
    assert "products.parquet" in outcome["cause"]
    assert ingested_shop.rows("silver.products") == ingested.rows("silver.products")


@pytest.mark.parametrize(
    ("right", "wrong", "names"),
    [
        (
            "coupon_amount: coupon_amount",
            "coupon_amount: vouchers",
            ["silver.order_lines", "coupon_amount", "vouchers"],
        ),
        ("silver.order_lines:", "silver.order_line:", ["silver.order_line", "silver.order_lines"]),
        ("updated_at: updated_at", "update_at: updated_at", ["update_at", "updated_at"]),
        ("quantity: quantity", "quantitty: quantity", ["silver.order_lines", "quantitty"]),
        ("format: csv", "format: cvs", ["read.format", "cvs"]),
    ],
    ids=["expression", "table", "key", "column", "format"],
)
def test_a_wrong_source_file_is_exit_2_and_names_file_and_place(
    new_shop: Shop, right: str, wrong: str, names: list[str]
) -> None:
    text = lines_source(tables=LINES_MAPPING)
    assert right in text
    new_shop.add_source("orders", text.replace(right, wrong))
    new_shop.put_orders(DAY, [line("o1", "1", DAY)])
    outcome = new_shop.run(ingest_sources.JOB, DAY)
    assert outcome["exit_code"] == 2
    for name in [str(Path("conf/sources/shop/orders.yaml")), *names]:
        assert name in told(outcome)
    assert new_shop.rows("silver.order_lines") == []


def test_a_row_that_breaks_a_check_is_put_aside_and_does_not_stop_the_load(new_shop: Shop) -> None:
    new_shop.add_source("orders", lines_source(tables=LINES_MAPPING + ORDERS_MAPPING))
    wrong = line("o2", "1", DAY, list_amount="5.00", discount_amount="1.00", net_amount="5.00")
    new_shop.put_orders(DAY, [line("o1", "1", DAY), wrong])
    outcome = new_shop.run(ingest_sources.JOB, DAY)
    assert (outcome["exit_code"], outcome["cause"]) == (0, None)
    # The till tells of o2, whose money is in quarantine: it is no sale, and says so.
    orders = {row["order_id"]: (float(row["net_amount"]), row["flags"]) for row in new_shop.rows("silver.orders")}
    assert orders == {"o1": (2.0, []), "o2": (0.0, ["no_lines", "no_money"])}
    assert {row["table_name"] for row in new_shop.rows("ops.quarantine")} == {"silver.order_lines"}


def test_an_expression_that_fails_on_a_row_says_why(new_shop: Shop) -> None:
    failing = LINES_MAPPING.replace("quantity: quantity", "quantity: cast(quantity as bigint)")
    new_shop.add_source("orders", lines_source(tables=failing))
    new_shop.put_orders(DAY, [line("o1", "1", DAY, quantity="many")])
    outcome = new_shop.run(ingest_sources.JOB, DAY)
    assert outcome["exit_code"] != 0
    assert "CAST_INVALID_INPUT" in outcome["cause"]
    assert "many" in outcome["cause"]
