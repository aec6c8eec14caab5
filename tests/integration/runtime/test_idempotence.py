"""Runs that are repeated, come in another order, or at the same time, end in the same tables."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timezone

from deltalake import DeltaTable
from tests.helpers.small_shop import DAYS, Shop, line, product

import build_profiles
import ingest_sources

FILLED = ("silver.orders", "silver.order_lines", "silver.customers", "silver.products", "ops.quarantine")


def test_a_load_that_is_repeated_changes_nothing_and_then_is_skipped(ingested: Shop, ingested_shop: Shop) -> None:
    # The copied shop's files lie elsewhere, so that they count as new: the first run loads the same rows once more.
    again, skipped = (ingested_shop.run(ingest_sources.JOB, DAYS[1]) for _ in range(2))
    assert again["output_versions"].keys() >= {"bronze.shop_orders", "silver.orders"}
    assert (skipped["exit_code"], skipped["output_versions"]) == (0, {})
    orders = [row for row in ingested_shop.rows("ops.source_loads") if row["source"] == "shop_orders"]
    assert [row["run_date"] for row in orders] == sorted([*DAYS, *DAYS])  # a row a table and a day, none twice
    assert ingested_shop.contents(*FILLED) == ingested.contents(*FILLED)


def test_days_in_another_order_give_the_same_tables_and_the_newest_row_wins(ingested: Shop, new_shop: Shop) -> None:
    new_shop.add_usual_sources()
    new_shop.run_days(ingest_sources.JOB, DAYS[2], DAYS[0], DAYS[1])
    found, expected = new_shop.contents(*FILLED), ingested.contents(*FILLED)
    quarantined = (tables.pop("ops.quarantine") for tables in (found, expected))
    assert found == expected
    assert len({repr(rows) for rows in quarantined}) == 1
    net = {row["order_id"]: float(row["net_amount"]) for row in new_shop.rows("silver.orders")}
    assert (net["o5"], net["o6"]) == (7.0, 3.0)  # day 3 brought a newer o5, and an older o6


def test_two_days_of_a_snapshot_are_written_at_the_same_time(finished: Shop, ingested_shop: Shop) -> None:
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda day: ingested_shop.run(build_profiles.JOB, day), (DAYS[0], DAYS[-1])))
    assert [(outcome["exit_code"], outcome["cause"]) for outcome in outcomes] == [(0, None)] * 2
    assert ingested_shop.rows("gold.customer_profiles") == finished.rows("gold.customer_profiles")
    entered = {row["run_id"] for row in ingested_shop.rows("ops.job_runs")}
    assert {outcome["run_id"] for outcome in outcomes} <= entered


def test_a_late_file_and_a_file_that_comes_twice_change_the_same_rows_as_in_time(ingested_shop: Shop) -> None:
    ingested_shop.put_customers("customers_late.json", [{"customer_id": "c2", "age": "65+", "changed": "2024-01-01"}])
    ingested_shop.put_customers("customers_new.json", [{"customer_id": "c1", "age": "55-64", "changed": "2025-02-02"}])
    again = (ingested_shop.folder / "var/data/customers.json").read_text()
    (ingested_shop.folder / "var/data/customers_again.json").write_text(again)
    assert ingested_shop.run(ingest_sources.JOB, DAYS[0], "sources.enabled=[shop/customers]")["exit_code"] == 0
    ages = [(row["customer_id"], row["age_band"]) for row in ingested_shop.rows("silver.customers")]
    assert ages == [("c1", "55-64"), ("c2", "45-54"), ("c3", None), ("c4", None)]  # two that only orders name


def test_profiles_added_to_equal_profiles_built_anew(finished: Shop, finished_shop: Shop) -> None:
    assert start_of(finished_shop) == DAYS[0]  # so the last day's profiles were made from those of the first
    outcome = finished_shop.run(build_profiles.JOB, DAYS[-1], "jobs.build_profiles.incremental=false")
    assert outcome["exit_code"] == 0
    assert finished_shop.rows("gold.customer_profiles") == finished.rows("gold.customer_profiles")


def test_a_late_order_of_an_older_day_makes_profiles_anew(finished_shop: Shop) -> None:
    late = line("late", "1", DAYS[0], "c4", list_amount="5.00")
    finished_shop.put_orders(DAYS[1], [late])
    assert finished_shop.run(ingest_sources.JOB, DAYS[1], "sources.enabled=[shop/orders]")["exit_code"] == 0
    assert start_of(finished_shop) is None
    finished_shop.run_days(build_profiles.JOB, DAYS[-1])
    profile = next(
        p for p in finished_shop.rows("gold.customer_profiles") if (p["run_date"], p["customer_id"]) == (DAYS[-1], "c4")
    )
    assert (profile["order_count"], float(profile["net_sales"]), profile["first_order_date"]) == (2, 8.0, DAYS[0])


def test_a_changed_product_makes_profiles_anew(finished_shop: Shop) -> None:
    changed = product("p1", "Cake", "Miller") | {"changed": datetime(2025, 3, 2, tzinfo=timezone.utc)}
    finished_shop.put_products("products_new.parquet", [changed])
    assert finished_shop.run(ingest_sources.JOB, DAYS[-1], "sources.enabled=[shop/products]")["exit_code"] == 0
    assert start_of(finished_shop) is None


def test_profiles_that_were_brought_back_are_not_added_to(finished_shop: Shop) -> None:
    """They were made from less than the newest run of their day had read."""
    lake = finished_shop.context(build_profiles.JOB, DAYS[-1]).lake
    before = lake.version("gold.customer_profiles")
    finished_shop.put_orders(DAYS[1], [line("late", "1", DAYS[0], "c4", list_amount="5.00")])
    assert finished_shop.run(ingest_sources.JOB, DAYS[1], "sources.enabled=[shop/orders]")["exit_code"] == 0
    finished_shop.run_days(build_profiles.JOB, DAYS[0])
    assert start_of(finished_shop) == DAYS[0]
    lake.delta("gold.customer_profiles").restoreToVersion(before)
    assert start_of(finished_shop) is None


def test_a_table_that_was_tidied_up_is_added_to(finished: Shop, finished_shop: Shop) -> None:
    """But not one from which somebody was taken out."""
    table = DeltaTable(str(finished_shop.lake / "gold/customer_profiles"))
    table.optimize.z_order(["customer_id"])
    table.vacuum(0, dry_run=False, enforce_retention_duration=False)  # what was written first is gone
    assert start_of(finished_shop) == DAYS[0]
    finished_shop.run_days(build_profiles.JOB, DAYS[-1])
    assert finished_shop.rows("gold.customer_profiles") == finished.rows("gold.customer_profiles")
    assert start_of(finished_shop) == DAYS[0]
    table.update_incremental()
    table.delete("customer_id = 'c1'")
    assert start_of(finished_shop) is None


def start_of(shop: Shop) -> date | None:
    """The day of the profiles that those of the last day would be built from."""
    context = shop.context(build_profiles.JOB, DAYS[-1])
    for table in build_profiles.HISTORY:
        context.read(table)
    previous = build_profiles.reusable_profiles(context)
    return previous.run_date if previous else None
