"""Every source of the simulator: two good rows, a row with a wrong value, and a line that was cut off."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import types as T
from tests.helpers.small_shop import DAYS, ROOT

from marketlake.runtime.config import validated_file
from marketlake.sources import mapping
from marketlake.sources.raw import read_raw
from marketlake.sources.source import Source
from marketlake.sources.values import IS_REJECTED, REASONS
from marketlake.tables.catalog import all_tables

SOURCES = {
    f"{folder}_{file.stem}": file
    for folder in ("simulated", "simulated_shop")
    for file in sorted((ROOT / "conf/sources" / folder).glob("*.yaml"))
}
AT, DAY = "2025-03-01 10:00:00", "2025-03-01"

# Values as files have them, by column, or by file and column; any other is the column's name with the row's number.
VALUES = {
    **dict.fromkeys(
        ("event_at", "received_at", "posted_at", "assigned_at", "issued_at", "redeemed_at", "asked_at", "answered_at",
         "opened_at", "closed_at", "changed_at", "requested_at", "booked_at", "counted_at", "created_at", "updated_at",
         "ordered_at", "sold_at", "paid_at", "cancelled_at", "returned_at"),
        AT,
    ),
    **dict.fromkeys(
        ("birth_date", "report_date", "start_date", "end_date", "observed_on", "stock_date", "launch_date",
         "valid_from", "valid_until"),
        DAY,
    ),
    **dict.fromkeys(
        ("impressions", "clicks", "views", "likes", "comments", "shares", "units", "visitors", "quantity", "points"),
        "7",
    ),
    **dict.fromkeys(("rating", "csat", "nps", "speed", "range", "surveys.price", "staff"), "5"),
    **dict.fromkeys(
        ("amount", "spend", "cost", "budget", "value", "minimum_amount", "price", "list_price", "list_amount",
         "refund_amount"), "4.50"
    ),
    **dict.fromkeys(("is_granted", "is_promotion", "is_private_label"), "true"),
    "discount_amount": "0.50", "net_amount": "4.00", "event_type": "cart", "event": "sent", "author_type": "kol",
    "points.kind": "earned", "privacy_requests.kind": "access", "city": "Köln \"Süd\" \\",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """The error in the third row of a source, and the expected result of its rows.

    Attributes:
        column: a raw column, or one of the first of the raw `items`.
        value: its wrong value.
        reasons: the broken rules, by the tables that reject the row.
        good: number of good rows of the tables where it is not two.
    """

    column: str
    value: str
    reasons: dict[str, set[str]]
    good: dict[str, int] = field(default_factory=dict)


def case(table: str, column: str, value: str, *reasons: str) -> Case:
    return Case(column, value, {f"silver.{table}": set(reasons)})


BAD_LINE = {"silver.order_lines": {"net_amount_not_decimal"}}
CASES = {
    "simulated_crm": case("identity_records", "created_at", "soon", "created_at_not_timestamp", "created_at_missing"),
    "simulated_loyalty": case("identity_records", "birth_date", "1981-02-29", "birth_date_not_date"),
    "simulated_shop_accounts": case("identity_records", "updated_at", "soon", "updated_at_not_timestamp"),
    "simulated_events": case(
        "events", "event_at", "2025-13-01", "event_at_not_timestamp", "event_at_missing", "event_date_missing"
    ),
    "simulated_messages": case("message_events", "event", "Sent", "event_unknown"),
    "simulated_ad_reports": case("ad_reports", "spend", "-0.01", "spend_below_0"),
    "simulated_social_posts": case("social_posts", "views", "many", "views_not_bigint"),
    "simulated_campaigns": case("campaigns", "end_date", "2025-02-28", "ends_before_start"),
    "simulated_assignments": case("experiment_assignments", "variant", "", "variant_missing"),
    "simulated_coupons_issued": case("personal_coupons", "valid_until", "2025-02-28", "valid_until_before_issued_at"),
    "simulated_coupons_redeemed": case("personal_coupon_redemptions", "coupon_id", "", "coupon_id_missing"),
    "simulated_competitor_prices": case("competitor_prices", "price", "4 EUR", "price_not_decimal", "price_missing"),
    "simulated_stock": case("stock_levels", "units", "-3", "units_below_0"),
    "simulated_surveys": case("survey_responses", "nps", "11", "nps_not_0_to_10"),
    "simulated_tickets": case("service_tickets", "closed_at", "2025-02-28 10:00:00", "closed_at_before_opened_at"),
    "simulated_consents": case("consents", "is_granted", "so", "is_granted_not_boolean", "is_granted_missing"),
    "simulated_privacy_requests": case("privacy_requests", "kind", "deletion", "kind_unknown"),
    "simulated_points": case("loyalty_points", "points", "-7", "points_of_wrong_sign"),
    "simulated_footfall": case("footfall", "visitors", "1.5", "visitors_not_bigint"),
    "simulated_shop_products": case("products", "cost", "-1", "cost_below_0"),
    "simulated_shop_stores": case("stores", "store_id", "", "store_id_missing"),
    "simulated_shop_prices": case("prices", "valid_until", "2025-02-28", "valid_until_before_valid_from"),
    "simulated_shop_shop_orders": Case(
        "net_amount", "four", BAD_LINE, good={"silver.order_lines": 5, "silver.orders": 3}
    ),
    "simulated_shop_returns": case("returns", "quantity", "-1", "quantity_below_0"),
    "simulated_shop_till_receipts": Case("net_amount", "four", BAD_LINE, good={"silver.orders": 3}),
}


def raw_row(name: str, system: str, columns: T.StructType, number: int) -> dict[str, Any]:
    """A row as the file has it; the third has the wrong value."""
    row: dict[str, Any] = {}
    for column in columns.fieldNames():
        kind = columns[column].dataType
        if isinstance(kind, T.ArrayType):
            assert isinstance(kind.elementType, T.StructType)
            first = raw_row(name, system, kind.elementType, number)
            row[column] = [first, raw_row(name, system, kind.elementType, 1) | {"line_no": "second"}]
        else:
            row[column] = VALUES.get(f"{system}.{column}", VALUES.get(column, f"{column}{number}"))
    wrong = CASES[name]
    return row | {wrong.column: wrong.value} if number == 3 and wrong.column in row else row


def raw_file(name: str, system: str, source: Source) -> str:
    """The text of a file; its last line breaks off."""
    columns = T.StructType.fromDDL(source.read.raw_schema or "")
    assert isinstance(columns, T.StructType)
    rows = [raw_row(name, system, columns, number) for number in (1, 2, 3)]
    if source.read.format == "json":
        lines = [json.dumps(row) for row in rows]
    else:
        lines = [",".join(row.values()) for row in rows]
    header = [",".join(columns.fieldNames())] if source.read.format == "csv" else []
    return "\n".join([*header, *lines, lines[0][: len(lines[0]) // 2]]) + "\n"


@dataclass(frozen=True)
class MappedRows:
    """Good rows of every table, and bad rows, of all sources, as the ingestion writes them."""

    good: dict[str, list[dict[str, Any]]]
    bad: list[dict[str, Any]]


@pytest.fixture(scope="module")
def mapped_rows(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> MappedRows:
    """All sources, read and mapped; other tests write and merge rows."""
    folder = tmp_path_factory.mktemp("simulated")
    found = MappedRows({}, [])
    for name, file in SOURCES.items():
        source = validated_file(Source, file)
        part = folder / f"{file.stem}.{source.read.format}.gz"
        part.write_bytes(gzip.compress(raw_file(name, file.stem, source).encode()))
        raw = read_raw(spark, source, DAYS[0], [str(part)])
        for table, how in source.tables.items():
            for row in mapping.map_rows(raw, how, all_tables()[table], source=name).collect():
                values = row.asDict(recursive=True)
                if row[IS_REJECTED]:
                    found.bad.append({"source": name, "table_name": table, "reasons": row[REASONS]})
                else:
                    found.good.setdefault(table, []).append(values)
    return found


def test_every_source_of_the_simulator_is_tested() -> None:
    assert SOURCES.keys() == CASES.keys()
    assert len(SOURCES) == 25


@pytest.mark.parametrize("name", SOURCES)
def test_good_rows_have_all_their_columns_and_their_source(mapped_rows: MappedRows, name: str) -> None:
    for table, how in validated_file(Source, SOURCES[name]).tables.items():
        rows = [row for row in mapped_rows.good[table] if row["source"] == name]
        assert (table, len(rows)) == (table, CASES[name].good.get(table, 2))
        empty = {column for column in how.columns for row in rows if row[column] is None}
        assert (table, empty) == (table, set())
        assert all((row["updated_at"] is None) == (how.updated_at is None) for row in rows)


@pytest.mark.parametrize("name", SOURCES)
def test_the_wrong_row_and_the_broken_line_are_in_quarantine_once_a_table(mapped_rows: MappedRows, name: str) -> None:
    tables = validated_file(Source, SOURCES[name]).tables
    bad = [row for row in mapped_rows.bad if row["source"] == name]
    reasons = [(row["table_name"], {reason.split(":")[0] for reason in row["reasons"]}) for row in bad]
    broken = [table for table, names in reasons if "unreadable_line" in names]
    assert Counter(broken) == Counter(list(tables))
    assert {table: names for table, names in reasons if "unreadable_line" not in names} == CASES[name].reasons
    assert len(bad) == len(tables) + len(CASES[name].reasons)


def test_no_row_is_of_another_source(mapped_rows: MappedRows) -> None:
    assert {row["source"] for rows in mapped_rows.good.values() for row in rows} == set(SOURCES)


def test_event_types_are_those_of_ga4(mapped_rows: MappedRows) -> None:
    assert {row["event_type"] for row in mapped_rows.good["silver.events"]} == {"add_to_cart"}


def test_nothing_in_a_csv_is_a_quote(mapped_rows: MappedRows) -> None:
    assert {row["city"] for row in mapped_rows.good["silver.identity_records"]} == {VALUES["city"]}


def test_an_orders_own_record_has_its_header_and_no_sums(mapped_rows: MappedRows) -> None:
    orders = {row["source"]: row for row in mapped_rows.good["silver.orders"]}
    web, till = orders["simulated_shop_shop_orders"], orders["simulated_shop_till_receipts"]
    assert (web["declared_line_count"], web["store_id"], web["order_source"]) == (2, "web", "/web")
    for order in (web, till):
        assert (order["local_hour"], order["local_weekday"], order["net_amount"]) == (10, 6, None)
