"""Money is never lost: late, doubled, corrected, returned, skipped and wrong rows of four sources in one lake."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.helpers.mixed_load import EXPECTED, FILES, MONDAY, NAMES, TUESDAY, add_mixed_load, row, source
from tests.helpers.small_shop import DAYS, Shop

import build_profiles
import ingest_sources
import segment_customers

SALES = ("silver.orders", "silver.order_lines", "silver.returns")
RECORDS = """
summary: Records of the till's orders, without the store.
read: {format: csv, path: records.csv, schema: 'number string, at string'}
tables:
  silver.orders:
    columns: {order_id: number, ordered_at: at, order_date: try_cast(at as date), declared_net_amount: "4"}
"""
OUTCOMES = ("inserted", "updated", "same", "superseded", "collided", "rejected")


@pytest.fixture(scope="module")
def loaded(bare: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Both days, Tuesday's first."""
    shop = bare.copy_to(tmp_path_factory.mktemp("money"))
    add_mixed_load(shop)
    shop.run_days(ingest_sources.JOB, TUESDAY, MONDAY)
    return shop


def money(shop: Shop, table: str = "silver.orders") -> dict[tuple, Decimal]:
    found: dict[tuple, Decimal] = {}
    for each in shop.rows(table):
        key = (each["order_date"], each["order_source"], each["order_id"])
        found[key] = found.get(key, Decimal(0)) + each["net_amount"]
    return found


def orders(shop: Shop, number: str) -> list[dict[str, Any]]:
    return [each for each in shop.rows("silver.orders") if each["order_id"] == number]


def test_orders_equal_their_lines_whatever_came_twice_late_or_corrected(loaded: Shop) -> None:
    expected = {key: Decimal(paid) for key, paid in EXPECTED.items()}
    assert money(loaded) == money(loaded, "silver.order_lines") == expected


def test_an_order_has_the_time_of_its_earliest_line_and_all_units(loaded: Shop) -> None:
    (order,) = orders(loaded, "101")
    assert (order["ordered_at"].minute, order["quantity"], order["line_count"]) == (1, Decimal("3.98"), 2)
    (surcharge,) = orders(loaded, "102")
    assert (surcharge["list_amount"], surcharge["discount_amount"], surcharge["flags"]) == (5, -1, ["surcharge"])
    (line,) = [each for each in loaded.rows("silver.order_lines") if each["net_amount"] == Decimal("1.005")]
    assert (line["list_amount"], line["discount_amount"]) == (Decimal("2.01"), Decimal("1.005"))


def test_an_hour_or_weekday_beyond_the_clock_is_missing_and_its_sale_stays(loaded: Shop) -> None:
    clocks = {
        number: (each["local_hour"], each["local_weekday"], [flag for flag in each["flags"] if "local" in flag])
        for number in ("2", "3", "4")
        for each in orders(loaded, number)
    }
    assert {number: clock[:2] for number, clock in clocks.items()} == {"2": (None, 1), "3": (10, None), "4": (10, 1)}
    assert [len(flags) for _, _, flags in clocks.values()] == [1, 1, 0]


def test_returns_are_rows_of_their_own_and_customers_and_stores_are_added(loaded: Shop) -> None:
    (back,) = loaded.rows("silver.returns")
    assert (back["return_id"], back["quantity"], back["amount"], back["customer_id"]) == ("R1", 2, 3, "c3")
    people = {each["customer_id"]: each["age_band"] for each in loaded.rows("silver.customers")}
    assert list(people) == ["c1", "c2", "c3", "c5", "c6", "c7", "c9"]
    assert people["c1"] in ("25-34", "35-44")  # the other is in quarantine
    assert people["c2"] == "45-54"
    assert [each["store_id"] for each in loaded.rows("silver.stores")] == ["s1"]


def test_the_ledgers_equations_hold_for_each_source_and_table(loaded: Shop) -> None:
    ledger = {
        (each["run_date"], each["source"].removeprefix("shop_"), each["table_name"].removeprefix("silver.")): each
        for each in loaded.rows("ops.source_loads")
    }
    for load in ledger.values():
        assert load["mapped_rows"] == sum(load[f"{outcome}_rows"] for outcome in OUTCOMES)
    for (name, day), rows in FILES.items():
        lines = ledger[day, name, "order_lines"]  # of the desk's two equal files one is read
        taken = lines["mapped_rows"] + (ledger[day, name, "returns"]["mapped_rows"] if name != "desk" else 0)
        assert len(rows) == lines["raw_rows"] == taken + lines["skipped_rows"] + lines["not_mapped_rows"]

    def told(day: Any, name: str, table: str = "order_lines") -> dict[str, int]:
        load = ledger[day, name, table]
        return {outcome: n for outcome in (*OUTCOMES, "deleted") if (n := load[f"{outcome}_rows"])}

    assert told(TUESDAY, "till") == {"inserted": 13}
    assert told(MONDAY, "till") == {"inserted": 10_006, "same": 1, "rejected": 2}
    assert told(TUESDAY, "web") == {"inserted": 2}
    assert told(MONDAY, "web") == {"same": 1, "superseded": 1}  # Tuesday's edition replaces Monday's
    assert told(TUESDAY, "desk") == {"inserted": 51}
    assert told(MONDAY, "desk") == {"inserted": 3, "superseded": 50, "rejected": 1}
    people = told(TUESDAY, "people", "customers")
    assert (sum(people.values()), people["collided"]) == (3, 1)
    rejected = [(each["table_name"], each["reasons"][0].split(":")[0]) for each in loaded.rows("ops.quarantine")]
    assert sorted(rejected) == [
        ("none", "not_mapped"),
        ("silver.customers", "collided"),
        ("silver.order_lines", "net_amount_not_decimal"),
        ("silver.order_lines", "product_id_missing"),
        ("silver.order_lines", "quantity_below_0"),
    ]


def test_a_file_that_changed_and_has_the_same_rows_changes_nothing(loaded: Shop, tmp_path: Any) -> None:
    shop = loaded.copy_to(tmp_path)
    shop.put_text(f"till_{MONDAY}.csv", (shop.folder / f"var/data/till_{MONDAY}.csv").read_text() + "\n")
    shop.run_days(ingest_sources.JOB, MONDAY)
    assert shop.contents(*SALES) == loaded.contents(*SALES)


def test_profiles_and_segments_have_the_same_money(loaded: Shop, tmp_path: Any) -> None:
    shop = loaded.copy_to(tmp_path)
    shop.run_days(build_profiles.JOB, MONDAY, TUESDAY)
    profiles = [each for each in shop.rows("gold.customer_profiles") if each["run_date"] == TUESDAY]
    anonymous = sum(each["net_amount"] for each in shop.rows("silver.orders") if each["customer_id"] is None)
    assert (sum(each["gross_sales"] for each in profiles) + anonymous, anonymous) == (sum(money(shop).values()), 56)
    assert sum(each["returns_amount"] for each in profiles) == 3
    of = {each["customer_id"]: each for each in profiles}
    assert (of["c7"]["order_count"], of["c3"]["order_count"], of["c3"]["net_sales"]) == (10, 0, -3)
    shop.run_days(segment_customers.JOB, TUESDAY)
    scores = {each["customer_id"]: each for each in shop.rows("gold.rfm_scores")}
    assert (scores["c7"]["frequency"], scores["c6"]["monetary"]) == (10, 100)  # receipt 77 of ten days is ten orders
    assert shop.run(build_profiles.JOB, TUESDAY, "jobs.build_profiles.incremental=false")["exit_code"] == 0
    assert [each for each in shop.rows("gold.customer_profiles") if each["run_date"] == TUESDAY] == profiles


def test_an_order_that_comes_again_with_other_lines_stops_its_source(loaded: Shop, tmp_path: Any) -> None:
    shop = loaded.copy_to(tmp_path)
    shop.add_source("till", source("till", "collides"))
    shop.put_text(f"till_{DAYS[2]}.csv", "\n".join([",".join(NAMES), row("100", "8.00"), ""]))
    outcome = shop.run(ingest_sources.JOB, DAYS[2], "sources.enabled=[shop/till]")
    assert outcome["exit_code"] == 4
    assert "1 of 1 rows for silver.order_lines contradict others" in outcome["cause"]
    assert "order_again" in outcome["advice"]
    assert money(shop) == money(loaded)
    assert [each["table_name"] for each in shop.rows("ops.quarantine") if each["run_date"] == DAYS[2]] == [
        "silver.order_lines"
    ]


def test_a_number_with_and_without_its_store_stops_the_source_that_comes_second(loaded: Shop, tmp_path: Any) -> None:
    shop = loaded.copy_to(tmp_path)
    shop.add_source("records", RECORDS)
    shop.put_text("records.csv", f"number,at\n104,{MONDAY} 10:00:00\nnew,{MONDAY} 10:00:00\n")
    outcome = shop.run(ingest_sources.JOB, DAYS[2], "sources.enabled=[shop/records]")
    assert outcome["exit_code"] == 4
    assert "1 of 2 rows for silver.orders contradict others" in outcome["cause"]
    assert "order_source" in outcome["advice"]
    assert money(shop) == money(loaded)  # no second order 104, and no new one
