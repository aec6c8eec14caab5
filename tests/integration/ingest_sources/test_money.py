"""Money is never lost: two tills' lines without numbers, late, doubled, corrected, returned, skipped and wrong."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.helpers.small_shop import DAYS, Shop

import ingest_sources

MONDAY, TUESDAY = DAYS[:2]
NAMES = ("kind", "number", "customer", "store", "product", "at", "units", "net", "less")
SCHEMA = ", ".join(f"{name} string" for name in NAMES)
SOURCE = """
summary: Lines without numbers.
read: {{format: csv, path: '{name}_{{date}}.csv', schema: '{schema}'}}
max_rejected_share: 0.5
skip: {{filter: kind = 'test', reason: rows of a till in training}}
tables:
  silver.order_lines:
    filter: kind = 'sale'
    order_again: {order_again}
    columns:
      order_id: number
      customer_id: customer
      store_id: store
      product_id: product
      ordered_at: at
      order_date: try_cast(at as date)
      quantity: units
      discount_amount: less
      net_amount: net
  silver.returns:
    filter: kind = 'return'
    columns:
      return_id: number
      customer_id: customer
      store_id: store
      product_id: product
      returned_at: at
      return_date: try_cast(at as date)
      quantity: -try_cast(units as decimal(18,3))
      amount: -try_cast(net as decimal(20,4))
"""


def row(number: str, net: str, *, day: date = MONDAY, kind: str = "sale", **other: str) -> str:
    """A raw line: a unit of p1 by c1 in s1 at ten o'clock, unless said otherwise."""
    usual = {
        "customer": "c1",
        "store": "s1",
        "product": "p1",
        "at": f"{day} 10:00:00",
        "units": "1",
        "less": "",
    } | other
    names = ("customer", "store", "product", "at", "units")
    return ",".join((kind, number, *(usual[name] for name in names), net, usual["less"]))


FILES = {
    ("till", MONDAY): [
        row("100", "2.00"),
        row("100", "2.00"),  # a second one of the same
        row("101", "0.005", units="1.99", at=f"{MONDAY} 11:02:00"),
        row("101", "0.005", units="1.99", at=f"{MONDAY} 11:01:00"),
        row("102", "6.00", less="-1.00", customer=""),  # a surcharge
        row("103", "9.00", product=""),  # rejected; the other line of the order stays
        row("103", "1.00"),
        row("104", "4.00", customer="c2"),
        row("R1", "-3.00", kind="return", units="-2", customer="c3"),
        row("105", "7.00", kind="test"),
        row("106", "7.00", kind="sael"),
    ],
    ("web", MONDAY): [row("100", "50.00", store="", customer="c9"), row("100", "1.00", store="", customer="c9")],
    ("till", TUESDAY): [
        row("100", "3.00"),  # a late line of Monday's order, which adds to it
        row("100", "2.00", day=TUESDAY),  # the number starts anew each day
        row("104", "4.00", customer="c2"),  # sent once more
    ],
    ("web", TUESDAY): [row("100", "40.00", store="", customer="c9"), row("100", "1.00", store="", customer="c9")],
}  # fmt: skip


@pytest.fixture(scope="module")
def loaded(bare: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Both days, Tuesday's first."""
    shop = bare.copy_to(tmp_path_factory.mktemp("money"))
    for name, order_again in (("till", "adds"), ("web", "replaces")):
        shop.add_source(name, SOURCE.format(name=name, schema=SCHEMA, order_again=order_again))
    for (name, day), rows in FILES.items():
        shop.put_text(f"{name}_{day}.csv", "\n".join([",".join(NAMES), *rows, ""]))
    shop.run_days(ingest_sources.JOB, TUESDAY, MONDAY)
    return shop


def money(shop: Shop, table: str = "silver.orders") -> dict[tuple, Decimal]:
    found: dict[tuple, Decimal] = {}
    for each in shop.rows(table):
        key = (each["order_date"], each["order_source"], each["order_id"])
        found[key] = found.get(key, Decimal(0)) + each["net_amount"]
    return found


def test_orders_equal_their_lines_whatever_came_twice_late_or_corrected(loaded: Shop) -> None:
    till, web = "shop/s1", "shop"
    expected = {
        (MONDAY, till, "100"): Decimal(7),
        (MONDAY, till, "101"): Decimal("0.01"),
        (MONDAY, till, "102"): Decimal(6),
        (MONDAY, till, "103"): Decimal(1),
        (MONDAY, till, "104"): Decimal(4),
        (TUESDAY, till, "100"): Decimal(2),
        (MONDAY, web, "100"): Decimal(41),
    }
    assert money(loaded) == money(loaded, "silver.order_lines") == expected


def test_an_order_has_the_time_of_its_earliest_line_and_all_units(loaded: Shop) -> None:
    order = next(each for each in loaded.rows("silver.orders") if each["order_id"] == "101")
    assert (order["ordered_at"].minute, order["quantity"], order["line_count"]) == (1, Decimal("3.98"), 2)
    surcharge = next(each for each in loaded.rows("silver.orders") if each["order_id"] == "102")
    assert (surcharge["list_amount"], surcharge["discount_amount"], surcharge["flags"]) == (5, -1, ["surcharge"])


def test_returns_are_rows_of_their_own_and_customers_and_stores_are_added(loaded: Shop) -> None:
    (back,) = loaded.rows("silver.returns")
    assert (back["return_id"], back["quantity"], back["amount"], back["customer_id"]) == ("R1", 2, 3, "c3")
    assert [each["customer_id"] for each in loaded.rows("silver.customers")] == ["c1", "c2", "c3", "c9"]
    assert [each["store_id"] for each in loaded.rows("silver.stores")] == ["s1"]


OUTCOMES = ("inserted", "updated", "same", "superseded", "collided", "rejected")


def test_the_ledgers_equations_hold_for_each_source_and_table(loaded: Shop) -> None:
    ledger = {
        (each["run_date"], each["source"].removeprefix("shop_"), each["table_name"].removeprefix("silver.")): each
        for each in loaded.rows("ops.source_loads")
    }
    for load in ledger.values():
        assert load["mapped_rows"] == sum(load[f"{outcome}_rows"] for outcome in OUTCOMES)
    for (name, day), rows in FILES.items():
        tables = [ledger[day, name, table] for table in ("order_lines", "returns")]
        taken = sum(load["mapped_rows"] for load in tables)
        assert len(rows) == tables[0]["raw_rows"] == taken + tables[0]["skipped_rows"] + tables[0]["not_mapped_rows"]

    def told(day: date, name: str) -> dict[str, int]:
        load = ledger[day, name, "order_lines"]
        return {outcome: n for outcome in (*OUTCOMES, "deleted") if (n := load[f"{outcome}_rows"])}

    assert told(TUESDAY, "till") == {"inserted": 3}
    assert told(MONDAY, "till") == {"inserted": 6, "same": 1, "rejected": 1}
    assert told(TUESDAY, "web") == {"inserted": 2}
    assert told(MONDAY, "web") == {"same": 1, "superseded": 1}  # Tuesday's edition replaces Monday's
    rejected = [(each["table_name"], each["reasons"][0].split(":")[0]) for each in loaded.rows("ops.quarantine")]
    assert sorted(rejected) == [("none", "not_mapped"), ("silver.order_lines", "product_id_missing")]


def test_days_in_their_order_and_repeated_give_the_same_tables(loaded: Shop, bare: Shop, tmp_path: Any) -> None:
    shop = bare.copy_to(tmp_path)
    for path in ("conf", "var/data"):
        for file in (loaded.folder / path).rglob("*.*"):
            shop.put_text(str(file.relative_to(loaded.folder)), file.read_text(), below="")
    shop.run_days(ingest_sources.JOB, MONDAY, TUESDAY)
    tables = ("silver.orders", "silver.order_lines", "silver.returns")
    assert shop.contents(*tables) == loaded.contents(*tables)
    shop.put_text(f"till_{MONDAY}.csv", (shop.folder / f"var/data/till_{MONDAY}.csv").read_text() + "\n")
    shop.run_days(ingest_sources.JOB, MONDAY)  # the file has changed, its rows have not
    assert shop.contents(*tables) == loaded.contents(*tables)


def test_an_order_that_comes_again_with_other_lines_stops_its_source(loaded: Shop, tmp_path: Any) -> None:
    shop = loaded.copy_to(tmp_path)
    shop.add_source("till", SOURCE.format(name="till", schema=SCHEMA, order_again="collides"))
    shop.put_text(f"till_{DAYS[2]}.csv", "\n".join([",".join(NAMES), row("100", "8.00"), ""]))
    outcome = shop.run(ingest_sources.JOB, DAYS[2], "sources.enabled=[shop/till]")
    assert outcome["exit_code"] == 4
    assert "1 of 1 rows for silver.order_lines contradict others" in outcome["cause"]
    assert "order_again" in outcome["advice"]
    assert money(shop) == money(loaded)
    assert [each["table_name"] for each in shop.rows("ops.quarantine") if each["run_date"] == DAYS[2]] == [
        "silver.order_lines"
    ]
